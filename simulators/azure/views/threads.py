"""Threads and comments in answers and payloads (Azure DevOps REST, Pull Request Threads)."""

from simulators.azure.models import Comment, Json, Thread
from simulators.azure.views.common import Urls, identity_view, link, stamp


def comment_view(urls: Urls, comment: Comment) -> Json:
    """git.Comment; a deleted one has lost its content."""
    own = f"{urls.pull(comment.thread.pull)}/threads/{comment.thread.id}"
    view: Json = {
        "id": comment.id,
        "parentCommentId": comment.parent_id,
        "author": identity_view(urls, comment.author),
        "publishedDate": stamp(comment.published),
        "lastUpdatedDate": stamp(comment.updated),
        "lastContentUpdatedDate": stamp(comment.content_updated),
        "commentType": comment.kind,
        "usersLiked": [identity_view(urls, identity) for identity in comment.liked],
        "_links": {
            "self": link(f"{own}/comments/{comment.id}"),
            "repository": link(urls.repository(comment.thread.pull.repository)),
            "threads": link(own),
            "pullRequests": link(f"{urls.collection}/_apis/git/pullRequests/{comment.thread.pull.id}"),
        },
    }
    return view | ({"isDeleted": True} if comment.deleted else {"content": comment.content})


def thread_view(urls: Urls, thread: Thread) -> Json:
    """git.GitPullRequestCommentThread; system threads have no status."""
    view: Json = {
        "id": thread.id,
        "publishedDate": stamp(thread.published),
        "lastUpdatedDate": stamp(thread.updated),
        "comments": [comment_view(urls, comment) for comment in thread.comments],
        "threadContext": thread.context,
        "pullRequestThreadContext": thread.pull_request_context,
        "properties": thread.properties,
        "identities": None,
        "isDeleted": thread.deleted,
        "_links": {"self": link(f"{urls.pull(thread.pull)}/threads/{thread.id}")},
    }
    return view | ({"status": thread.status} if thread.status is not None else {})
