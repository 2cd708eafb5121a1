"""Tells workers through Redis which jobs wait. Redis may be away or lose everything: the table knows."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import orjson
from arq.connections import ArqRedis
from redis.asyncio import BlockingConnectionPool

from bot.domain.ids import new_id
from bot.store.base import now
from bot.store.jobs import QueuedJob

log = logging.getLogger(__name__)

PREFIX = "agnox:"
FUNCTION = "run"

_CAPACITY = 100_000
_BATCH = 50
_SAME = 300
"""Seconds in which the sweeper announces a job once, so that a long queue does not fill Redis."""
_LATER = timedelta(milliseconds=5)
"""arq rounds times to milliseconds: a job must not arrive before it is due."""


def connect(url: str) -> ArqRedis:
    """Makes a client that connects when it is used."""
    # A pool that waits for a free connection: the other kind raises when there is a burst.
    pool = BlockingConnectionPool.from_url(
        url, max_connections=_BATCH, timeout=10, socket_connect_timeout=2, socket_timeout=10
    )
    return ArqRedis(pool, job_serializer=orjson.dumps, job_deserializer=orjson.loads)


class RedisQueue:
    """Announces queued jobs to the workers, from a task of its own."""

    def __init__(self, url: str, *, clock: Callable[[], datetime] = now) -> None:
        self.redis = connect(url)
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
                await self.push(batch, lambda _: new_id())
        finally:
            await self.redis.aclose(close_connection_pool=True)

    async def push_again(self, queued: Sequence[QueuedJob]) -> None:
        """Announces jobs that may be in Redis already: what a sweeper does."""
        period = int(self._clock().timestamp()) // _SAME
        for start in range(0, len(queued), _BATCH):
            if not await self.push(queued[start : start + _BATCH], lambda job: f"{job.id}:{period}"):
                return

    async def push(self, queued: Sequence[QueuedJob], key: Callable[[QueuedJob], str]) -> bool:
        """Announces jobs; when Redis is away they are left to the sweeper, and False is given."""
        results = await asyncio.gather(*(self._push(job, key(job)) for job in queued), return_exceptions=True)
        errors = [result for result in results if isinstance(result, Exception)]
        if errors and not self._away:
            log.warning("Redis can't be used (%r): jobs wait in the table until it is back", errors[0])
        if queued:
            self._away = bool(errors)
        return not errors

    async def _push(self, job: QueuedJob, key: str) -> None:
        at = None if job.run_at is None or job.run_at <= self._clock() else job.run_at + _LATER
        await self.redis.enqueue_job(
            FUNCTION, job.id, job.organization_id, _job_id=key, _queue_name=PREFIX + job.queue, _defer_until=at
        )
