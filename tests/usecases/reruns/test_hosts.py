"""Runs of the host's own CI are run again and stopped by their host."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.cycle import CycleState
from bot.queue.stories import job_functions
from bot.store.models import Job, Repository
from bot.usecases.cancel import cancel_head
from simulators.faults import Fault
from tests.usecases.hosts import once_on
from tests.usecases.reruns.bench import Again
from tests.usecases.runs.bench import GREEN, Ci, healed, job

pytestmark = pytest.mark.anyio
HOSTS = ("azure", "github", "gitlab")


@once_on(HOSTS)
async def test_what_failed_is_run_again_by_the_host_and_heals(ci: Ci, again: Again) -> None:
    pull = await ci.opened()
    run = await ci.run(pull, GREEN, job(1))
    assert (await again.ask(pull)).started == ("CI",)
    assert ci.stage.reruns(run)[0] in ("failed", "all")
    assert (await again.ask(pull)).started == ()
    await ci.desk.tell(ci.stage.run_posts(run))
    await ci.end(run, GREEN, healed())
    *_, newest = await ci.executions()
    assert (newest.state, newest.healed) == (CycleState.UNSTABLE, ["tests/test_shop.py::test_aa"])
    assert len(ci.stage.comments(pull)) == 1


@once_on({"github"})
async def test_what_is_asked_for_is_told_and_the_next_attempt_says_by_whom(ci: Ci, again: Again) -> None:
    pull = await ci.opened()
    run = await ci.run(pull, GREEN, job(1))
    await again.ask(pull, "all")
    assert list(ci.stage.reruns(run)) == ["all"]
    (cycle,) = await ci.cycles()
    assert (cycle.state, cycle.asked_by) == (CycleState.FAILED, "github:grace")
    asked = await again.ask(pull)
    assert asked.refused == ("CI: it was asked for already and has not begun yet",)
    await ci.end(run, GREEN, job(1))
    first, second = await ci.executions()
    assert (first.requested_by, second.requested_by) == ("", "github:grace")
    (cycle,) = await ci.cycles()
    assert cycle.asked_at is None


@once_on({"github"})
async def test_a_single_job_can_be_meant(ci: Ci, again: Again) -> None:
    pull = await ci.opened()
    run = await ci.run(pull, GREEN, job(1, "e2e (chrome)"), job(1, "unit"))
    await again.ask(pull, "e2e*")
    assert list(ci.stage.reruns(run)) == ["e2e (chrome)"]


@once_on({"github"})
async def test_why_the_host_will_not_stands_in_the_report(ci: Ci, again: Again) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(1))
    ci.stage.faults.add(Fault(method="POST", path="/rerun", status=403, body=b'{"message": "It is over a month old"}'))
    await again.ask(pull)
    (cycle,) = await ci.cycles()
    assert cycle.asked_at is None
    assert "It is over a month old" in cycle.unasked
    assert "CI was not run again" in ci.comment(pull).body
    await again.ask(pull)
    assert "CI was not run again" not in ci.comment(pull).body


@once_on({"github"})
async def test_a_job_name_that_fits_nothing_is_told(ci: Ci, again: Again) -> None:
    pull = await ci.opened()
    run = await ci.run(pull, job(1))
    await again.ask(pull, "deploy*")
    assert list(ci.stage.reruns(run)) == []
    assert "no job is called" in ci.comment(pull).body


@once_on({"github"})
async def test_it_is_asked_for_once_however_often_the_job_runs(ci: Ci, again: Again) -> None:
    pull = await ci.opened()
    run = await ci.run(pull, job(1))
    await again.ask(pull)
    async with ci.desk.database.read() as session:
        done = (await session.scalars(select(Job).where(Job.function == "rerun_run"))).one()
    await job_functions(timedelta(1)).get("rerun_run").call(ci.desk.services, **done.arguments)
    assert list(ci.stage.reruns(run)) == ["failed"]


@once_on({"github"})
async def test_who_does_not_begin_is_not_waited_for_for_ever(ci: Ci, again: Again) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(1))
    await again.ask(pull)
    async with ci.desk.database.read() as session:
        later = (await session.scalars(select(Job).where(Job.function == "forget_asked"))).one()
    await job_functions(timedelta(1)).get("forget_asked").call(ci.desk.services, **later.arguments)
    (cycle,) = await ci.cycles()
    assert cycle.asked_at is None


@once_on(HOSTS)
async def test_what_runs_is_stopped(ci: Ci, again: Again) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    async with ci.desk.database.write() as session:
        repository = (await session.scalars(select(Repository))).one()
        stopped = await cancel_head(session, ci.desk.services, repository, pull.number, pull.head_sha, "x:grace")
    assert stopped == ("CI",)
    await ci.desk.drain()
    assert ci.stage.cancelled(run)


@once_on({"github"})
async def test_our_own_suite_is_stopped_at_once(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("a")
    await again.pytest(pull, "a")
    await again.ask(pull, run=False)
    async with again.desk.database.write() as session:
        repository = (await session.scalars(select(Repository))).one()
        mine = (session, again.desk.services, repository, pull.number, pull.head_sha, "github:grace")
        assert await cancel_head(*mine) == ("shop",)
        assert await cancel_head(*mine) == ()
    await again.desk.drain()
    *_, second = await again.executions()
    assert (second.state, second.problem) == (CycleState.CANCELLED, "cancelled by grace")
    assert "1 test failed" in again.desk.stage.comments(pull)[0].body
