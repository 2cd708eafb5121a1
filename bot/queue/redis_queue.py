"""Tells workers through Redis which jobs wait. Redis may be away or lose everything: the table knows."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import orjson
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from bot.domain.ids import new_id
from bot.store.base import now
from bot.store.jobs import QueuedJob

log = logging.getLogger(__name__)

PREFIX = "agnox:"
FUNCTION = "run"

_CALLS = "agnox:calls:"
_LISTEN = 5.0
"""Seconds of one wait for a call, less than those after which the connection is given up."""
_CAPACITY = 100_000
_BATCH = 50
_SAME = 300
"""Seconds in which the sweeper announces a job once, so that a long queue does not fill Redis."""
_LATER = timedelta(milliseconds=5)
"""arq rounds times to milliseconds: a job must not arrive before it is due."""


class _Pipeline(Pipeline):
    """A pipeline whose connection goes back to the pool even if its task is cancelled meanwhile."""

    async def reset(self) -> None:
        await asyncio.shield(super().reset())  # type: ignore[no-untyped-call]


class _Redis(ArqRedis):
    """What arq works with."""

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Gives a pipeline that a stop does not rob of its connection."""
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


def connect(url: str) -> ArqRedis:
    """Makes a client that connects when it is used."""
    # A pool that waits for a free connection: the other kind raises when there is a burst.
    pool = BlockingConnectionPool.from_url(
        url, max_connections=_BATCH, timeout=10, socket_connect_timeout=2, socket_timeout=10
    )
    return _Redis(pool, job_serializer=orjson.dumps, job_deserializer=orjson.loads)


class RedisQueue:
    """Announces queued jobs to the workers, from a task of its own.

    Of the queues `in_line` it only says that there is something: workers take their jobs from the table.
    """

    def __init__(
        self, url: str, *, in_line: Collection[str] = frozenset(), clock: Callable[[], datetime] = now
    ) -> None:
        self.redis = connect(url)
        self._in_line = frozenset(in_line)
        self._clock = clock
        self._waiting: deque[QueuedJob] = deque(maxlen=_CAPACITY)
        self._changed = asyncio.Event()
        self._stopping = False
        self._away = False

    def wake(self, queued: Sequence[QueuedJob]) -> None:
        """Takes note and returns at once: what `Database.on_enqueued` is set to."""
        self._waiting.extend(queued)
        self._changed.set()

    def stop(self) -> None:
        """Has `run` return when it has announced what it was given."""
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        """Announces until stopped, then closes the connections."""
        try:
            while self._waiting or not self._stopping:
                if not self._waiting:
                    await self._changed.wait()
                    self._changed.clear()
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
                await self.push(batch, {})
        finally:
            await self.redis.aclose(close_connection_pool=True)

    async def push_again(self, queued: Sequence[QueuedJob]) -> None:
        """Announces jobs that may be in Redis already: what a sweeper does."""
        queued = [job for job in queued if job.queue not in self._in_line]
        period = int(self._clock().timestamp()) // _SAME
        for start in range(0, len(queued), _BATCH):
            batch = queued[start : start + _BATCH]
            keys = {job.id: f"{job.id}:{period}" for job in batch}
            keys |= {job_id: new_id() for job_id in await self._stranded(keys)}
            if not await self.push(batch, keys):
                return

    async def _stranded(self, keys: Mapping[str, str]) -> list[str]:
        """Finds jobs that arq takes for running but nobody has claimed: their worker was killed before it could.

        arq would not start them under the same key before its own time limit is over.
        """
        try:
            marks = await self.redis.mget([in_progress_key_prefix + key for key in keys.values()])
        except RedisError:
            return []
        return [job_id for job_id, mark in zip(keys, marks, strict=True) if mark is not None]

    async def push(self, queued: Sequence[QueuedJob], keys: Mapping[str, str]) -> bool:
        """Announces jobs; when Redis is away they are left to the sweeper, and False is given.

        `keys` has what arq shall call them, by job id: it starts one key once.
        """
        pushed = (self._push(job, keys.get(job.id) or new_id()) for job in queued)
        results = await asyncio.gather(*pushed, return_exceptions=True)
        errors = [result for result in results if isinstance(result, Exception)]
        if errors and not self._away:
            log.warning("Redis can't be used (%r): jobs wait in the table until it is back", errors[0])
        if queued:
            self._away = bool(errors)
        return not errors

    async def calls(self, queue: str) -> AsyncIterator[None]:
        """Gives a sign whenever a job of a queue in line was announced. Raises RedisError."""
        async with self.redis.pubsub(ignore_subscribe_messages=True) as heard:
            await heard.subscribe(_CALLS + queue)
            while True:
                if await heard.get_message(timeout=_LISTEN) is not None:
                    yield None

    async def _push(self, job: QueuedJob, key: str) -> None:
        if job.queue in self._in_line:
            await self.redis.publish(_CALLS + job.queue, b"")
            return
        at = None if job.run_at is None or job.run_at <= self._clock() else job.run_at + _LATER
        await self.redis.enqueue_job(
            FUNCTION, job.id, job.organization_id, _job_id=key, _queue_name=PREFIX + job.queue, _defer_until=at
        )
