"""An organization's own access to a git host by token: added, listed, paused and taken away."""

from collections.abc import Sequence
from importlib.metadata import entry_points
from urllib.parse import urlsplit

from sqlalchemy import select

from bot.domain.ids import new_id
from bot.store.database import Database
from bot.store.hosting import audit
from bot.store.models import Integration, Organization
from bot.store.sealed import INTEGRATION_TOKEN
from bot.store.vault import Vault
from bot.usecases.administer import find_organization, insert
from bot.usecases.errors import Invalid, Missing
from providers.factory import GROUP, HostType

_LONGEST_TOKEN = 4096


async def add_integration(
    database: Database, vault: Vault, organization: str, source: str, token: str, base_url: str, *, actor: str
) -> Integration:
    """Keeps a token, sealed. Raises Invalid, Missing, Conflict when there is one already, and VaultError."""
    provider, base_url = _provider_name(source), _clean_url(base_url)
    if not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise Invalid(f"that is no token: it must be one line of at most {_LONGEST_TOKEN} ASCII characters, no spaces")
    async with database.write() as session:
        owner = await find_organization(session, organization)
        row = Integration(id=new_id(), organization_id=owner.id, provider=provider, base_url=base_url)
        INTEGRATION_TOKEN.seal(vault, row, token)
        taken = (
            f"{owner.name} already has a {provider} integration: `agnox integration remove` it before adding another"
        )
        await insert(session, row, taken)
        audit(session, owner.id, actor, "integration.added", f"{provider} {base_url}".strip())
    return row


async def list_integrations(database: Database, organization: str | None) -> Sequence[tuple[Integration, Organization]]:
    """Lists the integrations of one organization or of all."""
    query = select(Integration, Organization).join(Organization, Organization.id == Integration.organization_id)
    async with database.read() as session:
        if organization is not None:
            query = query.where(Integration.organization_id == (await find_organization(session, organization)).id)
        rows = await session.execute(query.order_by(Organization.name, Integration.provider))
        return [(integration, owner) for integration, owner in rows]


async def remove_integration(database: Database, integration_id: str, *, actor: str) -> Integration:
    """Deletes an integration with its token. Raises Missing."""
    async with database.write() as session:
        row = await session.get(Integration, integration_id) or _missing(integration_id)
        await session.delete(row)
        audit(session, row.organization_id, actor, "integration.removed", row.provider)
    return row


async def enable_integration(database: Database, integration_id: str, enabled: bool, *, actor: str) -> Integration:
    """Lets an integration be used, forgetting why it was broken, or keeps it from being used. Raises Missing."""
    async with database.write() as session:
        row = await session.get(Integration, integration_id) or _missing(integration_id)
        if row.enabled != enabled or (enabled and row.broken):
            row.enabled = enabled
            row.broken = "" if enabled else row.broken
            audit(session, row.organization_id, actor, f"integration.{_VERBS[enabled]}", row.provider)
    return row


_VERBS = {True: "enabled", False: "disabled"}


def _missing(integration_id: str) -> Integration:
    raise Missing(f"there is no integration with the id {integration_id!r}: `agnox integration list` shows the ids")


def _provider_name(source: str) -> str:
    """Finds the provider with that name or alias among the installed ones, whether or not it is set up."""
    names: list[str] = []
    for entry in entry_points(group=GROUP):
        host_type: HostType = entry.load()
        if source.strip().lower() in {name.lower() for name in (host_type.name, *host_type.aliases)}:
            return host_type.name
        names.append(host_type.name)
    raise Invalid(f"unknown provider {source!r}; known are {', '.join(sorted(names))}")


def _clean_url(url: str) -> str:
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        unusable = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        unusable = True
    if url and (unusable or parts.username is not None or parts.query or parts.fragment or len(url) > 2048):
        raise Invalid("the base URL must be http(s)://HOST[:PORT][/PATH], without credentials, query or fragment")
    return url
