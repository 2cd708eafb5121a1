"""Queries on what is gone through again and again: hooks, and repositories that something happens in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import CiRun, Installation, PullRequest, Repository, TestCycle


async def hooks_on_hosts(session: AsyncSession) -> Sequence[Installation]:
    """Gives the active installations that are hooks of their own."""
    rows = await session.scalars(
        select(Installation)
        .where(Installation.hook_key.is_not(None), Installation.deleted_at.is_(None))
        .where(Installation.suspended_at.is_(None), Installation.integration_id.is_not(None))
        .order_by(Installation.id)
    )
    return rows.all()


async def stale_repositories(
    session: AsyncSession, *, looked_before: datetime, active_since: datetime, limit: int
) -> Sequence[Repository]:
    """Gives the repositories that something happened in since, and that were not held against their host lately."""
    happened = [
        select(table.id).where(table.repository_id == Repository.id, table.created_at > active_since).exists()
        for table in (PullRequest, CiRun, TestCycle)
    ]
    unlooked = or_(Repository.reconciled_at.is_(None), Repository.reconciled_at < looked_before)
    rows = await session.scalars(
        select(Repository)
        .where(Repository.removed_at.is_(None), unlooked, or_(*happened))
        .order_by(Repository.reconciled_at.is_not(None), Repository.reconciled_at)
        .limit(limit)
    )
    return rows.all()
