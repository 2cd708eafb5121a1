"""Pull requests, their files, and commits (Gitea API, repoGetPullRequest; repoGetSingleCommit)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from providers.errors import NotFound, Rejected, Unavailable
from providers.gitea.client import Client, repo
from providers.gitea.diff import patches
from providers.gitea.payloads import pull_request
from providers.payloads import Json, child, items, word
from providers.values import ChangedFile, Commit, PullRequest, Repository

_OPEN_PAGES = 20
"""A thousand open pull requests; those touched last come first."""
_FILE_PAGES = 60

_STATUSES = {"added": "added", "changed": "modified", "deleted": "removed", "renamed": "renamed", "copied": "copied"}


async def get_pull_request(client: Client, repository: Repository, number: int) -> PullRequest:
    found = pull_request(child(await client.get(repo(repository, "pulls", number))), repository)
    if found is None:
        raise Unavailable(f"Gitea's answer for pull request {number} is not a pull request")
    return found


async def find_pull_requests(client: Client, repository: Repository, sha: str) -> Sequence[PullRequest]:
    """Looks through the open ones, forks too: by a commit Gitea finds only what it merged."""
    query = {"state": "open", "sort": "recentupdate"}
    found: dict[int, PullRequest] = {}
    async for item in client.pages(repo(repository, "pulls"), query, most=_OPEN_PAGES):
        pull = pull_request(item, repository)
        if pull and pull.open and pull.head_sha == sha:
            found.setdefault(pull.number, pull)
    return list(found.values())


async def get_commit(client: Client, repository: Repository, sha: str) -> Commit:
    """A sha that can't be one is 422, which is no other thing than 404 to us."""
    query = {"stat": "false", "verification": "false", "files": "false"}
    try:
        answer = child(await client.get(repo(repository, "git", "commits", sha), query))
    except Rejected as unknown:
        raise NotFound(str(unknown)) from unknown
    if not word(answer, "sha"):
        raise Unavailable(f"Gitea's answer for commit {sha} is not a commit")
    return Commit(word(answer, "sha"), tuple(word(parent, "sha") for parent in items(answer.get("parents"))))


async def changed_files(client: Client, repository: Repository, number: int) -> Sequence[ChangedFile]:
    """The list has no patches; the diff has all of them."""
    path = repo(repository, "pulls", number, "files")
    files = [_file(item) async for item in client.pages(path, most=_FILE_PAGES)]
    found = await _patches(client, repository, number) if files else {}
    return [replace(file, patch=found.get(file.path, "")) for file in files]


async def _patches(client: Client, repository: Repository, number: int) -> Mapping[str, str]:
    try:
        return patches(await client.text(repo(repository, "pulls", f"{number}.diff")))
    except Rejected:
        # It is too big to be read, and so it is left out.
        return {}


def _file(data: Json) -> ChangedFile:
    status = word(data, "status")
    return ChangedFile(
        path=word(data, "filename"),
        status=_STATUSES.get(status, status),
        previous_path=word(data, "previous_filename"),
    )
