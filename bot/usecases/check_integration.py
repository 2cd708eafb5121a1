"""An organization's credential is looked at before it fails."""

import logging
from datetime import datetime, timedelta

from bot.store.models import Integration
from bot.store.vault import VaultError
from bot.usecases.connect import connect_integration
from bot.usecases.integrations import missing_integration, note_access
from bot.usecases.services import Services
from bot.usecases.take_up import take_up_again
from bot.usecases.words_of import words_of
from providers.errors import ProviderError, RateLimited, Unavailable

logger = logging.getLogger(__name__)

SOON = timedelta(days=14)
"""How long before its end people are told of a credential's end."""


async def check_integration(services: Services, integration_id: str) -> None:
    """Asks the host what it thinks of a credential and writes it down; RateLimited and Unavailable are raised."""
    async with services.database.read() as session:
        row = await session.get(Integration, integration_id)
    if row is None or not row.enabled:
        return
    access, broken = None, ""
    try:
        access = await connect_integration(services, row).inspect()
    except (RateLimited, Unavailable):
        raise
    except (ProviderError, ValueError, VaultError) as error:
        broken = f"{row.provider} refuses us: {words_of(error)}"
    async with services.database.write() as session:
        row = await session.get(Integration, integration_id)
        if row is None:
            return
        was_broken = row.broken
        note_access(services, row, access)
        row.broken, row.checked_at = broken or row.broken, services.clock()
        if was_broken and not row.broken:
            await take_up_again(session, services, row.organization_id)
    if ends := expiry_note(row, services.clock()):
        logger.warning("%s (organization %s)", ends, row.organization_id)


async def check_now(services: Services, integration_id: str) -> Integration:
    """Looks at an integration and gives what was found. Raises Missing, RateLimited and Unavailable."""
    await check_integration(services, integration_id)
    async with services.database.read() as session:
        return await session.get(Integration, integration_id) or missing_integration(integration_id)


def ends_soon(row: Integration, at: datetime) -> bool:
    """Whether a credential ends within two weeks, or has ended."""
    return row.expires_at is not None and row.expires_at - at <= SOON


def expiry_note(row: Integration, at: datetime) -> str:
    """Says that a credential ends soon or has ended; empty when there is nothing to say."""
    if row.expires_at is None or not ends_soon(row, at):
        return ""
    ended = "has ended" if row.expires_at <= at else "ends"
    return (
        f"The {row.provider} credential of {row.account or 'this integration'} {ended} on {row.expires_at:%Y-%m-%d}: "
        "its owner can make a new one, then `agnox integration replace` it."
    )
