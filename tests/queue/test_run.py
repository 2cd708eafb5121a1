"""One job, from its claim to its end, without a runner around it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.queue.functions import JobFunctions
from bot.queue.retry import STRIKES
from bot.store.jobs import QueuedJob
from bot.store.models import Job
from providers.errors import Forbidden, RateLimited, Unavailable
from tests.queue.bench import START, Bench, raising

pytestmark = pytest.mark.anyio


async def test_a_job_gets_the_context_and_its_arguments(bench: Bench) -> None:
    seen: list[object] = []

    async def call(context: object, *, name: str) -> None:
        seen.extend([context, name])

    job = await bench.add(arguments={"name": "x"})
    await bench.runner(call).run_job(job)
    ended = await bench.row(job)
    assert seen == ["context", "x"]
    assert (ended.state, ended.finished_at, ended.error) == ("done", START, "")
    assert (ended.lease_owner, ended.lease_until) == (None, None)


async def test_a_job_that_is_done_or_gone_does_not_run(bench: Bench) -> None:
    runs: list[int] = []

    async def call(_: object) -> None:
        runs.append(1)

    runner, job = bench.runner(call), await bench.add()
    for each in (job, job, QueuedJob("nothing")):
        await runner.run_job(each)
    assert runs == [1]


async def test_a_limited_job_comes_back_when_the_host_says(bench: Bench) -> None:
    job, at = await bench.add(), START + timedelta(hours=2)
    await bench.runner(raising(RateLimited("slow down", retry_at=at))).run_job(job)
    again = await bench.row(job)
    assert (again.state, again.run_at, again.attempts) == ("queued", at, 0)
    assert bench.woken[-1] == QueuedJob(job.id, "default", None, at)


async def test_an_outage_of_a_day_kills_a_job_and_less_does_not(bench: Bench) -> None:
    runner, job = bench.runner(raising(Unavailable("502"))), await bench.add()
    await runner.run_job(job)
    first = await bench.row(job)
    assert (first.state, first.attempts, first.first_failed_at) == ("queued", 0, START)
    bench.now = START + timedelta(hours=23)
    await runner.run_job(job)
    assert (await bench.row(job)).state == "queued"
    bench.now = START + timedelta(hours=25)
    await runner.run_job(job)
    dead = await bench.row(job)
    assert (dead.state, dead.finished_at) == ("dead", bench.now)
    assert dead.error == "given up after 24 hours: Unavailable: 502"


async def test_a_refusal_kills_a_job_at_once(bench: Bench) -> None:
    job = await bench.add()
    await bench.runner(raising(Forbidden("no right to write checks"))).run_job(job)
    dead = await bench.row(job)
    assert (dead.state, dead.error) == ("dead", "Forbidden: no right to write checks")


async def test_an_error_kills_a_job_the_fifth_time(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    runner, job = bench.runner(raising(ValueError("broken"))), await bench.add()
    for attempt in range(1, STRIKES + 1):
        await runner.run_job(job)
        row = await bench.row(job)
        assert row.attempts == attempt
        bench.now = row.run_at
    assert row.state == "dead"
    assert "ValueError: broken" in row.error
    assert "Traceback" in row.error
    assert f"job {job.id} (work) is dead" in caplog.text


async def test_a_function_that_nobody_knows_is_an_error(bench: Bench) -> None:
    job = await bench.add("unheard_of")
    await bench.runner(raising(ValueError())).run_job(job)
    row = await bench.row(job)
    assert (row.state, row.attempts) == ("queued", 1)
    assert "this worker has no job function 'unheard_of'" in row.error


async def test_arguments_that_do_not_fit_are_an_error(bench: Bench) -> None:
    job = await bench.add(arguments={"unexpected": 1})
    await bench.runner(raising(ValueError())).run_job(job)
    assert "unexpected" in (await bench.row(job)).error


async def test_a_run_is_cut_off_at_its_limit(bench: Bench) -> None:
    async def call(_: object) -> None:
        await asyncio.Event().wait()

    job = await bench.add()
    await bench.runner(call, limit=0.01).run_job(job)
    row = await bench.row(job)
    assert (row.state, row.attempts) == ("queued", 1)
    assert "cut off after 0:00:00.010000" in row.error


async def test_a_function_that_cancels_itself_failed(bench: Bench) -> None:
    async def call(_: object) -> None:
        raise asyncio.CancelledError

    job = await bench.add()
    await bench.runner(call).run_job(job)
    row = await bench.row(job)
    assert (row.state, row.attempts) == ("queued", 1)
    assert "cancelled itself" in row.error


async def test_a_cancelled_run_goes_back_and_is_not_counted(bench: Bench) -> None:
    began = asyncio.Event()

    async def call(_: object) -> None:
        began.set()
        await asyncio.Event().wait()

    job = await bench.add()
    bench.woken.clear()
    task = asyncio.create_task(bench.runner(call).run_job(job))
    await began.wait()
    assert (await bench.row(job)).state == "running"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    row = await bench.row(job)
    assert (row.state, row.attempts, row.run_at, row.lease_owner) == ("queued", 0, START, None)
    assert [each.id for each in bench.woken] == [job.id]


async def test_a_job_that_gives_way_to_an_equal_one_is_done(bench: Bench) -> None:
    async def call(_: object) -> None:
        await bench.add(dedupe_key="d")
        raise Unavailable("502")

    job = await bench.add(dedupe_key="d")
    await bench.runner(call).run_job(job)
    assert (await bench.row(job)).state == "done"
    async with bench.database.read() as session:
        assert (await session.scalars(select(Job.state).where(Job.id != job.id))).all() == ["queued"]


def test_names_of_functions_are_unique_and_registries_join() -> None:
    first, second = JobFunctions(), JobFunctions()

    @first.job(limit=timedelta(hours=1))
    async def handle(_: object) -> None: ...

    with pytest.raises(ValueError, match="handle"):
        first.add(handle)
    second.add(handle, name="other")
    joined = JobFunctions(first, second)
    assert joined.names == ["handle", "other"]
    assert joined.longest == timedelta(hours=1)
    assert joined.get("other").limit == timedelta(minutes=10)
