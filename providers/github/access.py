"""Who may do what, and where we are let in (GitHub REST, Collaborators; Apps)."""

from collections.abc import Sequence

from providers.errors import NotFound
from providers.github.client import Client, names
from providers.github.payloads import child, repositories, word
from providers.values import Permission, Repository

# `permission` folds maintain into write and triage into read; `role_name` does not, but may be a role of their own.
_ROLES = {
    "none": Permission.NONE,
    "read": Permission.READ,
    "triage": Permission.TRIAGE,
    "write": Permission.WRITE,
    "maintain": Permission.MAINTAIN,
    "admin": Permission.ADMIN,
}


async def permission(client: Client, repository: Repository, login: str) -> Permission:
    if not login:
        return Permission.NONE
    url = "/repos/{owner}/{repo}/collaborators/{login}/permission"
    try:
        answer = child(await client.get(url, names(repository) | {"login": login}))
    except NotFound:
        return Permission.NONE
    folded = _ROLES.get(word(answer, "permission"), Permission.NONE)
    return _ROLES.get(word(answer, "role_name"), folded)


async def covered(client: Client, *, app: bool) -> Sequence[Repository]:
    """Lists the repositories of an installation, or those a person can reach."""
    url, key = ("/installation/repositories{?per_page}", "repositories") if app else ("/user/repos{?per_page}", "")
    return [found async for item in client.pages(url, {"per_page": "100"}, key) for found in repositories([item])]
