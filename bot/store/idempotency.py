"""Queries on requests that carried an idempotency key."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import first_id_at
from bot.store.models import KeyedRequest


async def find_request(session: AsyncSession, organization_id: str, key: str) -> KeyedRequest | None:
    """Gives what was asked under a key of this organization."""
    mine = KeyedRequest.organization_id == organization_id, KeyedRequest.key == key
    found: KeyedRequest | None = await session.scalar(select(KeyedRequest).where(*mine))
    return found


async def forget_request(session: AsyncSession, request_id: str) -> None:
    """Forgets one request, so that its key may be used again."""
    await session.execute(delete(KeyedRequest).where(KeyedRequest.id == request_id))


async def keep_answer(session: AsyncSession, request_id: str, status: int, answer: bytes) -> None:
    """Stores what a request was answered."""
    query = update(KeyedRequest).where(KeyedRequest.id == request_id)
    await session.execute(query.values(status=status, answer=answer))


async def purge_requests(session: AsyncSession, *, before: datetime) -> None:
    """Deletes requests that came before a time."""
    # By id, which tells the time as well: an index on the time would cost each request a write.
    await session.execute(delete(KeyedRequest).where(KeyedRequest.id < first_id_at(before)))
