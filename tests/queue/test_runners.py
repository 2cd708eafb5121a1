"""What holds for both runners: in process, and on arq with a real Redis."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from bot.domain.ids import new_id
from bot.queue import lane
from bot.store import jobs
from bot.store.base import now
from bot.store.models import Job
from providers.errors import Unavailable
from tests.queue.conftest import Stand
from tests.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the runners' safety net away: what happens now, happens because somebody said so."""
    monkeypatch.setattr(lane, "_IDLE", timedelta(minutes=10))


@pytest.mark.usefixtures("unasked")
async def test_a_commit_wakes_the_runner(stand: Stand) -> None:
    async def work(_: object) -> None: ...

    stand.functions.add(work)
    async with stand.worker():
        for _ in range(3):
            await stand.add("work")
            await stand.until_done()


async def test_what_is_queued_runs(stand: Stand) -> None:
    ran: list[tuple[object, int]] = []

    async def work(context: object, *, number: int) -> None:
        ran.append((context, number))

    stand.functions.add(work)
    await stand.add("work", arguments={"number": 0})
    async with stand.worker(sweep=0.1):
        await until(lambda: len(ran) == 1)
        for number in (1, 2):
            await stand.add("work", arguments={"number": number})
        await stand.until_done()
    assert sorted(number for _, number in ran) == [0, 1, 2]
    assert ran[0][0] is stand


async def test_two_workers_share_the_work_and_run_nothing_twice(stand: Stand) -> None:
    runs: Counter[str] = Counter()

    async def work(_: object, *, name: str) -> None:
        runs[name] += 1
        await asyncio.sleep(0)

    stand.functions.add(work)
    async with stand.worker(sweep=0.5), stand.worker(sweep=0.5):
        for number in range(60):
            await stand.add("work", arguments={"name": str(number)})
        await stand.until_done()
    assert runs == Counter(str(number) for number in range(60))


@pytest.mark.usefixtures("unasked")
async def test_two_workers_never_run_one_exclusive_key_at_once(stand: Stand) -> None:
    running: Counter[str] = Counter()
    crowded: list[str] = []

    async def work(_: object, *, key: str) -> None:
        running[key] += 1
        if running[key] > 1:
            crowded.append(key)
        # Long enough for the other worker to try.
        await asyncio.sleep(0.02)
        running[key] -= 1

    stand.functions.add(work)
    # The sweeper stays out of it: who waits for a key is called when its holder ends.
    async with stand.worker(), stand.worker():
        for number in range(18):
            key = f"k{number % 3}"
            await stand.add("work", arguments={"key": key}, exclusive_key=key)
        await stand.until_done()
    assert crowded == []


@pytest.mark.usefixtures("unasked")
async def test_a_delayed_job_runs_at_its_time(stand: Stand) -> None:
    ran: list[datetime] = []

    async def work(_: object) -> None:
        ran.append(now())

    stand.functions.add(work)
    async with stand.worker():
        job = await stand.add("work", delay=timedelta(seconds=0.4))
        await stand.until_done()
    assert ran[0] >= (await stand.row(job)).run_at


@pytest.mark.usefixtures("unasked")
async def test_a_failed_job_runs_again_when_its_row_says(stand: Stand) -> None:
    ran: list[datetime] = []

    async def work(_: object) -> None:
        ran.append(now())
        if len(ran) == 1:
            raise Unavailable("502")

    stand.functions.add(work)
    async with stand.worker():
        await stand.add("work")
        await stand.until_done()
    assert len(ran) == 2
    assert ran[1] - ran[0] >= timedelta(seconds=1)


@pytest.mark.usefixtures("unasked")
async def test_a_noisy_organization_does_not_delay_another(stand: Stand) -> None:
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()
    go = asyncio.Event()

    async def work(_: object, *, organization: str) -> None:
        running[organization] += 1
        most[organization] = max(most[organization], running[organization])
        if organization == "noisy":
            await go.wait()
        running[organization] -= 1

    stand.functions.add(work)
    async with stand.worker(slots=4, organization_jobs=2):
        for _ in range(12):
            await stand.add("work", arguments={"organization": "noisy"}, organization_id="noisy")
        await until(lambda: running["noisy"] == 2)
        quiet = await stand.add("work", arguments={"organization": "quiet"}, organization_id="quiet")
        await stand.until_state(quiet, "done")
        go.set()
        await stand.until_done()
    assert most["noisy"] == 2


async def test_a_stop_lets_running_jobs_end(stand: Stand) -> None:
    go, began = asyncio.Event(), asyncio.Event()

    async def work(_: object) -> None:
        began.set()
        await go.wait()

    stand.functions.add(work)
    async with stand.worker() as stop:
        job = await stand.add("work")
        await began.wait()
        stopping = asyncio.ensure_future(stop())
        await asyncio.sleep(0)
        later = await stand.add("work")
        go.set()
        await stopping
    assert (await stand.row(job)).state == "done"
    assert (await stand.row(later)).state == "queued"


async def test_a_stop_gives_back_what_does_not_end(stand: Stand) -> None:
    began = asyncio.Event()

    async def work(_: object) -> None:
        began.set()
        await asyncio.Event().wait()

    stand.functions.add(work)
    async with stand.worker(grace=0.1) as stop:
        job = await stand.add("work")
        await began.wait()
        await stop()
    row = await stand.row(job)
    assert (row.state, row.attempts, row.lease_owner) == ("queued", 0, None)
    async with stand.worker(sweep=0.1, grace=0.1):
        began.clear()
        await began.wait()


async def test_a_job_that_nobody_announced_is_found(stand: Stand) -> None:
    async def work(_: object) -> None: ...

    stand.functions.add(work)
    async with stand.worker(sweep=0.3):
        async with stand.database.write() as session:
            await session.execute(insert(Job).values(id=new_id(), function="work", arguments={}, run_at=now()))
        await stand.until_done()


async def test_a_job_whose_worker_died_comes_back(stand: Stand) -> None:
    async def work(_: object) -> None: ...

    stand.functions.add(work)
    job = await stand.add("work")
    async with stand.database.write() as session:
        assert await jobs.claim(session, job, token="dead", lease=timedelta(seconds=0.2), now=now())
    async with stand.worker(sweep=0.1):
        await stand.until_done()
    assert (await stand.row(job)).attempts == 2


async def test_another_queue_is_left_alone(stand: Stand) -> None:
    async def work(_: object) -> None: ...

    stand.functions.add(work)
    async with stand.worker(sweep=0.1):
        other = await stand.add("work", queue="tests")
        mine = await stand.add("work")
        await stand.until_state(mine, "done")
    assert (await stand.row(other)).state == "queued"


async def test_a_runner_survives_a_database_that_is_away(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise OSError("the database is away")

    async def work(_: object) -> None: ...

    stand.functions.add(work)
    async with stand.worker(sweep=0.1):
        with monkeypatch.context() as patch:
            for query in ("due", "claim", "any_abandoned", "overdue"):
                patch.setattr(jobs, query, away)
            await stand.add("work")
            await until(lambda: "the database is away" in caplog.text)
            assert await stand.states() == {"queued"}
        await stand.until_done()
