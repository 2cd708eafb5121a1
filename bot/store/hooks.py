"""Webhooks that carry a key in their address: whose they are and what proves them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Installation


async def find_hook(session: AsyncSession, provider: str, key: str) -> Installation | None:
    """Finds the hook of a key, unless it was removed."""
    return await session.scalar(
        select(Installation).where(
            Installation.provider == provider, Installation.hook_key == key, Installation.deleted_at.is_(None)
        )
    )


async def find_hook_at(session: AsyncSession, integration_id: str, place: str) -> Installation | None:
    """Finds an integration's hook on a place, unless it was removed."""
    return await session.scalar(
        select(Installation).where(
            Installation.integration_id == integration_id,
            Installation.account == place,
            Installation.deleted_at.is_(None),
        )
    )
