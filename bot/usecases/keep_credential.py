"""A credential that the host replaces now and then is kept, before anybody uses the new one."""

from dataclasses import dataclass
from datetime import timedelta

import anyio

from bot.store.hosting import audit
from bot.store.models import Integration
from bot.store.sealed import INTEGRATION_TOKEN
from bot.usecases.services import Services
from providers.errors import Unauthenticated
from providers.interface import Exchange

LEASE = timedelta(seconds=30)
"""Longer than any exchange: hosts cap it at 20 s."""
_LOOK_AGAIN = 0.2


@dataclass(frozen=True)
class CredentialKeeper:
    """Keeps the credential of one integration (providers.interface.Keeper)."""

    services: Services
    integration_id: str

    async def renew(self, stale: str, exchange: Exchange) -> str:
        """One caller at a time exchanges, among processes too: two users of one refresh token lose it (RFC 9700, 4.14).

        Nothing in the database is locked meanwhile.
        """
        while (kept := await self._begin(stale)) is None:
            await anyio.sleep(_LOOK_AGAIN)
        if kept != stale:
            return kept
        renewed = None
        try:
            renewed = await exchange(stale)
        finally:
            with anyio.CancelScope(shield=True):
                await self._end(stale, renewed)
        return renewed

    async def _begin(self, stale: str) -> str | None:
        """Gives what is kept, and takes the right to replace it if that is stale; None while somebody else has it."""
        at = self.services.clock()
        async with self.services.database.write() as session:
            row = await session.get(Integration, self.integration_id, with_for_update=True)
            kept = INTEGRATION_TOKEN.open(self.services.vault, row) if row is not None else None
            if row is None or kept is None or not row.enabled:
                raise Unauthenticated("the integration was removed or disabled")
            if kept != stale:
                return kept
            if row.renewing_until is not None and row.renewing_until > at:
                return None
            row.renewing_until = at + LEASE
            return kept

    async def _end(self, stale: str, renewed: str | None) -> None:
        """Keeps the new one, unless somebody has put another in the place of the stale one meanwhile."""
        async with self.services.database.write() as session:
            row = await session.get(Integration, self.integration_id, with_for_update=True)
            if row is None:
                return
            row.renewing_until = None
            if renewed is not None and INTEGRATION_TOKEN.open(self.services.vault, row) == stale:
                INTEGRATION_TOKEN.seal(self.services.vault, row, renewed)
                audit(session, row.organization_id, "agnox", "integration.renewed", row.provider)
