"""Merge requests, their files and commits (GitLab REST, Merge requests; Commits)."""

from collections.abc import Sequence

from providers.errors import NotFound, Rejected, Unavailable
from providers.gitlab.client import Client, project
from providers.gitlab.payloads import merge_request
from providers.payloads import Json, child, word
from providers.values import ChangedFile, Commit, PullRequest, Repository

_FILE_PAGES = 30
_OPEN_PAGES = 3
# The first that is true counts.
_STATUSES = (("new_file", "added"), ("renamed_file", "renamed"), ("deleted_file", "deleted"))


async def get_pull_request(client: Client, repository: Repository, number: int) -> PullRequest:
    answer = child(await client.get(project(repository, "merge_requests", number)))
    found = merge_request(answer, _known(repository, answer))
    if found is None:
        raise NotFound(f"GitLab's merge request {number} has no commits")
    return found


async def open_pull_requests(client: Client, repository: Repository) -> Sequence[PullRequest]:
    query = {"state": "opened", "order_by": "updated_at", "sort": "desc"}
    found = await client.pages(project(repository, "merge_requests"), query, most=_OPEN_PAGES)
    read = (merge_request(data, _known(repository, data)) for data in found)
    return [pull for pull in read if pull is not None and pull.open]


async def find_pull_requests(
    client: Client, repository: Repository, sha: str, branch: str = ""
) -> Sequence[PullRequest]:
    """Asks by commit, and by source branch, which finds heads in forks; a name before a colon is the fork's owner."""
    searches = [(project(repository, "repository", "commits", sha, "merge_requests"), {"state": "opened"})]
    if name := branch.rpartition(":")[2]:
        searches.append((project(repository, "merge_requests"), {"state": "opened", "source_branch": name}))
    found: dict[int, PullRequest] = {}
    for path, query in searches:
        try:
            answers = await client.pages(path, query, most=5)
        except (NotFound, Rejected):
            # The commit is not in this project, as with some heads in forks.
            continue
        for data in answers:
            pull = merge_request(data, _known(repository, data))
            # A commit may be far from any head, or of a merge request into a fork.
            if pull and pull.open and pull.head_sha == sha and repository.id in ("", pull.repository.id):
                found.setdefault(pull.number, pull)
    return list(found.values())


async def get_commit(client: Client, repository: Repository, sha: str) -> Commit:
    answer = child(await client.get(project(repository, "repository", "commits", sha), {"stats": "false"}))
    parents = answer.get("parent_ids")
    if not word(answer, "id"):
        raise Unavailable(f"GitLab's answer for commit {sha} is not a commit")
    return Commit(word(answer, "id"), tuple(map(str, parents)) if isinstance(parents, list) else ())


async def changed_files(client: Client, repository: Repository, number: int) -> Sequence[ChangedFile]:
    path = project(repository, "merge_requests", number, "diffs")
    return [_file(item) for item in await client.pages(path, most=_FILE_PAGES)]


def _file(data: Json) -> ChangedFile:
    path, previous = word(data, "new_path"), word(data, "old_path")
    return ChangedFile(
        path=path,
        status=next((status for name, status in _STATUSES if data.get(name) is True), "modified"),
        patch="" if data.get("collapsed") is True or data.get("too_large") is True else word(data, "diff"),
        previous_path=previous if data.get("renamed_file") is True and previous != path else "",
    )


def _known(repository: Repository, data: Json) -> Repository:
    """Takes the numeric id from the answer where only the path was known."""
    return Repository(word(data, "target_project_id") or word(data, "project_id") or repository.id, repository.path)
