"""Who may do what, and where we are let in (GitHub REST, Collaborators; Apps)."""

from collections.abc import Sequence

from providers.errors import NotFound, Unavailable
from providers.github.client import Client, names
from providers.payloads import child, word
from providers.shapes import repositories
from providers.values import Account, Permission, Repository

# `permission` folds maintain into write and triage into read; `role_name` does not, but may be a role of their own.
_ROLES = {
    "none": Permission.NONE,
    "read": Permission.READ,
    "triage": Permission.TRIAGE,
    "write": Permission.WRITE,
    "maintain": Permission.MAINTAIN,
    "admin": Permission.ADMIN,
}


async def permission(client: Client, repository: Repository, account: Account) -> Permission:
    if not account.login:
        return Permission.NONE
    url = "/repos/{owner}/{repo}/collaborators/{login}/permission"
    try:
        answer = child(await client.get(url, names(repository) | {"login": account.login}))
    except NotFound:
        return Permission.NONE
    folded = _ROLES.get(word(answer, "permission"), Permission.NONE)
    return _ROLES.get(word(answer, "role_name"), folded)


async def covered(client: Client, *, app: bool) -> Sequence[Repository]:
    """Lists the repositories of an installation, or those a person can reach."""
    url, key = ("/installation/repositories{?per_page}", "repositories") if app else ("/user/repos{?per_page}", "")
    return [found async for item in client.pages(url, {"per_page": "100"}, key) for found in repositories([item])]


async def get_repository(client: Client, repository: Repository) -> Repository:
    """Asks by id where it is known, since a path may be an old one (GitHub REST, Repositories)."""
    if repository.id:
        answer = await client.get("/repositories/{id}", {"id": repository.id})
    else:
        answer = await client.get("/repos/{owner}/{repo}", names(repository))
    found = repositories([answer])
    if not found:
        raise Unavailable(f"GitHub's answer for {repository.path or repository.id} is not a repository")
    return found[0]
