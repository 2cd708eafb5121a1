"""Who is next in the line for testing nodes."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import pytest

from bot.domain.labels import written
from bot.queue.arq_runner import ArqRunner
from bot.queue.functions import JobFunctions
from bot.queue.inprocess import InProcessRunner
from bot.queue.redis_queue import RedisQueue
from bot.queue.run import JobRunner
from bot.store.database import Database
from bot.store.jobs import QueuedJob, claim
from bot.store.line import Line, position
from bot.store.models import Job
from bot.usecases.administer import create_organization
from tests.queue.bench import Bench
from tests.queue.conftest import Stand
from tests.waiting import until

pytestmark = pytest.mark.anyio

TESTS = "tests"
ANY = Line(frozenset({"linux", "docker"}), 100)
NO_HEAD_START = timedelta(0)


async def push(
    bench: Bench, organization: str | None, *, labels: Iterable[str] = (), early: timedelta = NO_HEAD_START
) -> QueuedJob:
    bench.now += timedelta(seconds=1)
    job = await bench.add(queue=TESTS, organization_id=organization, labels=written(labels), head_start=early)
    return QueuedJob(job.id, TESTS, organization)


async def line_of(bench: Bench, line: Line = ANY, **options: object) -> list[str]:
    async with bench.database.read() as session:
        return [job.id for job in await line.due(session, TESTS, now=bench.now, limit=100, **options)]  # type: ignore[arg-type]


async def start(bench: Bench, job: QueuedJob, line: Line = ANY) -> Job | None:
    async with bench.database.write() as session:
        if not await line.may_start(session, job.id):
            return None
        return await claim(session, job.id, token=job.id, lease=timedelta(minutes=1), now=bench.now)


async def place(bench: Bench, job: QueuedJob, rivals: Iterable[str] = ("",)) -> int | None:
    async with bench.database.read() as session:
        return await position(session, await session.get_one(Job, job.id), rivals)


async def test_a_node_sees_what_wants_no_label_that_it_lacks(bench: Bench) -> None:
    plain, linux = await push(bench, "a"), await push(bench, "a", labels=["linux"])
    both, gpu = await push(bench, "a", labels=["docker", "linux"]), await push(bench, "a", labels=["gpu", "linux"])
    assert await line_of(bench) == [plain.id, linux.id, both.id]
    assert await line_of(bench, Line(frozenset({"linux"}), 9)) == [plain.id, linux.id]
    assert await line_of(bench, Line(frozenset(), 9)) == [plain.id]
    assert await line_of(bench, Line(frozenset({"linux", "gpu"}), 9)) == [plain.id, linux.id, gpu.id]
    assert await start(bench, gpu) is None
    assert await start(bench, both) is not None


async def test_what_people_wait_for_goes_before_pushes_but_not_for_ever(bench: Bench) -> None:
    pushes = [await push(bench, "a") for _ in range(2)]
    rerun = await push(bench, "a", early=timedelta(minutes=15))
    assert await line_of(bench) == [rerun.id, *(job.id for job in pushes)]
    bench.now += timedelta(minutes=16)
    later = await push(bench, "a", early=timedelta(minutes=15))
    assert await line_of(bench) == [rerun.id, *(job.id for job in pushes), later.id]


async def test_no_organization_keeps_another_waiting(bench: Bench) -> None:
    flood = [await push(bench, "noisy") for _ in range(5)]
    quiet = await push(bench, "quiet")
    assert await line_of(bench) == [flood[0].id, quiet.id, *(job.id for job in flood[1:])]
    assert await start(bench, flood[0]) is not None
    assert (await line_of(bench))[0] == quiet.id
    assert [await place(bench, job) for job in (quiet, *flood)] == [1, None, 2, 3, 4, 5]


async def test_an_organization_has_so_many_places_on_all_nodes_together(bench: Bench) -> None:
    two = Line(frozenset(), 2)
    jobs = [await push(bench, "a") for _ in range(3)]
    other, nobodys = await push(bench, "b"), await push(bench, None)
    for job in jobs[:2]:
        assert await start(bench, job, two) is not None
    assert await start(bench, jobs[2], two) is None
    assert set(await line_of(bench, two)) == {other.id, nobodys.id}
    assert await line_of(bench, two, without=["b"]) == [nobodys.id]
    assert await start(bench, other, two) is not None


async def test_two_nodes_that_claim_at_once_share_the_last_place(bench: Bench) -> None:
    one = Line(frozenset(), 1)
    owner = await create_organization(bench.database, "acme", actor="test")
    jobs = [await push(bench, owner.id) for _ in range(2)]
    started = await asyncio.gather(*(start(bench, job, one) for job in jobs))
    assert sorted(each is not None for each in started) == [False, True]


async def test_a_place_counts_only_those_whom_the_same_nodes_take(bench: Bench) -> None:
    await push(bench, "a", labels=["gpu"])
    mine = await push(bench, "b")
    assert await place(bench, mine) == 1
    assert await place(bench, mine, ["", "gpu"]) == 2


class Nodes:
    """Workers of one kind whose queue of tests stands in line."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self.ran: list[tuple[str, str]] = []

    async def serve(self, name: str, labels: Iterable[str], stop: asyncio.Event) -> None:
        async def work(_: object, job: str) -> None:
            self.ran.append((name, job))

        functions = JobFunctions()
        functions.add(work)
        database = Database(self._stand.database.url)
        lines = {TESTS: Line(frozenset(labels), 9)}
        runner = JobRunner(database, functions, self, lines=lines)
        serving: InProcessRunner | ArqRunner
        queue = RedisQueue(self._stand.redis_url, in_line={TESTS}) if self._stand.redis_url else None
        if queue is None:
            serving = InProcessRunner(runner, {TESTS: 2})
            self._stand.database.on_enqueued = serving.wake
        else:
            serving = ArqRunner(runner, queue, {TESTS: 2})
            self._stand.database.on_enqueued = queue.wake
        tasks = [asyncio.create_task(serving.run()), *([asyncio.create_task(queue.run())] if queue else [])]
        await stop.wait()
        serving.stop()
        if queue is not None:
            queue.stop()
        await asyncio.gather(*tasks)
        await database.aclose()


