"""The inbox on PostgreSQL: asyncpg itself, one statement a batch."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.inbox import FUNCTION, QUEUE, Row, Unstorable
from bot.store.models import DeliveryState, JobState

# Less than the ten seconds that git hosts wait for an answer.
LIMIT_SECONDS = 5.0

# One statement is one transaction and one round trip. Sorted, so that two processes that are sent the same deliveries
# wait for each other in the same order and not crosswise.
_STORE = """
WITH given AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[]
    ) AS row (id, job_id, provider, dedupe_key, event, hook_key, headers, body)
), kept AS (
    INSERT INTO delivery (id, provider, dedupe_key, event, hook_key, headers, body, state, note, received_at)
    SELECT id, provider, dedupe_key, event, hook_key, headers::json, body, $9, '', $10 FROM given ORDER BY dedupe_key
    ON CONFLICT (dedupe_key) DO NOTHING
    RETURNING id
)
INSERT INTO job (id, queue, function, arguments, state, run_at, attempts, error, created_at)
SELECT job_id, $11, $12, json_build_object('delivery_id', id), $13, $10, 0, '', $10 FROM given JOIN kept USING (id)
RETURNING id
"""
_KNOWN = "SELECT dedupe_key, id FROM delivery WHERE dedupe_key = ANY($1::text[])"


class PostgresWriter:
    """Holds one connection of the engine's pool and takes a new one after an error."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None

    async def store(self, rows: Sequence[Row], at: datetime) -> Mapping[str, str]:
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                return await _store(await self._driver(), rows, at)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError) as error:
            # ValueError is what the driver itself raises of a value that it can't send.
            raise Unstorable(str(error)) from error
        except BaseException:
            await self._drop()
            raise

    async def aclose(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _driver(self) -> Any:
        if self._connection is None:
            self._connection = await self._engine.connect()
        return (await self._connection.get_raw_connection()).driver_connection

    async def _drop(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(Exception):
                await connection.invalidate()
            with suppress(Exception):
                await connection.close()


async def _store(driver: Any, rows: Sequence[Row], at: datetime) -> Mapping[str, str]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    added = await driver.fetch(_STORE, *columns, DeliveryState.RECEIVED, at, QUEUE, FUNCTION, JobState.QUEUED)
    if len(added) == len(rows):
        return {}
    kept = {found["dedupe_key"]: found["id"] for found in await driver.fetch(_KNOWN, [row.dedupe_key for row in rows])}
    first = {row.delivery_id: kept.get(row.dedupe_key, row.delivery_id) for row in rows}
    return {mine: theirs for mine, theirs in first.items() if mine != theirs}
