"""The inbox: webhook deliveries, durable before they are acknowledged, many to a commit."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import orjson

from bot.domain.ids import new_id
from bot.store.base import now
from bot.store.database import Database

log = logging.getLogger(__name__)

FUNCTION = "handle_delivery"
QUEUE = "default"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A delivery as it came in; `dedupe_key` is the same for the same delivery sent again."""

    provider: str
    dedupe_key: str
    event: str
    headers: Mapping[str, str]
    body: bytes
    hook_key: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof that a delivery is kept; that of a duplicate names the delivery that was first."""

    delivery_id: str
    duplicate: bool


class InboxUnavailable(Exception):
    """The delivery is not kept, for now; the sender may try again."""


class Unstorable(Exception):
    """The delivery can never be kept: a value that its column does not take."""


class Row(NamedTuple):
    """What one delivery adds to the tables `delivery` and `job`."""

    delivery_id: str
    job_id: str
    provider: str
    dedupe_key: str
    event: str
    hook_key: str | None
    headers: str
    body: bytes


class Writer(Protocol):
    """One database's way to keep rows."""

    async def store(self, rows: Sequence[Row], at: datetime) -> Mapping[str, str]:
        """Keeps the rows that are new in one transaction, each with its job.

        Gives, for the rows that are not, their delivery id -> that of the delivery which is kept already. Raises
        Unstorable when the values of a row are to blame, anything else when the database is; nothing is kept then.
        """
        ...

    async def aclose(self) -> None: ...


class Inbox:
    """Keeps deliveries. Those that wait while a commit is under way share the next one; there is no timer.

    An async context manager: leaving it stores what is still waiting. `wake` gets the ids of new jobs after their
    commit; `capacity` and `capacity_bytes` bound what waits in memory.
    """

    def __init__(
        self,
        database: Database,
        *,
        wake: Callable[[Sequence[str]], None],
        clock: Callable[[], datetime] = now,
        capacity: int = 2_000,
        capacity_bytes: int = 128 * 1024 * 1024,
    ) -> None:
        self._database = database
        self._wake = wake
        self._clock = clock
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._waiting: list[tuple[Row, asyncio.Future[Receipt]]] = []
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._open = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(_writer(self._database)), name="inbox")
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        self._arrived.set()
        if self._task is not None:
            await self._task

    async def put(self, incoming: Incoming) -> Receipt:
        """Keeps a delivery together with the job that handles it; both are durable when this returns.

        Raises InboxUnavailable (database away, too many waiting, closed) and Unstorable.
        """
        if not self._open:
            raise InboxUnavailable("the inbox is closed")
        size = len(incoming.body)
        if len(self._waiting) >= self._capacity or self._bytes + size > self._capacity_bytes:
            raise InboxUnavailable("too many deliveries are waiting")
        row = Row(
            new_id(),
            new_id(),
            incoming.provider,
            incoming.dedupe_key,
            incoming.event,
            incoming.hook_key,
            orjson.dumps(incoming.headers).decode(),
            incoming.body,
        )
        kept: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, kept))
        self._bytes += size
        self._arrived.set()
        return await kept

    async def _run(self, writer: Writer) -> None:
        try:
            while self._open or self._waiting:
                await self._arrived.wait()
                self._arrived.clear()
                batch, self._waiting = self._waiting, []
                if batch:
                    await self._store(writer, batch)
                    self._bytes -= sum(len(row.body) for row, _ in batch)
        finally:
            await writer.aclose()

    async def _store(self, writer: Writer, batch: Sequence[tuple[Row, asyncio.Future[Receipt]]]) -> None:
        try:
            known = await writer.store([row for row, _ in batch], self._clock())
        except Unstorable as error:
            if len(batch) > 1:
                # One of them spoils the transaction of all: each gets its own.
                for waiting in batch:
                    await self._store(writer, [waiting])
            else:
                _fail(batch, error)
        except Exception as error:
            log.exception("%d deliveries could not be stored and were not acknowledged", len(batch))
            _fail(batch, InboxUnavailable("the database does not take deliveries"), error)
        else:
            for row, kept in batch:
                if not kept.done():
                    first = known.get(row.delivery_id)
                    kept.set_result(Receipt(first or row.delivery_id, first is not None))
            if jobs := [row.job_id for row, _ in batch if row.delivery_id not in known]:
                try:
                    self._wake(jobs)
                except Exception:
                    log.exception("%d jobs could not be announced; they are found in the table", len(jobs))


def _fail(
    batch: Sequence[tuple[Row, asyncio.Future[Receipt]]], error: Exception, cause: Exception | None = None
) -> None:
    error.__cause__ = cause
    for _, kept in batch:
        if not kept.done():
            kept.set_exception(error)


def _writer(database: Database) -> Writer:
    if database.is_sqlite:
        from bot.store.inbox_sqlite import SqliteWriter

        return SqliteWriter(database.engine.url.database or "")
    from bot.store.inbox_postgres import PostgresWriter

    return PostgresWriter(database.engine)
