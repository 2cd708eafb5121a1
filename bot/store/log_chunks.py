"""Queries on the output of executions that are under way."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Execution, LogChunk


async def add_chunk(session: AsyncSession, execution: Execution, text: str, *, keep: int, now: datetime) -> None:
    """Adds text at the end and forgets what lies more than `keep` characters back.

    Of two writers at a time one gets IntegrityError where the database lets both in.
    """
    mine = LogChunk.execution_id == execution.id
    begin = await session.scalar(select(func.max(LogChunk.end)).where(mine)) or 0
    end = begin + len(text)
    session.add(
        LogChunk(
            execution_id=execution.id,
            organization_id=execution.organization_id,
            begin=begin,
            end=end,
            text=text,
            created_at=now,
        )
    )
    await session.flush()
    if end > keep:
        await session.execute(delete(LogChunk).where(mine, LogChunk.end <= end - keep))


async def chunks_after(session: AsyncSession, execution_id: str, position: int, *, limit: int) -> Sequence[LogChunk]:
    """Gives what there still is of the text behind a position, in order; the first piece may begin before it."""
    found = await session.scalars(
        select(LogChunk)
        .where(LogChunk.execution_id == execution_id, LogChunk.end > position)
        .order_by(LogChunk.begin)
        .limit(limit)
    )
    return found.all()


async def last_chunks(session: AsyncSession, execution_id: str, *, limit: int) -> Sequence[LogChunk]:
    """Gives the newest pieces, in order."""
    found = await session.scalars(
        select(LogChunk).where(LogChunk.execution_id == execution_id).order_by(LogChunk.begin.desc()).limit(limit)
    )
    return found.all()[::-1]


async def drop_ended_chunks(session: AsyncSession, *, before: datetime) -> None:
    """Forgets what belongs to executions that ended before a time."""
    there = select(LogChunk.execution_id).distinct()
    ended = select(Execution.id).where(Execution.id.in_(there), Execution.finished_at < before)
    await session.execute(delete(LogChunk).where(LogChunk.execution_id.in_(ended)))
