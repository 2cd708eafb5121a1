"""Pull requests, their files, commits and repositories (Azure DevOps REST, Git)."""

import re
from collections.abc import AsyncIterator, Sequence

from providers.azure.client import Client
from providers.azure.iterations import Iterations
from providers.azure.naming import Place, place
from providers.azure.payloads import pull_request
from providers.azure.payloads import repository as read_repository
from providers.errors import NotFound, Rejected, Unavailable
from providers.payloads import Json, child, items, number, word
from providers.values import ChangedFile, Commit, PullRequest, Repository

AT_ONCE = 100
PULL_PAGES = 10
OPEN_PAGES = 3
CHANGES_AT_ONCE = 2000
CHANGE_PAGES = 10

_SHA = re.compile(r"[0-9a-fA-F]{4,64}")
# `changeType` may name several at once, such as "edit, rename"; the first of these tells most.
_STATUSES = (("rename", "renamed"), ("add", "added"), ("undelete", "added"), ("delete", "removed"))


async def get_pull_request(client: Client, iterations: Iterations, repository: Repository, pull: int) -> PullRequest:
    where = place(repository)
    data = await client(lambda sdk: sdk.git.get_pull_request(where.repository, pull, where.project))
    found = pull_request(data, client.organization.base_url)
    if found is None:
        # While the merge is worked on, only the pushes tell the head.
        known = await iterations.all(repository, pull)
        found = pull_request(data, client.organization.base_url, head=known[-1].head_sha if known else "")
    if found is None:
        raise Unavailable(f"Azure DevOps' answer for pull request {pull} is not a pull request")
    return found


async def find_pull_requests(
    client: Client, repository: Repository, sha: str, branch: str = ""
) -> Sequence[PullRequest]:
    """Asks by the branch where it is known, else looks through the active ones, newest first and not for ever."""
    where = place(repository)
    name = branch.rpartition(":")[2].removeprefix("refs/heads/")
    found = [
        pull
        async for data in _active(client, where, f"refs/heads/{name}" if name else None)
        if (pull := pull_request(data, client.organization.base_url)) is not None and pull.head_sha == sha
    ]
    return [pull for pull in found if pull.open]


async def open_pull_requests(client: Client, repository: Repository) -> Sequence[PullRequest]:
    """Lists the active ones, newest first: Azure DevOps does not tell when one was changed last."""
    where = place(repository)
    found = [
        pull_request(data, client.organization.base_url) async for data in _active(client, where, None, OPEN_PAGES)
    ]
    return [pull for pull in found if pull is not None and pull.open]


async def get_commit(client: Client, repository: Repository, sha: str) -> Commit:
    """Reads a commit, by its whole name only; an unknown one is 400 or 404."""
    where = place(repository)
    if not _SHA.fullmatch(sha):
        raise NotFound(f"{sha!r} is not the name of a commit")
    try:
        data = await client(lambda sdk: sdk.git.get_commit(sha, where.repository, where.project))
    except Rejected as unknown:
        raise NotFound(str(unknown)) from unknown
    parents = data.get("parents")
    return Commit(word(data, "commitId"), tuple(map(str, parents)) if isinstance(parents, list) else ())


async def changed_files(
    client: Client, iterations: Iterations, repository: Repository, pull: int
) -> Sequence[ChangedFile]:
    """Lists what the newest push differs in from the target branch; Azure DevOps tells no lines."""
    known = await iterations.all(repository, pull)
    if not known:
        return []
    return [_changed(data) async for data in changes(client, place(repository), pull, known[-1].id)]


async def changes(client: Client, where: Place, pull: int, iteration: int) -> AsyncIterator[Json]:
    """Walks the changed files of a push, folders left out."""
    skip, top = 0, CHANGES_AT_ONCE
    for _ in range(CHANGE_PAGES):
        answer = await _changes(client, where, pull, iteration, skip, top)
        for data in items(answer.get("changeEntries")):
            if path_of(data) and child(data, "item").get("isFolder") is not True:
                yield data
        skip, top = number(answer, "nextSkip"), number(answer, "nextTop")
        if not skip or not top:
            return


def path_of(change: Json) -> str:
    """Gives the path as git knows it; of a deleted file only the old one may be there."""
    return (word(child(change, "item"), "path") or word(change, "originalPath")).removeprefix("/")


async def get_repository(client: Client, repository: Repository) -> Repository:
    where = place(repository)
    data = await client(lambda sdk: sdk.git.get_repository(where.repository, where.project))
    found = read_repository(data)
    if not found.id:
        raise Unavailable("Azure DevOps' answer for a repository is not a repository")
    return found


async def repositories(client: Client, project: str | None = None) -> Sequence[Repository]:
    """Lists the repositories of a project, or of all projects that we are let into; disabled ones can't be read."""
    answer = await client(lambda sdk: sdk.git.get_repositories(project))
    listed = (read_repository(data) for data in items(answer) if data.get("isDisabled") is not True)
    return [found for found in listed if found.id]


async def _active(client: Client, where: Place, ref: str | None, pages: int = PULL_PAGES) -> AsyncIterator[Json]:
    for page in range(pages):
        found = await _listed(client, where, ref, page * AT_ONCE)
        for data in found:
            yield data
        if len(found) < AT_ONCE:
            return


async def _changes(client: Client, where: Place, pull: int, iteration: int, skip: int, top: int) -> Json:
    answer: Json = await client(
        lambda sdk: sdk.git.get_pull_request_iteration_changes(
            where.repository, pull, iteration, where.project, top=top, skip=skip, compare_to=0
        )
    )
    return answer


async def _listed(client: Client, where: Place, ref: str | None, skip: int) -> list[Json]:
    answer = await client(
        lambda sdk: sdk.git.get_pull_requests(where.repository, sdk.active(ref), where.project, skip=skip, top=AT_ONCE)
    )
    return items(answer)


def _changed(data: Json) -> ChangedFile:
    kinds = {kind.strip().lower() for kind in word(data, "changeType").split(",")}
    status = next((ours for theirs, ours in _STATUSES if theirs in kinds), "modified")
    before = word(data, "originalPath") or word(data, "sourceServerItem")
    return ChangedFile(
        path=path_of(data), status=status, previous_path=before.removeprefix("/") if status == "renamed" else ""
    )
