"""An organization's right to speak to its Agnox server, and what is done when that is gone."""

import logging

from bot.node.agnox import AgnoxClient
from bot.node.agnox_http import Connection
from bot.store.models import AgnoxServer
from bot.store.sealed import AGNOX_KEY
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers.errors import Forbidden, Unauthenticated

logger = logging.getLogger(__name__)

NO_ACCESS = (Unauthenticated, Forbidden)


def client_of(services: Services, server: AgnoxServer) -> AgnoxClient:
    """Opens a server's API. Raises VaultError."""
    key = AGNOX_KEY.open(services.vault, server) or ""
    return AgnoxClient(Connection(server.base_url, key, services.clock), services.log_limit)


async def note_refusal(services: Services, server: AgnoxServer, refusal: Exception) -> str:
    """Marks a server as broken and gives the words for it, which say what mends it."""
    words = f"{words_of(refusal)}: `agnox integration server replace` changes the key"
    logger.warning("the Agnox server of organization %s refuses us: %s", server.organization_id, words)
    await note_state(services, server, words)
    return words


async def note_state(services: Services, server: AgnoxServer, broken: str) -> AgnoxServer | None:
    """Writes down that a server was asked and whether it refuses us; gives the row if it is still there."""
    async with services.database.write() as session:
        row = await session.get(AgnoxServer, server.id)
        # With another key since then, what the old one was told means nothing.
        if row is not None and row.key == server.key:
            row.broken, row.checked_at = broken, services.clock()
    return row
