"""Whose credential it is and what it lacks (Azure DevOps REST, Connection Data; Security)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from providers.azure.access import GIT, PULL_REQUEST_CONTRIBUTE
from providers.azure.client import Client
from providers.azure.naming import place
from providers.azure.payloads import account, properties
from providers.azure.pulls import repositories
from providers.azure.statuses import GENRE
from providers.errors import Forbidden, NotFound, Rejected, Unauthenticated
from providers.payloads import Json, word
from providers.values import Access, Account, Repository

if TYPE_CHECKING:
    from providers.azure.sdk import Sdk

NO_EXPIRY = (
    "Azure DevOps does not tell when a personal access token expires, within a year at most: note the day yourself."
)
NO_REPOSITORY = "No repository is visible to it: add its owner to a project, with the Basic access level."
NO_HOOKS = "It may not see service hooks: for those it needs the project's rights to view and edit subscriptions."
THREADS = "Code (read & write) or Pull request threads (read & write)"
STATUS = "Code (status)"
BUILDS = "Build (read & execute)"
TESTS = "Test Management (read)"
NOWHERE = 0
"""No pull request has this number: what is asked of it can change nothing, and yet needs the scope."""

_Probe = Callable[[], Awaitable[object]]


async def inspect(client: Client, *, personal: bool) -> Access:
    """Asks who we are, then tries what we need and changes nothing. Raises Unauthenticated when it is refused."""
    us = await client.ourselves()
    visible: list[Repository] = []

    async def look() -> None:
        visible.extend(await repositories(client))

    missing = await _lacking(
        {
            "Code (read)": look,
            "Identity (read)": lambda: client(lambda sdk: sdk.identity.read_identities(identity_ids=word(us, "id"))),
        }
    )
    if visible:
        missing += await _writing(client, visible[0])
        missing += await _running(client, visible[0].id.partition("/")[0])
    notes = [NO_EXPIRY] if personal else []
    if not await _granted(lambda: client(_subscriptions)):
        notes.append(NO_HOOKS)
    if not visible and "Code (read)" not in missing:
        notes.append(NO_REPOSITORY)
    return Access(_account(us), tuple(missing), notes=tuple(notes))


def _subscriptions(sdk: "Sdk") -> object:
    return sdk.service_hooks.list_subscriptions(publisher_id="tfs", consumer_id="webHooks")


async def _writing(client: Client, repository: Repository) -> list[str]:
    where = place(repository)
    status = {"state": "pending", "context": {"genre": GENRE, "name": "Agnox"}}
    missing = await _lacking(
        {
            THREADS: lambda: client(
                lambda sdk: sdk.git.update_thread({"status": "active"}, where.repository, NOWHERE, 1, where.project)
            ),
            STATUS: lambda: client(
                lambda sdk: sdk.git.create_pull_request_status(status, where.repository, NOWHERE, where.project)
            ),
        }
    )
    if not missing and not await _contributes(client, repository):
        missing.append(f"Contribute to pull requests (in {repository.path})")
    return missing


async def _running(client: Client, project: str) -> list[str]:
    again: dict[str, Any] = {}
    return await _lacking(
        {
            BUILDS: lambda: client(lambda sdk: sdk.build.update_build(again, project, NOWHERE, retry=True)),
            TESTS: lambda: client(lambda sdk: sdk.test.get_test_runs(project, top=1)),
        }
    )


async def _lacking(probes: Mapping[str, _Probe]) -> list[str]:
    return [name for name, probe in probes.items() if not await _granted(probe)]


async def _granted(probe: _Probe) -> bool:
    """A token without the scope may be refused as if it were none, though it was good a moment ago."""
    try:
        await probe()
    except (Forbidden, Unauthenticated):
        return False
    except (NotFound, Rejected):
        return True
    return True


async def _contributes(client: Client, where: Repository) -> bool:
    """Asks for our own right on a repository; where the host does not tell, the first write will."""
    token = f"repoV2/{where.id}"
    try:
        answer = await client(
            lambda sdk: sdk.security.has_permissions(GIT, permissions=PULL_REQUEST_CONTRIBUTE, tokens=token)
        )
    except (Forbidden, Unauthenticated, NotFound):
        return True
    return bool(answer != [False])


def _account(us: Json) -> Account:
    """An identity names itself otherwise here than as an author."""
    login = properties(us).get("Account") or word(us, "providerDisplayName")
    told = {"id": word(us, "id"), "uniqueName": login, "descriptor": word(us, "subjectDescriptor")}
    return account(told)
