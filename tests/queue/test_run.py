"""One job, from its claim to its end, without a runner around it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.queue.functions import Call, JobFunctions
from bot.queue.retry import STRIKES
from bot.queue.run import JobRunner
from bot.queue.sweeper import Sweeper
from bot.store import jobs
from bot.store.database import Database
from bot.store.jobs import QueuedJob
from bot.store.models import Job
from providers.errors import Forbidden, RateLimited, Unavailable
from tests.waiting import until

pytestmark = pytest.mark.anyio

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Bench:
    """A job runner with a clock that stands still, and functions made by the test."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START
        self.woken: list[QueuedJob] = []
        database.on_enqueued = self.woken.extend

    def runner(self, call: Call, *, limit: float = 60, lease: float = 30, organization_jobs: int = 5) -> JobRunner:
        functions = JobFunctions()
        functions.add(call, name="work", limit=timedelta(seconds=limit))
        return JobRunner(
            self.database,
            functions,
            "context",
            lease=timedelta(seconds=lease),
            organization_jobs=organization_jobs,
            clock=lambda: self.now,
            jitter=lambda: 0.0,
        )

    async def add(self, function: str = "work", **options: Any) -> QueuedJob:
        arguments = options.pop("arguments", {})
        async with self.database.write() as session:
            job_id = await jobs.enqueue(session, function, arguments, now=self.now, **options)
        assert job_id is not None
        return QueuedJob(job_id, organization_id=options.get("organization_id"))

    async def row(self, job: QueuedJob) -> Job:
        async with self.database.read() as session:
            return await session.get_one(Job, job.id)

    def sweeper(self) -> Sweeper:
        return Sweeper(self.database, ["default"], clock=lambda: self.now)


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


def raising(error: Exception) -> Call:
    async def call(_: object) -> None:
        raise error

    return call


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


async def test_a_job_that_gives_way_to_an_equal_one_is_done(bench: Bench) -> None:
    async def call(_: object) -> None:
        await bench.add(dedupe_key="d")
        raise Unavailable("502")

    job = await bench.add(dedupe_key="d")
    await bench.runner(call).run_job(job)
    assert (await bench.row(job)).state == "done"
    async with bench.database.read() as session:
        assert (await session.scalars(select(Job.state).where(Job.id != job.id))).all() == ["queued"]


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
