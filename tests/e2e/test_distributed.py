"""The whole path with PostgreSQL, Redis and processes of their own for web, jobs and test runs."""

import asyncio
import copy
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from bot.domain.ids import new_id
from bot.store.database import Database
from simulators.demo.story import Story, until
from simulators.faults import Fault, slow
from simulators.names import STAGES
from simulators.stage import Judged
from tests.e2e.suites import suite
from tests.servers import RedisServer, redis_server
from tests.stages import a_stage

FAILING = 60
"""More than one slice of annotations."""
ANNOTATED = frozenset({"github"})
"""Where verdicts carry annotations."""
JOBS, NODE = ("worker", "--queue", "default"), ("worker", "--queue", "tests")


@dataclass
class Cluster:
    """A bot in many processes on one simulated host; `serve` runs all the time, workers come and go."""

    story: Story
    redis: RedisServer
    folder: Path
    stack: ExitStack
    workers: dict[tuple[str, ...], subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        """Starts the workers that do not run."""
        for kind in (JOBS, NODE):
            if kind not in self.workers or self.workers[kind].poll() is not None:
                self.workers[kind] = self.stack.enter_context(self.story.bot.running(*kind))

    def kill(self, kind: tuple[str, ...]) -> None:
        """Kills a worker and waits, so that nothing of it goes on; may be called in the simulator's thread, too."""
        self.workers[kind].kill()
        self.workers[kind].wait(30)

    def gone(self, kind: tuple[str, ...]) -> None:
        """Waits until somebody else has ended a worker."""
        self.workers[kind].wait(60)

    def pull_request(self) -> Story:
        """A pull request of the test's own in the one repository."""
        own = copy.copy(self.story)
        own.pull = own.stage.open_pull(f"case-{new_id()}")
        own.deliver(own.stage.opened(own.pull))
        return own

    def told_once(self, story: Story, words: str, outcome: str = "failed") -> Judged:
        """Waits for the report and for the end of all work; then one comment and one verdict must stand."""
        comment = story.comment_saying(words)
        story.finished_verdict()
        self.settled()
        assert [found.id for found in story.comments] == [comment.id]
        (verdict,) = story.verdicts()
        assert verdict.outcome == outcome
        return verdict

    def settled(self) -> None:
        """Waits until no job is left but for those of much later; none may have died."""
        until("the jobs to be done", lambda: self._job_states() <= {"done", "dead"}, self.story.bot)
        assert "dead" not in self._job_states()

    def _job_states(self) -> set[str]:
        look = "SELECT state FROM job WHERE state != 'queued' OR run_at < now() + interval '30 seconds'"
        return set(asyncio.run(_ask(self.story.bot.settings["AGNOX_DATABASE_URL"], look)))

    def marker(self) -> Path:
        """A file that suites append a line to when they start."""
        return self.folder / f"started-{new_id()}"


@contextmanager
def _database(postgres: str) -> Iterator[str]:
    """The URL of a database without any table."""
    name = f"distributed_{new_id()}"
    asyncio.run(_ask(postgres, f"CREATE DATABASE {name}"))
    yield postgres.replace("/postgres?", f"/{name}?")
    asyncio.run(_ask(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


async def _ask(url: str, statement: str) -> Sequence[str]:
    """Runs a statement outside of any transaction; gives the first column of what it finds."""
    database = Database(url)
    async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        found = await connection.execute(text(statement))
        rows = found.scalars().all() if found.returns_rows else []
    await database.aclose()
    return rows


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """A cluster for all tests of one host."""
    folder, stage = tmp_path_factory.mktemp("distributed"), a_stage(request.param)
    with ExitStack() as stack:
        database_url = stack.enter_context(_database(postgres))
        address, redis = stack.enter_context(stage.serve()), stack.enter_context(redis_server())
        settings = {"AGNOX_DATABASE_URL": database_url, "AGNOX_REDIS_URL": redis.url, "AGNOX_JOB_LEASE": "1"}
        story = Story.begin(stage, address, folder, settings)
        key = story.bot.command("vault", "new-key")["key"]
        story.bot = replace(story.bot, settings={**story.bot.settings, "AGNOX_SECRET_KEYS": key})
        story.bot.command("db", "upgrade")
        stack.enter_context(story.bot.serving())
        cluster = Cluster(story, redis, folder, stack)
        cluster.start()
        story.install()
        yield cluster
    assert not stage.violations


@pytest.fixture
def cluster(running: Cluster) -> Iterator[Cluster]:
    """The running cluster with all its workers."""
    running.start()
    yield running
    running.story.stage.faults.clear()


# A host has the same place in both lists: by that the tests of one cluster are put together.
HOSTS = ["github", *(name for name in STAGES if name != "github")]
on_one_host = pytest.mark.parametrize("running", HOSTS[:1], indirect=True)
on_each_host = pytest.mark.parametrize("running", HOSTS, indirect=True)


@on_each_host
def test_red_then_green_in_the_same_comment(cluster: Cluster) -> None:
    story = cluster.story
    story.open_pull_request()
    story.trigger()
    red = cluster.told_once(story, "tests failed")
    assert bool(red.lines) is (story.stage.name in ANNOTATED)
    (comment,) = story.comments
    story.push_fix()
    story.trigger()
    cluster.told_once(story, "tests passed", "passed")
    assert story.comments[0].id == comment.id


@on_each_host
def test_a_worker_killed_when_the_comment_was_made(cluster: Cluster) -> None:
    _killed_after(cluster, "comment")


# Where verdicts carry annotations, the change is their first slice.
@on_one_host
@pytest.mark.parametrize("target", ["verdict", "verdict changed"])
def test_a_worker_killed_at_its_verdict(cluster: Cluster, target: str) -> None:
    _killed_after(cluster, target)


def _killed_after(cluster: Cluster, target: str) -> None:
    """Kills the worker when the host has done something and the answer was not heard; nothing is lost or repeated."""
    story = cluster.pull_request()
    wanted = story.stage.targets[target]
    story.stage.faults.add(
        Fault(method=wanted.method, path=wanted.path, skip=wanted.skip, after=lambda: cluster.kill(JOBS))
    )
    story.trigger(suite(FAILING))
    cluster.gone(JOBS)
    cluster.start()
    verdict = cluster.told_once(story, f"{FAILING} of {FAILING + 2} tests failed")
    annotations = FAILING if story.stage.name in ANNOTATED else 0
    assert len(set(verdict.lines)) == len(verdict.lines) == annotations


@on_one_host
def test_a_killed_testing_node_starts_the_suite_anew(cluster: Cluster) -> None:
    story, marker = cluster.pull_request(), cluster.marker()
    # The first run would never end by itself.
    story.trigger(suite(1, before=f"echo >> {marker}; test $(wc -l < {marker}) -gt 1 || sleep 1000"))
    until("the suite to start", marker.exists, story.bot)
    cluster.kill(NODE)
    cluster.start()
    cluster.told_once(story, "1 of 3 tests failed")
    assert marker.read_text() == "\n\n"


@on_one_host
def test_workers_that_are_asked_to_stop_end_what_they_began(cluster: Cluster) -> None:
    story, marker = cluster.pull_request(), cluster.marker()
    verdict = story.stage.targets["verdict"]
    call = story.stage.faults.add(slow(1.5, method=verdict.method, path=verdict.path))
    story.trigger(suite(1, before=f"echo >> {marker}; sleep 3"))
    until("the suite and a call to be under way", lambda: marker.exists() and call.hits, story.bot)
    for kind in (JOBS, NODE):
        cluster.workers[kind].send_signal(signal.SIGTERM)
    assert [cluster.workers[kind].wait(20) for kind in (JOBS, NODE)] == [0, 0]
    (begun,) = story.verdicts()
    assert not begun.finished
    cluster.start()
    cluster.told_once(story, "1 of 3 tests failed")
    assert marker.read_text() == "\n"


@on_one_host
def test_redis_loses_everything(cluster: Cluster) -> None:
    marker = cluster.marker()
    stories = [cluster.pull_request() for _ in range(3)]
    for story in stories:
        # One more than a testing node runs at a time: the last one waits in Redis.
        story.trigger(suite(1, before=f"echo >> {marker}; sleep 1"))
    until("a suite to start", marker.exists, cluster.story.bot)
    cluster.redis.flush()
    for story in stories:
        cluster.told_once(story, "1 of 3 tests failed")
    assert marker.read_text() == "\n\n\n"


@on_one_host
def test_redis_is_away_while_triggers_are_accepted(cluster: Cluster) -> None:
    stories = [cluster.pull_request() for _ in range(2)]
    cluster.settled()
    cluster.redis.stop()
    try:
        for story in stories:
            story.trigger(suite(1))
        ready = httpx2.get(f"{cluster.story.bot.url}/readyz", timeout=20)
        assert (ready.status_code, "Redis" in ready.text) == (503, True)
    finally:
        cluster.redis.start()
    for story in stories:
        cluster.told_once(story, "1 of 3 tests failed")
    assert httpx2.get(f"{cluster.story.bot.url}/readyz", timeout=20).status_code == 200


@on_each_host
def test_two_workers_at_once_make_one_comment(cluster: Cluster) -> None:
    story = cluster.pull_request()
    at_work = cluster.story.bot.log.read_text().count("working on default")
    with story.bot.running(*JOBS):
        until(
            "another worker to be ready",
            lambda: cluster.story.bot.log.read_text().count("working on default") > at_work,
            story.bot,
        )
        for folder in ("cart", "checkout", "search"):
            story.trigger(suite(1), folder=folder)
        until("three verdicts", lambda: [each.finished for each in story.verdicts()] == [True] * 3, story.bot)
        cluster.settled()
    (comment,) = story.comments
    assert "3 of 9 tests failed" in comment.body
    assert sorted(each.name for each in story.verdicts()) == [
        f"Agnox / shop / {n}" for n in ("cart", "checkout", "search")
    ]
