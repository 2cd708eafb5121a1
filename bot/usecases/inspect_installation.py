"""An app's installation is asked what it was granted, so that people learn in one place what is missing."""

import logging

from bot.store.models import Installation
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers.errors import ProviderError, RateLimited, Unavailable
from providers.interface import Connection

logger = logging.getLogger(__name__)


async def inspect_installation(services: Services, installation_id: str) -> None:
    """Notes the permissions that we need and do not have. Raises RateLimited and Unavailable."""
    async with services.database.read() as session:
        row = await session.get(Installation, installation_id)
    if row is None or not row.active or row.integration_id is not None:
        return
    host = await services.registry.ready(row.provider)
    try:
        connection = Connection(installation=row.external_id, tenant=row.organization_id)
        access = await host.connect(connection).inspect()
    except (RateLimited, Unavailable):
        raise
    except (ProviderError, ValueError) as refusal:
        logger.warning("installation %s of %s can't be looked at: %s", row.external_id, row.account, words_of(refusal))
        return
    missing = ", ".join(access.missing)
    if missing:
        logger.warning("installation %s of %s lacks %s", row.external_id, row.account, missing)
    async with services.database.write() as session:
        row = await session.get_one(Installation, installation_id)
        if row.missing != missing:
            row.missing, row.missing_told_on = missing, ""


def missing_words(services: Services, row: Installation) -> str:
    """Says what is missing and where it is granted."""
    host = services.registry.get(row.provider)
    where = f": its owner can grant that at {host.install_url}" if host.install_url else ": its owner can grant that"
    return f"Agnox lacks permissions on {row.provider} ({row.missing}){where}"
