"""Queries on testing nodes."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import TestingNode

SILENCE = timedelta(minutes=1)
"""After so long a node that says nothing is not counted on."""

_FORGOTTEN = timedelta(days=1)


async def beat(session: AsyncSession, node_id: str, name: str, labels: Collection[str], *, now: datetime) -> None:
    """Notes that a node is at work, and what it has; forgets those that are long gone."""
    await session.merge(TestingNode(id=node_id, name=name, labels=sorted(labels), seen_at=now))
    await session.execute(delete(TestingNode).where(TestingNode.seen_at < now - _FORGOTTEN))


async def leave(session: AsyncSession, node_id: str) -> None:
    """Forgets a node that ends."""
    await session.execute(delete(TestingNode).where(TestingNode.id == node_id))


async def labels_at_work(session: AsyncSession, *, now: datetime) -> list[frozenset[str]]:
    """Gives what each node has that is at work."""
    found = await session.scalars(select(TestingNode.labels).where(TestingNode.seen_at > now - SILENCE))
    return [frozenset(labels) for labels in found]
