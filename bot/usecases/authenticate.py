"""Who sent a request, by its API key."""

from bot.store import keys
from bot.usecases.caller import Caller
from bot.usecases.services import Services


async def authenticate(services: Services, key: str) -> Caller | None:
    """Gives the caller whose key this is; None for a key that is unknown or revoked."""
    found = await keys.authenticate(services.database, key, services.clock())
    return None if found is None else Caller(found.organization_id, found.project_id, found.name)
