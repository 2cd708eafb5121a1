"""Redis is only the messenger: it may be late, away or emptied."""

import asyncio
import logging
from collections import Counter
from datetime import timedelta

import pytest

from bot.queue.redis_queue import PREFIX, RedisQueue, connect
from bot.store.base import now
from bot.store.jobs import QueuedJob
from tests.queue.conftest import Stand
from tests.servers import RedisServer
from tests.waiting import until

pytestmark = pytest.mark.anyio


async def test_redis_may_be_emptied_at_any_moment(arq_stand: Stand, own_redis: RedisServer) -> None:
    runs: Counter[str] = Counter()

    async def work(_: object, *, name: str) -> None:
        runs[name] += 1
        await asyncio.sleep(0.01)

    arq_stand.functions.add(work)
    async with arq_stand.worker(slots=2, sweep=0.3):
        for number in range(30):
            delay = timedelta(seconds=0.5 * (number % 2))
            await arq_stand.add("work", arguments={"name": str(number)}, delay=delay)
            if number % 10 == 5:
                await until(lambda: bool(runs))
                own_redis.flush()
        own_redis.flush()
        await arq_stand.until_done()
    assert runs == Counter(str(number) for number in range(30))


async def test_jobs_are_taken_while_redis_is_away_and_run_when_it_is_back(
    arq_stand: Stand, own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[int] = []

    async def work(_: object) -> None:
        ran.append(1)

    arq_stand.functions.add(work)
    async with arq_stand.worker(sweep=0.3):
        await arq_stand.add("work")
        await arq_stand.until_done()
        own_redis.stop()
        async with asyncio.timeout(5):
            for _ in range(3):
                await arq_stand.add("work")
        await until(lambda: "jobs wait in the table until it is back" in caplog.text)
        await until(lambda: "queue default waits for it" in caplog.text)
        assert await arq_stand.states() == {"done", "queued"}
        own_redis.start()
        await arq_stand.until_done()
    assert len(ran) == 4


async def test_a_worker_waits_for_redis_and_says_so_once(
    arq_stand: Stand, own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(_: object) -> None: ...

    caplog.set_level(logging.INFO)
    arq_stand.functions.add(work)
    await arq_stand.add("work")
    own_redis.stop()
    async with arq_stand.worker(sweep=0.2):
        await until(lambda: "queue default waits for it" in caplog.text)
        own_redis.start()
        await arq_stand.until_done()
    assert caplog.text.count("queue default waits for it") == 1
    assert "queue default is served again" in caplog.text


async def test_a_running_job_does_not_mind_that_redis_goes_away(arq_stand: Stand, own_redis: RedisServer) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    async def work(_: object) -> None:
        began.set()
        await go.wait()

    arq_stand.functions.add(work)
    async with arq_stand.worker(sweep=0.3):
        job = await arq_stand.add("work")
        await began.wait()
        own_redis.stop()
        go.set()
        assert (await arq_stand.until_state(job, "done")).attempts == 1
        own_redis.start()
        await arq_stand.add("work")
        await arq_stand.until_done()


async def test_a_stop_with_redis_away_gives_back_what_runs(arq_stand: Stand, own_redis: RedisServer) -> None:
    began = asyncio.Event()

    async def work(_: object) -> None:
        began.set()
        await asyncio.Event().wait()

    arq_stand.functions.add(work)
    async with arq_stand.worker(grace=0.1) as stop:
        job = await arq_stand.add("work")
        await began.wait()
        own_redis.stop()
        await stop()
    assert (await arq_stand.row(job)).state == "queued"


async def test_a_worker_killed_before_it_claimed_does_not_hold_up_a_job(arq_stand: Stand) -> None:
    ran: list[int] = []

    async def work(_: object) -> None:
        ran.append(1)

    arq_stand.functions.add(work)
    job = await arq_stand.add("work")
    redis = connect(arq_stand.redis_url or "")
    period = int(now().timestamp()) // 300
    for each in (period, period + 1):
        # What arq leaves behind when it is killed right after it took a job up.
        await redis.set(f"arq:in-progress:{job}:{each}", b"1")
    await redis.aclose(close_connection_pool=True)
    async with arq_stand.worker(sweep=0.1):
        await arq_stand.until_done()
    assert ran == [1]


async def test_the_sweeper_does_not_fill_redis(redis_url: str) -> None:
    queue = RedisQueue(redis_url, clock=lambda: at)
    at = now()
    for _ in range(3):
        await queue.push_again([QueuedJob("a"), QueuedJob("b", run_at=at)])
    redis = connect(redis_url)
    assert await redis.zcard(f"{PREFIX}default") == 2
    # Nothing of Python's own may be in Redis: pickles are code.
    assert all([(await redis.get(key)).startswith(b"{") for key in await redis.keys("arq:job:*")])
    at += timedelta(minutes=10)
    await queue.push_again([QueuedJob("a")])
    assert await redis.zcard(f"{PREFIX}default") == 3
    await redis.aclose(close_connection_pool=True)
    queue.stop()
    await queue.run()


async def test_a_job_is_not_announced_before_its_time(redis_url: str) -> None:
    queue = RedisQueue(redis_url)
    at = (now() + timedelta(minutes=1)).replace(microsecond=400)
    assert await queue.push([QueuedJob("a", run_at=at)], {"a": "key"})
    score = await queue.redis.zscore(f"{PREFIX}default", "key")
    assert score is not None
    assert timedelta(0) <= timedelta(milliseconds=score) - timedelta(seconds=at.timestamp()) <= timedelta(seconds=0.1)
    queue.stop()
    await queue.run()


async def test_what_was_queued_last_is_announced_before_the_end(redis_url: str) -> None:
    queue = RedisQueue(redis_url)
    queue.wake([QueuedJob(str(number)) for number in range(120)])
    queue.stop()
    await queue.run()
    redis = connect(redis_url)
    assert await redis.zcard(f"{PREFIX}default") == 120
    await redis.aclose(close_connection_pool=True)
