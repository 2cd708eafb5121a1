"""The repository that a delivery speaks of, if its installation lets us work there."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.hosting import ensure_installation, save_repository
from bot.store.models import Repository
from providers import values


async def covered(
    session: AsyncSession, provider: str, installation: str, told: values.Repository
) -> Repository | None:
    """Notes a repository under its installation; None where that is not active."""
    row = await ensure_installation(session, provider, installation, told.path.partition("/")[0])
    if not row.active:
        return None
    return await save_repository(
        session, row.organization_id, provider, external_id=told.id, path=told.path, installation_id=row.id
    )
