"""A run and its lease, and how many run at once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.queue.run import JobRunner
from bot.store import jobs
from bot.store.jobs import QueuedJob
from bot.store.models import Job
from providers.errors import Forbidden
from tests.queue.bench import Bench
from tests.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_long_run_keeps_its_lease(bench: Bench) -> None:
    async def renewed() -> bool:
        return (await bench.row(job)).lease_until == bench.now + timedelta(seconds=1.5)

    async def call(_: object) -> None:
        for _ in range(4):
            bench.now += timedelta(seconds=10)
            await until(renewed)

    job = await bench.add()
    await bench.runner(call, lease=1.5).run_job(job)
    assert (await bench.row(job)).state == "done"


async def _take_over(bench: Bench, job: QueuedJob) -> None:
    async with bench.database.write() as session:
        await session.execute(update(Job).where(Job.id == job.id).values(lease_owner="another"))


async def test_a_run_whose_lease_was_taken_is_cancelled_and_dropped(bench: Bench) -> None:
    cancelled = asyncio.Event()

    async def call(_: object) -> None:
        await _take_over(bench, job)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    job = await bench.add()
    await bench.runner(call, lease=0.3).run_job(job)
    assert cancelled.is_set()
    row = await bench.row(job)
    assert (row.state, row.lease_owner, row.attempts) == ("running", "another", 1)


@pytest.mark.parametrize("error", [None, ValueError("late"), Forbidden("late")])
async def test_a_result_that_comes_after_the_lease_was_taken_is_dropped(bench: Bench, error: Exception | None) -> None:
    async def call(_: object) -> None:
        await _take_over(bench, job)
        if error:
            raise error

    job = await bench.add()
    await bench.runner(call).run_job(job)
    row = await bench.row(job)
    assert (row.state, row.lease_owner, row.error) == ("running", "another", "")


async def test_a_worker_that_can_not_renew_stops_its_run_when_the_lease_is_over(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> bool:
        raise OSError("the database is away")

    async def call(_: object) -> None:
        monkeypatch.setattr(jobs, "renew", away)
        await asyncio.Event().wait()

    job = await bench.add()
    await bench.runner(call, lease=0.3).run_job(job)
    assert (await bench.row(job)).state == "running"


async def test_who_waited_for_the_key_is_called_when_its_holder_ends(bench: Bench) -> None:
    runner: JobRunner

    async def call(_: object) -> None:
        await runner.run_job(waiting)
        assert (await bench.row(waiting)).state == "queued"

    runner = bench.runner(call)
    holder, waiting = await bench.add(exclusive_key="e"), await bench.add(exclusive_key="e")
    bench.woken.clear()
    await runner.run_job(holder)
    assert [each.id for each in bench.woken] == [waiting.id]
    assert (await bench.row(holder)).state == "done"


async def test_an_organization_runs_only_so_many_at_a_time(bench: Bench) -> None:
    running, most, go = 0, 0, asyncio.Event()

    async def call(_: object) -> None:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        await go.wait()
        running -= 1

    runner = bench.runner(call, organization_jobs=2)
    noisy = [await bench.add(organization_id="noisy") for _ in range(4)]
    quiet = [await bench.add(organization_id="quiet"), await bench.add()]
    tasks = [asyncio.create_task(runner.run_job(job)) for job in (*noisy, *quiet)]
    await until(lambda: running == 4)
    assert runner.turns.full == {"noisy"}
    bench.woken.clear()
    go.set()
    await asyncio.gather(*tasks)
    # Those that were refused are called again, one for each that ended.
    refused = {job.id for job in noisy if (await bench.row(job)).state == "queued"}
    assert len(refused) == 2
    assert {job.id for job in bench.woken} <= refused
    assert bench.woken
    while bench.woken:
        await runner.run_job(bench.woken.pop())
    assert {(await bench.row(job)).state for job in noisy} == {"done"}
    assert runner.turns.full == set()


async def test_a_database_that_fails_at_the_end_leaves_the_job_to_the_sweeper(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> bool:
        raise OSError("the database is away")

    async def call(_: object) -> None:
        monkeypatch.setattr(jobs, "finish", away)

    job = await bench.add()
    await bench.runner(call).run_job(job)
    monkeypatch.undo()
    assert (await bench.row(job)).state == "running"
    bench.now += timedelta(minutes=1)
    await bench.sweeper().sweep()
    row = await bench.row(job)
    assert (row.state, row.attempts) == ("queued", 1)
    assert row.error.endswith("died or was lost")
