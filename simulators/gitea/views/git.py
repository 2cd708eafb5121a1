"""Commits, their statuses, and files."""

import base64
import hashlib
from urllib.parse import quote

from simulators.gitea.models import Commit, Json, Repository, Status
from simulators.gitea.views.common import Urls, email, stamp, user_view


def commit_view(urls: Urls, repository: Repository, commit: Commit) -> Json:
    """Commit, with its parents."""
    url, date, author = _git_url(urls, repository, commit.sha), stamp(commit.date), commit.author
    person = {"name": author.login, "email": email(author), "date": date}
    tree = {"url": f"{urls.api(repository)}/git/trees/{commit.sha}", "sha": commit.sha, "created": date}
    return {
        "url": url,
        "sha": commit.sha,
        "created": date,
        "html_url": f"{urls.page(repository)}/commit/{commit.sha}",
        "commit": {
            "url": url,
            "author": person,
            "committer": person,
            "message": commit.message,
            "tree": tree,
            "verification": None,
        },
        "author": user_view(urls, author),
        "committer": user_view(urls, author),
        "parents": [{"url": _git_url(urls, repository, sha), "sha": sha} for sha in commit.parents],
        "files": None,
        "stats": None,
    }


def _git_url(urls: Urls, repository: Repository, sha: str) -> str:
    return f"{urls.api(repository)}/git/commits/{sha}"


def pushed_commit_view(urls: Urls, repository: Repository, commit: Commit) -> Json:
    """PayloadCommit, as in a push event."""
    before = repository.commits[commit.parents[0]].tree if commit.parents else {}
    person = {"name": commit.author.login, "email": email(commit.author), "username": commit.author.login}
    return {
        "id": commit.sha,
        "message": commit.message,
        "url": f"{urls.page(repository)}/commit/{commit.sha}",
        "author": person,
        "committer": person,
        "verification": None,
        "timestamp": stamp(commit.date),
        "added": sorted(commit.tree.keys() - before.keys()),
        "removed": sorted(before.keys() - commit.tree.keys()),
        "modified": sorted(path for path in commit.tree.keys() & before.keys() if commit.tree[path] != before[path]),
    }


def status_view(urls: Urls, status: Status) -> Json:
    """CommitStatus: what is sent as `state` comes back as `status`."""
    return {
        "id": status.index,
        "status": status.state,
        "target_url": status.target_url,
        "description": status.description,
        "url": f"{urls.api(status.repository)}/statuses/{status.sha}",
        "context": status.context,
        "creator": user_view(urls, status.creator),
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.created_at),
    }


def content_view(urls: Urls, repository: Repository, ref: str, sha: str, path: str, content: bytes | None) -> Json:
    """ContentsResponse of a file, or of a folder for None; `content` is one line of base64."""
    url, page = f"{urls.api(repository)}/contents/{quote(path)}?ref={quote(ref, safe='')}", urls.page(repository)
    blob = hashlib.sha1(b"blob %d\0%s" % (len(content or b""), content or b""), usedforsecurity=False).hexdigest()
    kind = "commit" if ref == sha else "branch"
    html = f"{page}/src/{kind}/{quote(ref)}/{quote(path)}"
    git = f"{urls.api(repository)}/git/blobs/{blob}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": blob,
        "last_commit_sha": sha,
        "type": "dir" if content is None else "file",
        "size": len(content or b""),
        "encoding": None if content is None else "base64",
        "content": None if content is None else base64.b64encode(content).decode(),
        "target": None,
        "url": url,
        "html_url": html,
        "git_url": git,
        "download_url": None if content is None else f"{page}/raw/{kind}/{quote(ref)}/{quote(path)}",
        "submodule_git_url": None,
        "_links": {"self": url, "git": git, "html": html},
    }
