"""An organization's Agnox server: added, listed, checked and taken away by whoever runs the bot."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import new_id
from bot.domain.web_addresses import NotAnAddress, NotEncrypted, OwnNetwork, check_address
from bot.store.agnox import find_server
from bot.store.cycles import find_project, only_project
from bot.store.database import Database
from bot.store.hosting import audit
from bot.store.models import AgnoxServer, Organization, Project
from bot.store.sealed import AGNOX_KEY, AGNOX_SECRET
from bot.usecases.administer import find_organization, insert
from bot.usecases.agnox.access import client_of, note_state
from bot.usecases.errors import Invalid, Missing
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers.errors import ProviderError, RateLimited, Unavailable

_LONGEST_KEY = 4096
_LONGEST_PROJECT = 64


@dataclass(frozen=True, slots=True)
class AddedServer:
    """A server and what is entered there, of which the secret is shown this once."""

    server: AgnoxServer
    hook_url: str
    hook_secret: str
    checked: bool


async def add_server(
    services: Services,
    organization: str,
    base_url: str,
    key: str,
    *,
    project: str = "",
    remote_project: str = "",
    plain: bool = False,
    check: bool = True,
    actor: str,
) -> AddedServer:
    """Keeps a server's address and key, sealed, after trying the key; makes a webhook's key and secret.

    `plain` lets the way to it be unencrypted. Raises Invalid, Missing, Conflict when there is one already, VaultError.
    """
    base_url, key = _clean_url(base_url, plain=plain), _clean_key(key)
    if len(remote_project) > _LONGEST_PROJECT or not remote_project.isprintable():
        raise Invalid("the project on the Agnox server must be its id there")
    async with services.database.read() as session:
        owner = await find_organization(session, organization)
        target = await _project(session, owner, project)
    row = AgnoxServer(
        id=new_id(),
        organization_id=owner.id,
        project_id=target.id,
        base_url=base_url,
        remote_project=remote_project,
        hook_key=secrets.token_urlsafe(24),
        broken="",
    )
    secret = secrets.token_urlsafe(32)
    AGNOX_KEY.seal(services.vault, row, key)
    AGNOX_SECRET.seal(services.vault, row, secret)
    checked = check and await _try(services, row)
    async with services.database.write() as session:
        taken = f"{owner.name} has an Agnox server already: `agnox integration server remove` takes it away"
        await insert(session, row, taken)
        audit(session, owner.id, actor, "agnox_server.added", base_url)
    return AddedServer(row, hook_url(services, row), secret, checked)


def hook_url(services: Services, row: AgnoxServer) -> str:
    """Gives the address that the server sends its webhooks to."""
    return f"{services.public_url.rstrip('/')}/webhooks/agnox/{row.hook_key}"


async def list_servers(database: Database, organization: str | None) -> Sequence[tuple[AgnoxServer, Organization]]:
    """Lists the server of one organization or those of all. Raises Missing."""
    query = select(AgnoxServer, Organization).join(Organization, Organization.id == AgnoxServer.organization_id)
    async with database.read() as session:
        if organization is not None:
            query = query.where(AgnoxServer.organization_id == (await find_organization(session, organization)).id)
        return [(row, owner) for row, owner in await session.execute(query.order_by(Organization.name))]


async def check_server(services: Services, organization: str) -> AgnoxServer:
    """Asks a server whether the key still does, and writes it down. Raises Missing, VaultError, RateLimited and
    Unavailable."""
    async with services.database.read() as session:
        row, _ = await _find(session, organization)
    broken = ""
    try:
        await client_of(services, row).check()
    except (RateLimited, Unavailable):
        raise
    except ProviderError as refusal:
        broken = words_of(refusal)
    return await note_state(services, row, broken) or row


async def replace_key(
    services: Services, organization: str, key: str, *, check: bool = True, actor: str
) -> AgnoxServer:
    """Puts another key in the place of the old one; the webhook stays. Raises Invalid, Missing and VaultError."""
    key = _clean_key(key)
    async with services.database.read() as session:
        row, _ = await _find(session, organization)
    AGNOX_KEY.seal(services.vault, row, key)
    if check:
        await _try(services, row)
    async with services.database.write() as session:
        row = await session.merge(row)
        row.broken = ""
        audit(session, row.organization_id, actor, "agnox_server.replaced", row.base_url)
    return row


async def remove_server(database: Database, organization: str, *, actor: str) -> AgnoxServer:
    """Forgets a server, its key and its webhook; what was read of it stays. Raises Missing."""
    async with database.write() as session:
        row, owner = await _find(session, organization)
        await session.delete(row)
        audit(session, owner.id, actor, "agnox_server.removed", row.base_url)
    return row


async def _try(services: Services, row: AgnoxServer) -> bool:
    """Tells whether the server could be asked. Raises Invalid when it says no."""
    try:
        await client_of(services, row).check()
    except (RateLimited, Unavailable):
        return False
    except ProviderError as refusal:
        raise Invalid(f"{words_of(refusal)} (nothing was stored; `--no-check` stores it all the same)") from None
    row.checked_at = services.clock()
    return True


async def _find(session: AsyncSession, organization: str) -> tuple[AgnoxServer, Organization]:
    owner = await find_organization(session, organization)
    row = await find_server(session, owner.id)
    if row is None:
        raise Missing(f"{owner.name} has no Agnox server: `agnox integration server add` gives it one")
    return row, owner


async def _project(session: AsyncSession, owner: Organization, name: str) -> Project:
    project = await find_project(session, owner.id, name) if name else await only_project(session, owner.id)
    if project is None and name:
        raise Missing(f"{owner.name} has no project {name!r}: `agnox project list` shows them")
    if project is None:
        raise Invalid(f"{owner.name} does not have exactly one project: say which with --project")
    return project


def _clean_url(url: str, *, plain: bool) -> str:
    url = url.strip().rstrip("/")
    try:
        check_address(url, plain=plain)
    except NotAnAddress:
        raise Invalid("the base URL must be https://HOST[:PORT][/PATH], without a login, query or fragment") from None
    except OwnNetwork as host:
        raise Invalid(f"{host} is no address of a server: such addresses are for a machine's own network") from None
    except NotEncrypted as host:
        raise Invalid(f"the way to {host} is not encrypted: use https, or --plain if you trust it") from None
    return url


def _clean_key(key: str) -> str:
    if not key or len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise Invalid("that is no key: it must be one line of ASCII characters, no spaces")
    return key
