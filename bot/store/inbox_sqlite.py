"""The inbox on SQLite: the standard driver, which leaves the time to commit to us."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.store.inbox import FUNCTION, QUEUE, Row, Unstorable
from bot.store.models import DeliveryState, JobState

T = TypeVar("T")

# Less than the ten seconds that git hosts wait for an answer.
BUSY_MILLISECONDS = 8_000

_DELIVERY = """
INSERT INTO delivery (id, provider, dedupe_key, event, hook_key, headers, body, state, note, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?) ON CONFLICT (dedupe_key) DO NOTHING
"""
_JOB = """
INSERT INTO job (id, queue, function, arguments, state, run_at, attempts, error, created_at)
VALUES (?, ?, ?, ?, ?, ?, 0, '', ?)
"""
_BLAMELESS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, UnicodeError, OverflowError)
"""Errors that say nothing against the database: the values of a row are wrong."""


class SqliteWriter:
    """Writes with `synchronous=FULL`: a commit is on the disk when it returns.

    Rows are inserted on the event loop, which takes microseconds, and committed in a thread, which waits for the disk.
    Were they inserted in the thread, it would have to wait for the busy loop's GIL after each of them.
    """

    def __init__(self, path: str) -> None:
        if path in ("", ":memory:"):
            raise ValueError("the inbox needs a database file: one in memory belongs to a single connection")
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")

    async def store(self, rows: Sequence[Row], at: datetime) -> Mapping[str, str]:
        try:
            connection = self._connection
            if connection is None:
                connection = await self._in_thread(self._open)
            if not _begin(connection):
                return await self._in_thread(_wait_and_store, connection, rows, at)
            known = _insert(connection, rows, at)
            await self._in_thread(connection.execute, "COMMIT")
        except _BLAMELESS as error:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise Unstorable(str(error)) from error
        except BaseException:
            await self._in_thread(self._close)
            raise
        return known

    async def aclose(self) -> None:
        await self._in_thread(self._close)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, call: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)

    def _open(self) -> sqlite3.Connection:
        self._connection = _connect(self._path)
        return self._connection

    def _close(self) -> None:
        # What is not committed is rolled back by closing.
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _begin(connection: sqlite3.Connection) -> bool:
    """Starts to write if nobody else does: the event loop can't wait."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True


def _wait_and_store(connection: sqlite3.Connection, rows: Sequence[Row], at: datetime) -> Mapping[str, str]:
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    try:
        connection.execute("BEGIN IMMEDIATE")
        known = _insert(connection, rows, at)
        connection.execute("COMMIT")
    finally:
        connection.execute("PRAGMA busy_timeout=0")
    return known


def _insert(connection: sqlite3.Connection, rows: Sequence[Row], at: datetime) -> Mapping[str, str]:
    # The text form that SQLAlchemy gives to times on SQLite.
    stamp = at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    state = DeliveryState.RECEIVED.value
    added = connection.executemany(
        _DELIVERY,
        [
            (
                row.delivery_id,
                row.provider,
                row.dedupe_key,
                row.event,
                row.hook_key,
                row.headers,
                row.body,
                state,
                stamp,
            )
            for row in rows
        ],
    ).rowcount
    known = {} if added == len(rows) else _known(connection, rows)
    queued = JobState.QUEUED.value
    connection.executemany(
        _JOB,
        [
            (row.job_id, QUEUE, FUNCTION, f'{{"delivery_id": "{row.delivery_id}"}}', queued, stamp, stamp)
            for row in rows
            if row.delivery_id not in known
        ],
    )
    return known


def _known(connection: sqlite3.Connection, rows: Sequence[Row]) -> dict[str, str]:
    known: dict[str, str] = {}
    for row in rows:
        (kept,) = connection.execute("SELECT id FROM delivery WHERE dedupe_key = ?", (row.dedupe_key,)).fetchone()
        if kept != row.delivery_id:
            known[row.delivery_id] = kept
    return known


def _connect(path: str) -> sqlite3.Connection:
    # Used by one task at a time, on the loop or in the thread.
    connection = sqlite3.connect(path, timeout=BUSY_MILLISECONDS / 1000, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=0")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
