"""Webhooks that we put on a git host, so that it tells us of pull requests and comments."""

import base64
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bot.domain.ids import new_id
from bot.store.hooks import find_hook_at
from bot.store.hosting import audit, find_integration, remove_repositories
from bot.store.models import Installation, Integration
from bot.store.sealed import HOOK_SECRET
from bot.store.vault import VaultError
from bot.usecases.administer import find_organization
from bot.usecases.connect import connect_integration
from bot.usecases.errors import Invalid, Missing
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers.errors import ProviderError, Rejected, Unavailable
from providers.interface import CiProvider
from providers.values import Hook

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hooked:
    """An installation and what of it stands on the host."""

    installation: Installation
    hooks: Sequence[Hook]


async def add_hook(services: Services, organization: str, source: str, place: str, *, actor: str) -> Hooked:
    """Has the host tell us of a place; doing it again mends what is there.

    Raises Invalid when the host will not have it, Missing when there is no integration, and VaultError.
    """
    place = place.strip().strip("/")
    integration = await _integration(services, organization, source)
    provider = _provider(services, integration)
    if not provider.capabilities.hooks:
        raise Invalid(f"{provider.name} sends its events to its app's own webhook: there is nothing to add")
    row = await _row(services, integration, place)
    before = HOOK_SECRET.open(services.vault, row) or ""
    url = hook_url(services, row)
    made: Sequence[Hook] = ()
    refusal: ProviderError | None = None
    # A secret that signs is better than one that is sent along, but older hosts can't sign.
    for secret in (f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}", secrets.token_urlsafe(32)):
        # Until the host has said which one it has, each of them will do.
        await _keep_secret(services, row.id, f"{secret}\n{before}")
        try:
            made, refusal = await provider.ensure_hooks(place, url, secret), None
            await _keep_secret(services, row.id, secret)
            break
        except Rejected as error:
            refusal = error
        except ProviderError as error:
            refusal = error
            break
    if refusal is not None and before and not isinstance(refusal, Unavailable):
        await _keep_secret(services, row.id, before)
    async with services.database.write() as session:
        row = await session.get_one(Installation, row.id)
        if refusal is None:
            audit(session, row.organization_id, actor, "hook.added", f"{row.provider} {place}")
        elif not before:
            await session.delete(row)
    if refusal is not None:
        raise Invalid(f"{provider.name} takes no hook on {place!r}: {words_of(refusal, [secret])}")
    return Hooked(row, made)


async def _keep_secret(services: Services, installation_id: str, secret: str) -> None:
    async with services.database.write() as session:
        HOOK_SECRET.seal(services.vault, await session.get_one(Installation, installation_id), secret.strip())


async def remove_hook(services: Services, installation_id: str, *, actor: str) -> Hooked:
    """Takes our hooks off the host and forgets their secret; gives those that the host would not let go.

    Raises Missing.
    """
    async with services.database.read() as session:
        row = await session.get(Installation, installation_id)
        integration = await session.get(Integration, row.integration_id) if row and row.integration_id else None
    if row is None or integration is None or row.deleted_at is not None:
        raise Missing(f"there is no hook with the id {installation_id!r}: `agnox installation list` shows the ids")
    left = await _take_off(services, integration, row)
    async with services.database.write() as session:
        row = await session.get_one(Installation, installation_id)
        row.deleted_at, row.hook_secret = services.clock(), None
        await remove_repositories(session, row.id, None, services.clock())
        audit(session, row.organization_id, actor, "hook.removed", f"{row.provider} {row.account}")
    return Hooked(row, left)


async def remove_hooks_of(services: Services, integration_id: str) -> Sequence[Hook]:
    """Takes all hooks of an integration off the host; gives those that it would not let go."""
    async with services.database.read() as session:
        integration = await session.get(Integration, integration_id)
        query = select(Installation).where(
            Installation.integration_id == integration_id, Installation.deleted_at.is_(None)
        )
        rows = (await session.scalars(query)).all()
    if integration is None:
        return ()
    return [hook for row in rows for hook in await _take_off(services, integration, row)]


async def look_at(services: Services, installation_id: str) -> Sequence[Hook]:
    """Asks the host how the hooks of an installation are; one that can't be seen is one with a problem."""
    async with services.database.read() as session:
        row = await session.get_one(Installation, installation_id)
        integration = await session.get(Integration, row.integration_id or "")
    if integration is None:
        return ()
    url = hook_url(services, row)
    try:
        return await _provider(services, integration).hooks(row.account, url)
    except (ProviderError, Invalid) as error:
        return [Hook(id="", url=url, active=False, problem=words_of(error))]


def hook_url(services: Services, installation: Installation) -> str:
    return f"{services.public_url}/webhooks/{installation.provider}/{installation.hook_key}"


async def _take_off(services: Services, integration: Integration, row: Installation) -> Sequence[Hook]:
    url = hook_url(services, row)
    try:
        await _provider(services, integration).remove_hooks(row.account, url)
    except (ProviderError, Invalid) as error:
        return [Hook(id="", url=url, active=True, problem=words_of(error))]
    return ()


async def _integration(services: Services, organization: str, source: str) -> Integration:
    name = services.registry.canonical(source)
    async with services.database.read() as session:
        owner = await find_organization(session, organization)
        found = await find_integration(session, owner.id, name) if name else None
    if found is None:
        raise Missing(f"{owner.name} has no {name or source} integration: `agnox integration add` one first")
    return found


def _provider(services: Services, integration: Integration) -> CiProvider:
    try:
        return connect_integration(services, integration)
    except (ValueError, VaultError) as error:
        raise Invalid(str(error)) from None


async def _row(services: Services, integration: Integration, place: str) -> Installation:
    async with services.database.write() as session:
        row = await find_hook_at(session, integration.id, place)
        if row is None:
            key = secrets.token_urlsafe(24)
            row = Installation(
                id=new_id(),
                organization_id=integration.organization_id,
                integration_id=integration.id,
                provider=integration.provider,
                external_id=key,
                account=place,
                hook_key=key,
                permissions={},
            )
            session.add(row)
    return row
