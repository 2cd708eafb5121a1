"""Pull requests, issues, comments, reactions, commits and changed files."""

import base64
import hashlib

from simulators.diff import ChangedFile
from simulators.github.models import (
    Comment,
    Commit,
    Issue,
    Json,
    PullRequest,
    Reaction,
    Repository,
    Side,
)
from simulators.github.state import State
from simulators.github.views.apps import app_view
from simulators.github.views.common import Urls, account_view, maybe_stamp, node_id, repository_view, stamp

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def association(issue: Issue, login: str) -> str:
    """author_association: never an authorization."""
    repository = issue.repository
    if login == repository.owner.login:
        return "OWNER"
    return "COLLABORATOR" if login.lower() in repository.roles else "NONE"


def _side_view(urls: Urls, side: Side) -> Json:
    return {
        "label": f"{side.owner.login}:{side.ref}",
        "ref": side.ref,
        "sha": side.sha,
        "user": account_view(urls, side.owner),
        "repo": repository_view(urls, side.repository) if side.repository and not side.repository.deleted else None,
    }


def pull_view(urls: Urls, pull: PullRequest) -> Json:
    """pull-request-simple, as lists show it."""
    url = f"{urls.repo(pull.repository)}/pulls/{pull.number}"
    issue = f"{urls.repo(pull.repository)}/issues/{pull.number}"
    page = f"{urls.page(pull.repository)}/pull/{pull.number}"
    links = {
        "self": url,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{urls.repo(pull.repository)}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{urls.repo(pull.repository)}/statuses/{pull.head.sha}",
    }
    return {
        "url": url,
        "id": pull.id,
        "node_id": node_id("PR", pull.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": account_view(urls, pull.user),
        "body": pull.body,
        "created_at": stamp(pull.created_at),
        "updated_at": stamp(pull.updated_at),
        "closed_at": maybe_stamp(pull.closed_at),
        "merged_at": maybe_stamp(pull.merged_at),
        "merge_commit_sha": None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [],
        "milestone": None,
        "draft": pull.draft,
        **{f"{name}_url": links[name] for name in ("commits", "review_comments", "review_comment", "comments")},
        "statuses_url": links["statuses"],
        "head": _side_view(urls, pull.head),
        "base": _side_view(urls, pull.base),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": association(pull, pull.user.login),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def full_pull_view(urls: Urls, state: State, pull: PullRequest) -> Json:
    """pull-request, as webhooks and `GET .../pulls/{n}` show it."""
    return {
        **pull_view(urls, pull),
        "merged": pull.merged_at is not None,
        "mergeable": None,
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": account_view(urls, pull.repository.owner) if pull.merged_at else None,
        "comments": len(state.comments_of(pull)),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(pull.commits),
        "additions": sum(file.count("+") for file in pull.files),
        "deletions": sum(file.count("-") for file in pull.files),
        "changed_files": len(pull.files),
    }


def pull_reference(urls: Urls, pull: PullRequest) -> Json:
    """pull-request-minimal, as check runs list it."""

    def side(of: Side) -> Json:
        repository = of.repository or pull.repository
        short = {"id": repository.id, "url": urls.repo(repository), "name": repository.name}
        return {"ref": of.ref, "sha": of.sha, "repo": short}

    url = f"{urls.repo(pull.repository)}/pulls/{pull.number}"
    return {"url": url, "id": pull.id, "number": pull.number, "head": side(pull.head), "base": side(pull.base)}


def file_view(urls: Urls, pull: PullRequest, file: ChangedFile) -> Json:
    """diff-entry."""
    repository, sha = pull.repository, pull.head.sha
    view: Json = {
        # A blob name that changes with the content.
        "sha": hashlib.sha1(f"{file.path}\0{file.patch}".encode(), usedforsecurity=False).hexdigest(),
        "filename": file.path,
        "status": file.status,
        "additions": file.count("+"),
        "deletions": file.count("-"),
        "changes": file.count("+") + file.count("-"),
        "blob_url": f"{urls.page(repository)}/blob/{sha}/{file.path}",
        "raw_url": f"{urls.page(repository)}/raw/{sha}/{file.path}",
        "contents_url": f"{urls.repo(repository)}/contents/{file.path}?ref={sha}",
    }
    if file.patch is not None:
        view["patch"] = file.patch
    if file.previous_path is not None:
        view["previous_filename"] = file.previous_path
    return view


def _rollup(url: str, reactions: list[Reaction]) -> Json:
    counts = {content: sum(r.content == content for r in reactions) for content in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(reactions), **counts}


def comment_view(urls: Urls, comment: Comment) -> Json:
    """issue-comment; `performed_via_github_app` is what tells a bot's own comments from planted ones."""
    repository, number = comment.issue.repository, comment.issue.number
    url = f"{urls.repo(repository)}/issues/comments/{comment.id}"
    kind = "pull" if isinstance(comment.issue, PullRequest) else "issues"
    return {
        "url": url,
        "html_url": f"{urls.page(repository)}/{kind}/{number}#issuecomment-{comment.id}",
        "issue_url": f"{urls.repo(repository)}/issues/{number}",
        "id": comment.id,
        "node_id": node_id("IC", comment.id),
        "user": account_view(urls, comment.user),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "author_association": association(comment.issue, comment.user.login),
        "body": comment.body,
        "reactions": _rollup(url, comment.reactions),
        "performed_via_github_app": app_view(urls, comment.app) if comment.app else None,
    }


def reaction_view(urls: Urls, reaction: Reaction) -> Json:
    """reaction."""
    return {
        "id": reaction.id,
        "node_id": node_id("REA", reaction.id),
        "user": account_view(urls, reaction.user),
        "content": reaction.content,
        "created_at": stamp(reaction.created_at),
    }


def issue_view(urls: Urls, state: State, issue: Issue) -> Json:
    """The issue in an issue_comment event; `pull_request` is there only if it is one."""
    url = f"{urls.repo(issue.repository)}/issues/{issue.number}"
    is_pull = isinstance(issue, PullRequest)
    page = f"{urls.page(issue.repository)}/{'pull' if is_pull else 'issues'}/{issue.number}"
    view: Json = {
        "url": url,
        "repository_url": urls.repo(issue.repository),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page,
        "id": issue.id,
        "node_id": node_id("PR" if is_pull else "I", issue.id),
        "number": issue.number,
        "title": issue.title,
        "user": account_view(urls, issue.user),
        "labels": [],
        "state": issue.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": len(state.comments_of(issue)),
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": maybe_stamp(issue.closed_at),
        "author_association": association(issue, issue.user.login),
        "active_lock_reason": None,
        "body": issue.body,
        "reactions": _rollup(url, []),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": None,
        "state_reason": None,
    }
    if isinstance(issue, PullRequest):
        view["draft"] = issue.draft
        view["pull_request"] = {
            "url": f"{urls.repo(issue.repository)}/pulls/{issue.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": maybe_stamp(issue.merged_at),
        }
    return view


def commit_view(urls: Urls, repository: Repository, commit: Commit) -> Json:
    """commit."""
    url = f"{urls.repo(repository)}/commits/{commit.sha}"
    page = f"{urls.page(repository)}/commit/{commit.sha}"
    tree = _tree_sha(commit)
    person = {
        "name": commit.author.login,
        "email": f"{commit.author.login}@users.noreply.github.com",
        "date": stamp(commit.date),
    }
    return {
        "sha": commit.sha,
        "node_id": node_id("C", int(commit.sha[:12], 16)),
        "url": url,
        "html_url": page,
        "comments_url": f"{url}/comments",
        "commit": {
            "author": person,
            "committer": person,
            "message": commit.message,
            "tree": {"sha": tree, "url": f"{urls.repo(repository)}/git/trees/{tree}"},
            "url": f"{urls.repo(repository)}/git/commits/{commit.sha}",
            "comment_count": 0,
        },
        "author": account_view(urls, commit.author),
        "committer": account_view(urls, commit.author),
        "parents": [{"sha": sha, "url": f"{urls.repo(repository)}/commits/{sha}"} for sha in commit.parents],
    }


def _tree_sha(commit: Commit) -> str:
    return hashlib.sha1(repr(sorted(commit.tree.items())).encode(), usedforsecurity=False).hexdigest()


def content_view(urls: Urls, repository: Repository, sha: str, path: str, content: bytes) -> Json:
    """content-file; the base64 text is broken into lines as GitHub sends it."""
    url = f"{urls.repo(repository)}/contents/{path}?ref={sha}"
    page = f"{urls.page(repository)}/blob/{sha}/{path}"
    blob = hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()
    git = f"{urls.repo(repository)}/git/blobs/{blob}"
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(content),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.encodebytes(content).decode(),
        "sha": blob,
        "url": url,
        "git_url": git,
        "html_url": page,
        "download_url": f"{urls.page(repository)}/raw/{sha}/{path}",
        "_links": {"self": url, "git": git, "html": page},
    }