async def test_each_job_runs_where_its_labels_are(stand: Stand) -> None:
    nodes, stop = Nodes(stand), asyncio.Event()
    serving = [
        asyncio.create_task(nodes.serve("plain", [], stop)),
        asyncio.create_task(nodes.serve("big", ["gpu", "linux"], stop)),
    ]
    unwanted = await stand.add("work", queue=TESTS, labels="mac", arguments={"job": "nobody's"})
    wanted = [
        await stand.add("work", queue=TESTS, labels=labels, arguments={"job": labels})
        for labels in ("gpu", "gpu,linux", "")
    ]
    for job in wanted:
        await stand.until_state(job, "done")
    assert {job: name for name, job in nodes.ran if job} == {"gpu": "big", "gpu,linux": "big"}
    assert (await stand.row(unwanted)).state == "queued"
    stop.set()
    await asyncio.gather(*serving)


async def test_redis_calls_nodes_without_carrying_their_jobs(arq_stand: Stand) -> None:
    assert arq_stand.redis_url
    queue = RedisQueue(arq_stand.redis_url, in_line={TESTS})
    heard = asyncio.Event()

    async def listen() -> None:
        async for _ in queue.calls(TESTS):
            heard.set()

    listening = asyncio.create_task(listen())
    job = QueuedJob("1" * 32, TESTS)

    async def called() -> bool:
        await queue.push([job], {})
        return heard.is_set()

    await until(called)
    await queue.push_again([job])
    assert await queue.redis.keys("*") == []
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    queue.stop()
    await queue.run()
