"""Streamed sessions: batches of events, durable before they are acknowledged, many to a commit."""

import asyncio
import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database
from bot.store.models import IngestChunk, IngestSession

log = logging.getLogger(__name__)

CAPACITY = 2_000
CAPACITY_BYTES = 64 * 1024 * 1024


class ChunksUnavailable(ConnectionError):
    """A batch is not kept, for now; the sender may try again."""


class ChunkWriter:
    """Keeps batches. Those that wait while a commit is under way share the next one; there is no timer.

    An async context manager: leaving it stores what is still waiting.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[dict[str, Any], asyncio.Future[None]]] = []
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._open = False

    async def __aenter__(self) -> Self:
        self._open = True
        self._task = asyncio.create_task(self._run(), name="ingest")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        self._arrived.set()
        if self._task is not None:
            await self._task

    async def put(self, row: dict[str, Any]) -> None:
        """Keeps a row of IngestChunk, durable when this returns; a repeated one is passed over.

        Raises ChunksUnavailable.
        """
        size = len(row["content"])
        if not self._open or len(self._waiting) >= CAPACITY or self._bytes + size > CAPACITY_BYTES:
            raise ChunksUnavailable("too many batches are waiting")
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, kept))
        self._bytes += size
        self._arrived.set()
        await kept

    async def _run(self) -> None:
        while self._open or self._waiting:
            await self._arrived.wait()
            self._arrived.clear()
            batch, self._waiting = self._waiting, []
            if batch:
                await self._store(batch)
                self._bytes -= sum(len(row["content"]) for row, _ in batch)

    async def _store(self, batch: Sequence[tuple[dict[str, Any], asyncio.Future[None]]]) -> None:
        failed: Exception | None = None
        try:
            async with self._database.write() as session:
                await _insert(session, [row for row, _ in batch])
        except Exception as error:
            if len(batch) > 1:
                # A session that is gone spoils the transaction of all: each gets its own.
                for waiting in batch:
                    await self._store([waiting])
                return
            log.exception("a batch of events could not be stored and was not acknowledged")
            failed = error
        for _, kept in batch:
            if kept.done():
                continue
            if failed is None:
                kept.set_result(None)
            else:
                kept.set_exception(ChunksUnavailable("the database does not take events"))


async def _insert(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    if session.get_bind().dialect.name == "postgresql":
        # Only there: it is 2 MB of memory.
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    await session.execute(insert(IngestChunk).on_conflict_do_nothing(), rows)


async def find_session(session: AsyncSession, organization_id: str, session_id: str) -> IngestSession | None:
    """Finds a session of one organization."""
    return await session.scalar(
        select(IngestSession).where(IngestSession.organization_id == organization_id, IngestSession.id == session_id)
    )


async def taken(session: AsyncSession, session_id: str) -> tuple[int, int]:
    """Gives the plain bytes and the ended attempts that a session has sent."""
    sums = select(func.coalesce(func.sum(IngestChunk.size), 0), func.coalesce(func.sum(IngestChunk.ends), 0))
    size, ends = (await session.execute(sums.where(IngestChunk.session_id == session_id))).one()
    return int(size), int(ends)


async def last_word(session: AsyncSession, found: IngestSession) -> Any:
    """Gives when something was last heard of a session."""
    last = await session.scalar(select(func.max(IngestChunk.received_at)).where(IngestChunk.session_id == found.id))
    return last or found.created_at


async def chunk_ids(session: AsyncSession, session_id: str) -> Sequence[str]:
    """Gives the batches of a session as they came."""
    mine = select(IngestChunk.id).where(IngestChunk.session_id == session_id)
    return (await session.scalars(mine.order_by(IngestChunk.id))).all()


async def drop_chunks(session: AsyncSession, session_id: str) -> None:
    """Removes the batches of a session that was read."""
    await session.execute(delete(IngestChunk).where(IngestChunk.session_id == session_id))
