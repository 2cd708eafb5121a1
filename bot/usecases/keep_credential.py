"""A credential that the host replaces now and then is kept, before anybody uses the new one."""

from dataclasses import dataclass

from bot.store.hosting import audit
from bot.store.models import Integration
from bot.store.sealed import INTEGRATION_TOKEN
from bot.usecases.services import Services
from providers.errors import Unauthenticated
from providers.interface import Exchange


@dataclass(frozen=True)
class CredentialKeeper:
    """Keeps the credential of one integration (providers.interface.Keeper)."""

    services: Services
    integration_id: str

    async def renew(self, stale: str, exchange: Exchange) -> str:
        """The row stays locked during the exchange: a refresh token that two use is revoked (RFC 6819, 5.2.2.3)."""
        async with self.services.database.write() as session:
            row = await session.get(Integration, self.integration_id, with_for_update=True)
            kept = INTEGRATION_TOKEN.open(self.services.vault, row) if row is not None else None
            if row is None or kept is None or not row.enabled:
                raise Unauthenticated("the integration was removed or disabled")
            if kept != stale:
                return kept
            renewed = await exchange(stale)
            INTEGRATION_TOKEN.seal(self.services.vault, row, renewed)
            audit(session, row.organization_id, "agnox", "integration.renewed", row.provider)
        return renewed
