"""Queries on where a CI context points: repositories by what CIs call them, and the instances of an organization."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Integration, Repository


async def instances(session: AsyncSession, organization_id: str) -> dict[str, str]:
    """Gives the base URL of each of an organization's enabled integrations, by provider; empty for the public one."""
    rows = await session.execute(
        select(Integration.provider, Integration.base_url).where(
            Integration.organization_id == organization_id, Integration.enabled
        )
    )
    return {row.provider: row.base_url for row in rows}


async def covered_repositories(
    session: AsyncSession, organization_id: str, path: str, provider: str | None = None
) -> Sequence[Repository]:
    """Finds the repositories of an organization with a path, on one host or on any; at most two.

    A path of one word is the last one of a repository's path, as some CIs give it.
    """
    key = path.lower()
    query = select(Repository).where(
        Repository.organization_id == organization_id,
        Repository.removed_at.is_(None),
        Repository.path_key == key if "/" in key else Repository.path_key.endswith(f"/{key}", autoescape=True),
    )
    if provider is not None:
        query = query.where(Repository.provider == provider)
    return (await session.scalars(query.order_by(Repository.created_at.desc()).limit(2))).all()
