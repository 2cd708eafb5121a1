"""An organization's own access to a git host: added, listed, paused and taken away."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select

from bot.domain.ids import new_id
from bot.store.base import now
from bot.store.database import Database
from bot.store.hosting import audit, shelve_repositories, unshelve_repositories
from bot.store.models import Integration, Organization
from bot.store.sealed import INTEGRATION_TOKEN
from bot.usecases.administer import find_organization, insert
from bot.usecases.connect import connect_on_trial
from bot.usecases.errors import Invalid, Missing
from bot.usecases.organization_secrets import secret_parts
from bot.usecases.services import Services
from bot.usecases.take_up import take_up_again
from bot.usecases.words_of import words_of
from providers.credentials import parse_credential
from providers.errors import ProviderError, RateLimited, Unauthenticated, Unavailable
from providers.factory import UnknownSource
from providers.interface import Exchange
from providers.values import Access

logger = logging.getLogger(__name__)

_LONGEST_CREDENTIAL = 4096


async def add_integration(
    services: Services,
    organization: str,
    source: str,
    credential: str,
    base_url: str,
    *,
    actor: str,
    check: bool = True,
) -> tuple[Integration, Access | None]:
    """Keeps a credential, sealed, after asking the host whether it will do; gives the host's answer.

    Raises Invalid, Missing, Conflict when there is one already, and VaultError.
    """
    provider, base_url = _provider_name(services, source), _clean_url(base_url)
    async with services.database.read() as session:
        owner = await find_organization(session, organization)
    row = Integration(id=new_id(), organization_id=owner.id, provider=provider, base_url=base_url, enabled=True)
    _seal(services, row, credential)
    access = await _inspect(services, row) if check else None
    note_access(services, row, access)
    async with services.database.write() as session:
        taken = (
            f"{owner.name} has access to {provider} already: `agnox integration replace` changes its credential, "
            "`agnox installation add` adds a hook, `agnox integration remove` takes it away"
        )
        await insert(session, row, taken)
        await unshelve_repositories(session, row)
        await take_up_again(session, services, owner.id)
        audit(session, owner.id, actor, "integration.added", f"{provider} {base_url}".strip())
    return row, access


async def _inspect(services: Services, row: Integration) -> Access | None:
    """Asks the host and seals what is left of the credential; one that is refused or lacks something is not kept.

    A host that can't be reached now is asked again later: None.
    """
    trial = _Trial(INTEGRATION_TOKEN.open(services.vault, row) or "")
    otherwise = "nothing was stored; `--no-check` stores it all the same"
    try:
        access = await connect_on_trial(services, row, trial).inspect()
    except Unauthenticated as error:
        raise Invalid(f"{row.provider} does not accept the credential: {_words(error, trial)}") from None
    except ValueError as error:
        raise Invalid(_words(error, trial)) from None
    except (RateLimited, Unavailable) as error:
        logger.warning("the credential was stored but could not be checked yet: %s", _words(error, trial))
        access = None
    except ProviderError as error:
        raise Invalid(f"the credential can't be checked: {_words(error, trial)} ({otherwise})") from None
    if access is not None and access.missing:
        raise Invalid(f"the credential of {access.account.login} lacks: {', '.join(access.missing)} ({otherwise})")
    INTEGRATION_TOKEN.seal(services.vault, row, trial.kept)
    return access


def _words(error: Exception, trial: "_Trial") -> str:
    return words_of(error, secret_parts(trial.kept))


@dataclass
class _Trial:
    """Keeps the credential that is being tried, as it is by now (providers.interface.Keeper)."""

    kept: str

    async def renew(self, stale: str, exchange: Exchange) -> str:
        if self.kept == stale:
            self.kept = await exchange(stale)
        return self.kept


def note_access(services: Services, row: Integration, access: Access | None) -> None:
    """Writes down what the host says of a credential."""
    if access is None:
        return
    row.account_id, row.account = access.account.id, access.account.login
    row.expires_at, row.checked_at = access.expires_at, services.clock()
    row.broken = f"the credential lacks: {', '.join(access.missing)}" if access.missing else ""


async def list_integrations(database: Database, organization: str | None) -> Sequence[tuple[Integration, Organization]]:
    """Lists the integrations of one organization or of all."""
    query = select(Integration, Organization).join(Organization, Organization.id == Integration.organization_id)
    async with database.read() as session:
        if organization is not None:
            query = query.where(Integration.organization_id == (await find_organization(session, organization)).id)
        rows = await session.execute(query.order_by(Organization.name, Integration.provider))
        return [(integration, owner) for integration, owner in rows]


async def replace_credential(
    services: Services, integration_id: str, credential: str, *, actor: str, check: bool = True
) -> tuple[Integration, Access | None]:
    """Puts another credential in the place of an integration's own; its hooks stay. Raises Invalid and Missing."""
    async with services.database.read() as session:
        row = await session.get(Integration, integration_id) or missing_integration(integration_id)
    _seal(services, row, credential)
    access = await _inspect(services, row) if check else None
    async with services.database.write() as session:
        row = await session.merge(row)
        note_access(services, row, access)
        row.broken = ""
        await take_up_again(session, services, row.organization_id)
        audit(session, row.organization_id, actor, "integration.replaced", row.provider)
    return row, access


def _seal(services: Services, row: Integration, credential: str) -> None:
    if len(credential) > _LONGEST_CREDENTIAL:
        raise Invalid(f"that is no token or credential: it has more than {_LONGEST_CREDENTIAL} characters")
    try:
        INTEGRATION_TOKEN.seal(services.vault, row, parse_credential(credential).dump())
    except ValueError as error:
        raise Invalid(str(error)) from None


async def remove_integration(database: Database, integration_id: str, *, actor: str) -> Integration:
    """Deletes an integration with its credential and hooks. Raises Missing."""
    async with database.write() as session:
        row = await session.get(Integration, integration_id) or missing_integration(integration_id)
        await shelve_repositories(session, row, now())
        await session.delete(row)
        audit(session, row.organization_id, actor, "integration.removed", row.provider)
    return row


async def enable_integration(database: Database, integration_id: str, enabled: bool, *, actor: str) -> Integration:
    """Lets an integration be used, forgetting why it was broken, or keeps it from being used. Raises Missing."""
    async with database.write() as session:
        row = await session.get(Integration, integration_id) or missing_integration(integration_id)
        if row.enabled != enabled or (enabled and row.broken):
            row.enabled = enabled
            row.broken = "" if enabled else row.broken
            audit(session, row.organization_id, actor, f"integration.{_VERBS[enabled]}", row.provider)
    return row


_VERBS = {True: "enabled", False: "disabled"}


def missing_integration(integration_id: str) -> Integration:
    """Raises Missing that says where to look."""
    raise Missing(f"there is no integration with the id {integration_id!r}: `agnox integration list` shows the ids")


def _provider_name(services: Services, source: str) -> str:
    """Finds the provider with that name or alias among the installed ones."""
    try:
        return services.registry.get(source).name
    except UnknownSource as error:
        raise Invalid(str(error).replace("source", "provider", 1)) from None


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
