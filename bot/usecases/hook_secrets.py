"""What proves a delivery that came to a hook with a key."""

import re
import time
from collections.abc import Callable, Sequence

from cachetools import TTLCache
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.agnox import find_server_at
from bot.store.hooks import find_hook
from bot.store.models import AgnoxServer
from bot.store.sealed import AGNOX_SECRET, HOOK_SECRET
from bot.usecases.services import Services

_KEY = re.compile(r"[0-9A-Za-z_-]{16,64}")
_KNOWN = 4096
KEPT_SECONDS = 30.0


class HookSecrets:
    """Looks the secrets of hooks up; remembers them for half a minute, as deliveries come in bursts."""

    def __init__(self, services: Services, timer: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._known: TTLCache[tuple[str, str], Sequence[str]] = TTLCache(_KNOWN, KEPT_SECONDS, timer)
        self._looked: TTLCache[tuple[str, str], bool] = TTLCache(_KNOWN, 1.0, timer)

    async def find(self, provider: str, key: str, *, anew: bool = False) -> Sequence[str]:
        """Gives the secrets of a hook; none when there is no such hook. Raises VaultError.

        `anew` looks again, since what is remembered did not fit; but not more than once a second.
        """
        if not _KEY.fullmatch(key):
            return ()
        if anew and (provider, key) not in self._looked:
            self._looked[provider, key] = True
            self._known.pop((provider, key), None)
        found = self._known.get((provider, key))
        if found is None:
            async with self._services.database.read() as session:
                secret = await self._open(session, provider, key)
            # While one replaces the other there are two, each on a line.
            found = tuple((secret or "").split())
            if found:
                self._known[provider, key] = found
        return found

    async def _open(self, session: AsyncSession, provider: str, key: str) -> str | None:
        if provider == AgnoxServer.provider:
            server = await find_server_at(session, key)
            return AGNOX_SECRET.open(self._services.vault, server) if server is not None else None
        hook = await find_hook(session, provider, key)
        return HOOK_SECRET.open(self._services.vault, hook) if hook is not None else None
