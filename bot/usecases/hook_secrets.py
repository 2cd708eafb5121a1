"""What proves a delivery that came to a hook with a key."""

import re
from collections.abc import Sequence

from cachetools import TTLCache

from bot.store.hooks import find_hook
from bot.store.sealed import HOOK_SECRET
from bot.usecases.services import Services

_KEY = re.compile(r"[0-9A-Za-z_-]{16,64}")
_KNOWN = 4096
_KEPT_SECONDS = 30.0


class HookSecrets:
    """Looks the secrets of hooks up; remembers them for half a minute, as deliveries come in bursts."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: TTLCache[tuple[str, str], Sequence[str]] = TTLCache(_KNOWN, _KEPT_SECONDS)

    async def find(self, provider: str, key: str) -> Sequence[str]:
        """Gives the secrets of a hook; none when there is no such hook. Raises VaultError."""
        if not _KEY.fullmatch(key):
            return ()
        found = self._known.get((provider, key))
        if found is None:
            async with self._services.database.read() as session:
                row = await find_hook(session, provider, key)
                secret = HOOK_SECRET.open(self._services.vault, row) if row is not None else None
            found = (secret,) if secret else ()
            if found:
                self._known[provider, key] = found
        return found
