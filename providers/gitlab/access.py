"""Who may do what, and which projects we are let in (GitLab REST, Members; Projects)."""

from collections.abc import Sequence

from providers.errors import NotFound, Unavailable
from providers.gitlab.client import Client, Query, project
from providers.gitlab.payloads import repository as read_repository
from providers.payloads import Json, child, number, word
from providers.values import Account, Permission, Repository

REPORTER = 20
"""The least role with which we can say anything."""

# GitLab Docs, Roles and permissions; custom roles show the level of the role that they extend.
_LEVELS = {
    10: Permission.READ,
    15: Permission.READ,
    20: Permission.TRIAGE,
    30: Permission.WRITE,
    40: Permission.MAINTAIN,
    50: Permission.ADMIN,
}


async def permission(client: Client, repository: Repository, account: Account) -> Permission:
    """Asks by id, which survives renames; by name only where the id is not known."""
    try:
        if account.id:
            found = await _member(client, repository, account)
        else:
            found = await _member_named(client, repository, account.login)
    except NotFound:
        return Permission.NONE
    if word(found, "state") != "active":
        return Permission.NONE
    return _LEVELS.get(number(found, "access_level"), Permission.NONE)


async def get_repository(client: Client, repository: Repository) -> Repository:
    found = read_repository(child(await client.get(project(repository))))
    if not found.id:
        raise Unavailable(f"GitLab's answer for {repository.path or repository.id} is not a project")
    return found


async def covered(client: Client) -> Sequence[Repository]:
    """Lists the living projects of which the token's user is a member."""
    query: Query = {"membership": "true", "archived": "false", "simple": "true", "min_access_level": REPORTER}
    found = [read_repository(item) for item in await client.pages("/projects", query)]
    return [repository for repository in found if repository.id]


async def _member(client: Client, repository: Repository, account: Account) -> Json:
    if not account.id.isascii() or not account.id.isdecimal():
        return {}
    found = child(await client.get(project(repository, "members", "all", account.id)))
    return found if word(found, "id") == account.id else {}


async def _member_named(client: Client, repository: Repository, login: str) -> Json:
    if not login:
        return {}
    found = await client.pages(project(repository, "members", "all"), {"query": login}, most=5)
    return next((member for member in found if word(member, "username").lower() == login.lower()), {})
