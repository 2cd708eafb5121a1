"""Pull requests, issues, their files, comments and reactions."""

from urllib.parse import quote

from simulators.gitea.models import Account, ChangedFile, Comment, Issue, Json, PullRequest, Reaction, Repository, Side
from simulators.gitea.state import State
from simulators.gitea.views.common import Urls, maybe_stamp, repository_view, stamp, user_view


def page_of(urls: Urls, issue: Issue) -> str:
    """The page of an issue or pull request."""
    kind = "pulls" if isinstance(issue, PullRequest) else "issues"
    return f"{urls.page(issue.repository)}/{kind}/{issue.number}"


def pull_view(urls: Urls, state: State, pull: PullRequest, viewer: Account | None) -> Json:
    """PullRequest; `url` is that of the page, unlike an issue's."""
    page = page_of(urls, pull)
    return {
        "id": pull.id,
        "url": page,
        "number": pull.number,
        "user": user_view(urls, pull.user),
        "title": pull.title,
        "body": pull.body,
        "labels": [],
        "milestone": None,
        "assignee": None,
        "assignees": None,
        "requested_reviewers": None,
        "requested_reviewers_teams": None,
        "state": pull.state,
        "draft": pull.draft,
        "is_locked": pull.locked,
        "comments": len(state.comments_of(pull)),
        "review_comments": 0,
        "additions": sum(file.count("+") for file in pull.files),
        "deletions": sum(file.count("-") for file in pull.files),
        "changed_files": len(pull.files),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "mergeable": pull.state == "open",
        "merged": pull.merged_at is not None,
        "merged_at": maybe_stamp(pull.merged_at),
        "merge_commit_sha": pull.merge_commit,
        "merged_by": user_view(urls, pull.merged_by) if pull.merged_by else None,
        "allow_maintainer_edit": False,
        "base": _base(urls, pull, viewer),
        "head": _head(urls, pull, viewer),
        "merge_base": pull.merge_base,
        "due_date": None,
        "created_at": stamp(pull.created_at),
        "updated_at": stamp(pull.updated_at),
        "closed_at": maybe_stamp(pull.closed_at),
        "pin_order": 0,
    }


def _base(urls: Urls, pull: PullRequest, viewer: Account | None) -> Json:
    # The base is the branch of now, not that of when the pull request was opened.
    sha = pull.repository.branches.get(pull.base.branch, "")
    return _side(urls, pull.base, pull.repository, pull.base.branch, sha, viewer)


def _head(urls: Urls, pull: PullRequest, viewer: Account | None) -> Json:
    repository = pull.head.repository
    if repository is None or repository.deleted:
        ref = f"refs/pull/{pull.number}/head"
        return {"label": pull.head.branch, "ref": ref, "sha": pull.head.sha, "repo_id": -1, "repo": None}
    known = pull.head.branch in repository.branches
    ref = pull.head.branch if known else f"refs/pull/{pull.number}/head"
    return _side(urls, pull.head, repository, ref, pull.head.sha, viewer)


def _side(urls: Urls, side: Side, repository: Repository, ref: str, sha: str, viewer: Account | None) -> Json:
    view = repository_view(urls, repository, repository.right_of(viewer))
    return {"label": side.branch, "ref": ref, "sha": sha, "repo_id": repository.id, "repo": view}


def issue_view(urls: Urls, state: State, issue: Issue) -> Json:
    """Issue, as in a webhook; `pull_request` is null unless it is one."""
    repository = issue.repository
    meta: Json | None = None
    if isinstance(issue, PullRequest):
        meta = {
            "merged": issue.merged_at is not None,
            "merged_at": maybe_stamp(issue.merged_at),
            "draft": issue.draft,
            "html_url": page_of(urls, issue),
        }
    return {
        "id": issue.id,
        "url": f"{urls.api(repository)}/issues/{issue.number}",
        "html_url": page_of(urls, issue),
        "number": issue.number,
        "user": user_view(urls, issue.user),
        "original_author": "",
        "original_author_id": 0,
        "title": issue.title,
        "body": issue.body,
        "ref": "",
        "assets": [],
        "labels": [],
        "milestone": None,
        "assignee": None,
        "assignees": None,
        "state": issue.state,
        "is_locked": issue.locked,
        "comments": len(state.comments_of(issue)),
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": maybe_stamp(issue.closed_at),
        "due_date": None,
        "pull_request": meta,
        "repository": {
            "id": repository.id,
            "name": repository.name,
            "owner": repository.owner.login,
            "full_name": repository.full_name,
        },
        "pin_order": 0,
    }


def comment_view(urls: Urls, comment: Comment) -> Json:
    """Comment; of the two URLs only that of its own kind is filled."""
    page, is_pull = page_of(urls, comment.issue), isinstance(comment.issue, PullRequest)
    return {
        "id": comment.id,
        "html_url": f"{page}#issuecomment-{comment.id}",
        "pull_request_url": page if is_pull else "",
        "issue_url": "" if is_pull else page,
        "user": user_view(urls, comment.user),
        "original_author": "",
        "original_author_id": 0,
        "body": comment.body,
        "assets": [],
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
    }


def reaction_view(urls: Urls, reaction: Reaction) -> Json:
    """Reaction."""
    user = user_view(urls, reaction.user)
    return {"user": user, "content": reaction.content, "created_at": stamp(reaction.created_at)}


def file_view(urls: Urls, pull: PullRequest, file: ChangedFile) -> Json:
    """ChangedFile; there is no patch in it."""
    repository, path, sha = pull.head.repository or pull.repository, quote(file.path), pull.head.sha
    page = urls.page(repository)
    view: Json = {
        "filename": file.path,
        "status": file.status,
        "additions": file.count("+"),
        "deletions": file.count("-"),
        "changes": file.count("+") + file.count("-"),
        "html_url": f"{page}/src/commit/{sha}/{path}",
        "contents_url": f"{urls.api(repository)}/contents/{path}?ref={sha}",
        "raw_url": f"{page}/raw/commit/{sha}/{path}",
    }
    return view | ({"previous_filename": file.previous_path} if file.previous_path else {})
