"""Who may do what, and where we are let in (Gitea API, repoGetRepoPermissions; userCurrentListRepos)."""

from collections.abc import Sequence

from providers.errors import Forbidden, NotFound, Unavailable
from providers.gitea.client import Client, place, repo
from providers.payloads import child, word
from providers.shapes import repositories
from providers.values import Account, Permission, Repository

_LEVELS = {
    "read": Permission.READ,
    "write": Permission.WRITE,
    "admin": Permission.ADMIN,
    "owner": Permission.ADMIN,
}


async def permission(client: Client, repository: Repository, account: Account) -> Permission:
    """Asks by name, and believes it only of the account that is meant: names are given to others.

    Raises Forbidden where we are no administrator, since only those are told.
    """
    if account.login in ("", ".", ".."):
        return Permission.NONE
    try:
        answer = child(await client.get(repo(repository, "collaborators", account.login, "permission")))
    except NotFound:
        return Permission.NONE
    except Forbidden as refused:
        raise Forbidden(
            f"{refused}. Only administrators of a repository are told what others may do: make our user one"
        ) from refused
    told = word(child(answer, "user"), "id")
    if account.id and told and account.id != told:
        return Permission.NONE
    return _LEVELS.get(word(answer, "permission"), Permission.NONE)


async def get_repository(client: Client, repository: Repository) -> Repository:
    """Asks by id where it is known, since a path may be an old one."""
    path = place("repositories", repository.id) if repository.id else repo(repository)
    found = repositories([await client.get(path)])
    if not found:
        raise Unavailable(f"Gitea's answer for {repository.path or repository.id} is not a repository")
    return found[0]


async def covered(client: Client) -> Sequence[Repository]:
    """Lists the repositories of which our user is owner, member or collaborator; archived ones take no comments."""
    listed = [item async for item in client.pages("/user/repos") if item.get("archived") is not True]
    return repositories(listed)
