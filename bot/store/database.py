"""The connection to the SQL database: SQLite by default, PostgreSQL for many workers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bot.store.jobs import QueuedJob, take_queued

log = logging.getLogger(__name__)

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


def async_url(url: str) -> str:
    """Adds the async driver to a URL that names only the database. Raises ValueError for other databases."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(
            "this is no URL of a database; use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
        ) from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None and parsed.drivername not in _DRIVERS.values():
        raise ValueError(f"database {parsed.drivername!r} is not supported; use sqlite:// or postgresql://")
    return (parsed.set(drivername=driver) if driver else parsed).render_as_string(hide_password=False)


def _nobody(queued: Sequence[QueuedJob]) -> None:
    """Nobody is woken: the jobs are found in the table."""


class Database:
    """Sessions on one database. `write()` commits at its end, `read()` never does.

    `on_enqueued` is told which jobs a commit has queued; it must not block.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = async_url(url)
        self.is_sqlite = self.url.startswith("sqlite")
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_size": pool_size, "pool_pre_ping": True}
        self.engine = create_async_engine(self.url, hide_parameters=True, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        self.on_enqueued: Callable[[Sequence[QueuedJob]], None] = _nobody
        # SQLite has one writer at a time and lets the others sleep and try again; here they wait in line.
        self._turn: AbstractAsyncContextManager[object] = asyncio.Lock() if self.is_sqlite else nullcontext()
        self._read = async_sessionmaker(self.engine, expire_on_commit=False)
        self._write = async_sessionmaker(self.engine.execution_options(write=True), expire_on_commit=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with self._turn, self._write.begin() as session:
            yield session
        if queued := take_queued(session):
            self.wake(queued)

    def wake(self, queued: Sequence[QueuedJob]) -> None:
        """Tells the runner of jobs that are committed; an error there is no error of the caller."""
        try:
            self.on_enqueued(queued)
        except Exception:
            log.exception("%d queued jobs could not be announced; they are found in the table", len(queued))

    async def aclose(self) -> None:
        await self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling is switched off so that _begin_sqlite decides how a transaction starts.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can't wait for the lock; one that will write takes it at once.
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
