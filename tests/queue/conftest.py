"""Both runners on both databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.queue.arq_runner import ArqRunner
from bot.queue.functions import JobFunctions
from bot.queue.inprocess import InProcessRunner
from bot.queue.redis_queue import RedisQueue
from bot.queue.run import JobRunner
from bot.store import jobs
from bot.store.base import now
from bot.store.database import Database
from bot.store.models import Job
from tests.queue.bench import Bench
from tests.servers import RedisServer, redis_server
from tests.waiting import until


class Stand:
    """A database with jobs, and workers of one kind to be started on it."""

    def __init__(self, database: Database, redis_url: str | None) -> None:
        self.database = database
        self.functions = JobFunctions()
        self.redis_url = redis_url

    async def add(self, function: str, **options: Any) -> str:
        arguments = options.pop("arguments", {})
        async with self.database.write() as session:
            job_id = await jobs.enqueue(session, function, arguments, now=now(), **options)
        assert job_id is not None
        return job_id

    async def row(self, job_id: str) -> Job:
        async with self.database.read() as session:
            return await session.get_one(Job, job_id)

    async def set_arguments(self, job_id: str, arguments: dict[str, Any]) -> None:
        async with self.database.write() as session:
            (await session.get_one(Job, job_id)).arguments = arguments

    async def states(self) -> set[str]:
        async with self.database.read() as session:
            return set(await session.scalars(select(Job.state)))

    async def until_done(self) -> None:
        async def done() -> bool:
            return await self.states() == {"done"}

        await until(done)

    async def until_state(self, job_id: str, state: str) -> Job:
        async def there() -> bool:
            return (await self.row(job_id)).state == state

        await until(there)
        return await self.row(job_id)

    @asynccontextmanager
    async def worker(
        self, *, slots: int = 4, organization_jobs: int = 5, lease: float = 30, grace: float = 30, sweep: float = 600
    ) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Starts one more worker with its own connections; gives the call that stops it."""
        database = Database(self.database.url)
        runner = JobRunner(
            database,
            self.functions,
            self,
            lease=timedelta(seconds=lease),
            organization_jobs=organization_jobs,
            jitter=lambda: 0.0,
        )
        times = {"grace": timedelta(seconds=grace), "sweep_every": timedelta(seconds=sweep)}
        serving: InProcessRunner | ArqRunner
        tasks = []
        if self.redis_url is None:
            serving = InProcessRunner(runner, {"default": slots}, **times)
            database.on_enqueued = self.database.on_enqueued = serving.wake
        else:
            queue = RedisQueue(self.redis_url)
            tasks.append(asyncio.create_task(queue.run()))
            database.on_enqueued = self.database.on_enqueued = queue.wake
            serving = ArqRunner(runner, queue, {"default": slots}, **times)
        running = asyncio.create_task(serving.run())

        async def stop() -> None:
            serving.stop()
            await running
            if self.redis_url is not None:
                queue.stop()
            await asyncio.gather(*tasks)
            await database.aclose()

        try:
            yield stop
        finally:
            await stop()


@pytest.fixture(params=["inprocess", "arq"])
def stand(request: pytest.FixtureRequest, database: Database) -> Stand:
    """Workers of each kind on each database."""
    return Stand(database, request.getfixturevalue("redis_url") if request.param == "arq" else None)


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that the test may stop and start."""
    with redis_server() as server:
        yield server


@pytest.fixture
def arq_stand(database: Database, own_redis: RedisServer) -> Stand:
    """Workers fed by the test's own Redis."""
    return Stand(database, own_redis.url)


@pytest.fixture
def bench(database: Database) -> Bench:
    """One job at a time, without a runner around it."""
    return Bench(database)
