"""Pull requests and their files (GitHub REST, Pulls)."""

from collections.abc import Sequence

from providers.errors import NotFound, Rejected, Unavailable
from providers.github.client import Client, names
from providers.payloads import child, word
from providers.shapes import pull_request
from providers.values import ChangedFile, Commit, PullRequest, Repository

_FILE_PAGES = 30
"""GitHub lists 3,000 files at most."""
_OPEN_PAGES = 3


async def get_pull_request(client: Client, repository: Repository, number: int) -> PullRequest:
    answer = await client.get("/repos/{owner}/{repo}/pulls/{number}", names(repository) | {"number": str(number)})
    found = pull_request(child(answer), repository)
    if found is None:
        raise Unavailable(f"GitHub's answer for pull request {number} is not a pull request")
    return found


async def find_pull_requests(
    client: Client, repository: Repository, sha: str, branch: str = ""
) -> Sequence[PullRequest]:
    """Asks by commit, which finds no heads in forks, and by `owner:branch`, which may find other commits."""
    searches = [("/repos/{owner}/{repo}/commits/{sha}/pulls{?per_page}", {"sha": sha, "per_page": "100"})]
    owner, _, name = branch.partition(":")
    if owner and name:
        query = {"state": "open", "head": branch, "per_page": "100"}
        searches.append(("/repos/{owner}/{repo}/pulls{?state,head,per_page}", query))
    found: dict[int, PullRequest] = {}
    for url, variables in searches:
        try:
            async for data in client.pages(url, names(repository) | variables):
                pull = pull_request(child(data), repository)
                # A commit may be the head of pull requests to other repositories, or far from any head.
                if pull and pull.open and pull.head_sha == sha and _same(pull.repository, repository):
                    found.setdefault(pull.number, pull)
        except (NotFound, Rejected):
            # The commit is not in this repository, as with some heads in forks.
            continue
    return list(found.values())


async def open_pull_requests(client: Client, repository: Repository) -> Sequence[PullRequest]:
    query = {"state": "open", "sort": "updated", "direction": "desc", "per_page": "100"}
    url = "/repos/{owner}/{repo}/pulls{?state,sort,direction,per_page}"
    pages = client.pages(url, names(repository) | query, most=_OPEN_PAGES)
    found = [pull_request(child(data), repository) async for data in pages]
    return list({pull.number: pull for pull in found if pull is not None and pull.open}.values())


async def get_commit(client: Client, repository: Repository, sha: str) -> Commit:
    """An unknown commit is 422 (GitHub REST, Commits), which is no other thing than 404 to us."""
    try:
        # The changed files come page by page, and we want none of them.
        variables = names(repository) | {"sha": sha, "per_page": "1"}
        answer = child(await client.get("/repos/{owner}/{repo}/commits/{sha}{?per_page}", variables))
    except Rejected as unknown:
        raise NotFound(str(unknown)) from unknown
    parents = answer.get("parents")
    found = parents if isinstance(parents, list) else []
    return Commit(word(answer, "sha"), tuple(word(child(parent), "sha") for parent in found))


async def changed_files(client: Client, repository: Repository, number: int) -> Sequence[ChangedFile]:
    variables = names(repository) | {"number": str(number), "per_page": "100"}
    url = "/repos/{owner}/{repo}/pulls/{number}/files{?per_page}"
    return [
        ChangedFile(
            path=word(item, "filename"),
            status=word(item, "status"),
            patch=word(item, "patch"),
            previous_path=word(item, "previous_filename"),
        )
        async for item in client.pages(url, variables, most=_FILE_PAGES)
    ]


def _same(left: Repository, right: Repository) -> bool:
    if left.id and right.id:
        return left.id == right.id
    return left.path.lower() == right.path.lower()
