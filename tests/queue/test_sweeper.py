"""What the sweeper takes up, hands over and deletes."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.queue.retry import STRIKES
from bot.queue.sweeper import Sweeper
from bot.store import jobs
from bot.store.jobs import QueuedJob
from bot.store.models import Job
from tests.queue.bench import Bench

pytestmark = pytest.mark.anyio


async def test_a_job_that_kills_its_worker_again_and_again_is_dead(bench: Bench) -> None:
    job, sweeper = await bench.add(), bench.sweeper()
    for death in range(1, STRIKES + 1):
        async with bench.database.write() as session:
            assert await jobs.claim(session, job.id, token=f"worker {death}", lease=timedelta(0), now=bench.now)
        bench.now += timedelta(seconds=1)
        await sweeper.sweep()
        assert (await bench.row(job)).state == ("dead" if death == STRIKES else "queued")
    assert (await bench.row(job)).error == "its worker died or was lost 5 times, last worker 5"


async def test_a_sweep_leaves_alone_what_is_alive(bench: Bench) -> None:
    async def call(_: object) -> None:
        await bench.sweeper().sweep()

    job = await bench.add()
    await bench.runner(call).run_job(job)
    assert (await bench.row(job)).state == "done"


async def test_a_sweep_hands_over_what_should_have_started(bench: Bench) -> None:
    pushed: list[QueuedJob] = []

    async def push(found: Sequence[QueuedJob]) -> None:
        pushed.extend(found)

    sweeper = Sweeper(bench.database, ["default"], every=timedelta(seconds=5), push=push, clock=lambda: bench.now)
    lost = await bench.add()
    bench.now += timedelta(seconds=4)
    await sweeper.sweep()
    assert pushed == []
    await bench.add()
    bench.now += timedelta(seconds=1)
    await sweeper.sweep()
    assert [job.id for job in pushed] == [lost.id]


async def test_old_jobs_that_are_done_are_deleted(bench: Bench) -> None:
    async def call(_: object) -> None: ...

    job = await bench.add()
    await bench.runner(call).run_job(job)
    sweeper = bench.sweeper()
    bench.now += timedelta(days=6)
    await sweeper.sweep()
    assert (await bench.row(job)).state == "done"
    bench.now += timedelta(days=2)
    await sweeper.sweep()
    async with bench.database.read() as session:
        assert await session.get(Job, job.id) is None
