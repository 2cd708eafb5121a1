"""An attempt that ended is read also when the run has begun anew meanwhile."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.cycle import CycleState
from bot.store import models
from bot.store.base import now
from bot.store.models import Job, JobState
from bot.usecases.read_run import BEGAN_ANEW, give_up_run
from providers.runs import RerunScope
from providers.values import Repository
from simulators.github.stage import GithubStage
from simulators.stage import Run
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on, once_on
from tests.usecases.reruns.bench import Again
from tests.usecases.runs.bench import GREEN, Ci, healed, job

pytestmark = pytest.mark.anyio
HOSTS = ("github", "gitlab")
SECONDS = timedelta(seconds=2)


@pytest.fixture
def again(desk: Desk, tmp_path: Path) -> Again:
    return Again(desk, tmp_path)


async def begin_again(ci: Ci, run: Run) -> None:
    """Somebody presses the host's own button for what failed."""
    provider = await ci.desk.provider()
    if isinstance(ci.stage, GithubStage):
        # It tells whole seconds, in which real attempts never follow each other.
        ci.stage.simulator.state.now = lambda: now() + SECONDS  # type: ignore[method-assign]
    async with ci.desk.database.read() as session:
        stored = (await session.scalars(select(models.Repository))).one()
        where = Repository(stored.external_id, stored.path)
    await provider.rerun(where, await provider.get_run(where, run.id), RerunScope.FAILED)
    await ci.desk.tell(ci.stage.run_posts(run))


@on(HOSTS)
async def test_both_attempts_stand_side_by_side(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    await ci.end(run, GREEN, job(1), drain=False)
    await begin_again(ci, run)
    await ci.desk.drain()
    (first,) = await ci.executions()
    assert (first.state, first.attempt, first.counts["failed"]) == (CycleState.FAILED, 1, 1)
    assert "Still running" in ci.comment(pull).body
    await ci.end(run, GREEN, healed())
    _, second = await ci.executions()
    assert (second.state, second.attempt) == (CycleState.UNSTABLE, 2)
    assert second.healed == ["tests/test_shop.py::test_aa"]
    assert "attempt 1" in ci.comment(pull).body and "attempt 2" in ci.comment(pull).body


@on(HOSTS)
async def test_the_order_is_kept_when_the_second_ends_before_the_first_is_read(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    await ci.end(run, GREEN, job(1), drain=False)
    await begin_again(ci, run)
    await ci.end(run, GREEN, healed(), drain=False)
    await ci.desk.drain()
    first, second = await ci.executions()
    assert [(each.attempt, each.state) for each in (first, second)] == [(1, "FAILED"), (2, "UNSTABLE")]
    assert second.healed == ["tests/test_shop.py::test_aa"]


@once_on(HOSTS)
async def test_the_later_one_waits_while_the_host_is_away_for_the_first(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    await ci.end(run, GREEN, job(1), drain=False)
    await begin_again(ci, run)
    await ci.end(run, GREEN, healed(), drain=False)
    async with ci.desk.database.write() as session:
        jobs = await session.scalars(select(Job).where(Job.function == "read_run", Job.state == JobState.QUEUED))
        later, earlier = sorted(jobs, key=lambda job: "attempt" in job.arguments)
        earlier.run_at += timedelta(minutes=10)
    assert (await ci.desk.drain(within=timedelta(seconds=10))).count("read_run") == 1
    assert await ci.executions() == []
    async with ci.desk.database.write() as session:
        (await session.get_one(Job, earlier.id)).run_at = later.run_at
    await ci.desk.drain()
    assert [each.state for each in await ci.executions()] == ["FAILED", "UNSTABLE"]


@once_on({"azure"})
async def test_where_only_the_newest_can_be_read_the_hosts_word_stands(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    await ci.end(run, GREEN, job(1), drain=False)
    await begin_again(ci, run)
    await ci.desk.drain()
    (first,) = await ci.executions()
    assert (first.state, first.attempt) == (CycleState.ERROR, 1)
    assert BEGAN_ANEW in first.problem
    await ci.end(run, GREEN, job(1))
    _, second = await ci.executions()
    assert (second.state, second.attempt) == (CycleState.FAILED, 2)


@once_on(HOSTS)
async def test_what_was_read_is_not_read_again(ci: Ci, again: Again) -> None:
    pull = await ci.opened()
    run = await ci.run(pull, GREEN, job(1))
    await again.ask(pull)
    await ci.desk.tell(ci.stage.run_posts(run))
    ran = await ci.desk.drain()
    assert "read_run" not in ran
    assert len(await ci.executions()) == 1


@once_on(HOSTS)
async def test_one_that_can_not_be_read_is_told_all_the_same(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    await ci.end(run, GREEN, job(1), drain=False)
    await begin_again(ci, run)
    async with ci.desk.database.read() as session:
        jobs = await session.scalars(select(Job).where(Job.function == "read_run", Job.state == JobState.QUEUED))
        (earlier,) = [each for each in jobs if "attempt" in each.arguments]
    await give_up_run(ci.desk.services, **earlier.arguments, reason="the host was away")
    (first,) = await ci.executions()
    assert (first.state, first.attempt) == (CycleState.ERROR, 1)
    await ci.desk.drain()
    assert len(await ci.executions()) == 1
