"""The runs of a head are joined, waited for as the policy says, and never for ever."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.store.base import now
from bot.usecases.ask_runs import GIVEN_UP
from bot.usecases.note_run import PATIENCE
from bot.usecases.waiting import LONGEST
from simulators.stage import Run
from tests.usecases.hosts import on, once_on
from tests.usecases.runs.bench import Ci, job

pytestmark = pytest.mark.anyio
HOSTS = ("github", "gitlab", "azure")


def later(ci: Ci, by: timedelta) -> None:
    """Lets time go by."""
    clock: Callable[[], datetime] = lambda: now() + by  # noqa: E731
    ci.desk.services = replace(ci.desk.services, clock=clock)


@on(HOSTS)
async def test_the_first_end_is_answered_and_later_ones_are_added(ci: Ci) -> None:
    pull = await ci.opened()
    slow = await ci.begin(pull, "slow")
    await ci.run(pull, job(1), name="unit")
    first = ci.comment(pull)
    assert "1 of 3 tests failed" in first.body
    await ci.end(slow, job(2))
    assert ci.comment(pull).id == first.id
    assert "3 of 7 tests failed" in ci.comment(pull).body


@on(HOSTS)
async def test_where_all_are_wanted_nothing_is_said_before(ci: Ci) -> None:
    ci.stage.put_file(".agnox.yml", "runs: {wait_for: all}")
    pull = await ci.opened()
    slow = await ci.begin(pull, "slow")
    await ci.run(pull, job(1), name="unit")
    assert ci.stage.comments(pull) == []
    assert ci.stage.verdicts(pull) == []
    await ci.end(slow, job(2))
    assert "3 of 7 tests failed" in ci.comment(pull).body


@once_on(HOSTS)
async def test_but_not_for_longer_than_an_hour(ci: Ci) -> None:
    ci.stage.put_file(".agnox.yml", "runs: {wait_for: all}")
    pull = await ci.opened()
    await ci.begin(pull, "slow")
    await ci.run(pull, job(1), name="unit")
    assert ci.stage.comments(pull) == []
    later(ci, LONGEST + timedelta(minutes=1))
    await ci.desk.drain()
    assert "1 of 3 tests failed" in ci.comment(pull).body


@on(HOSTS)
async def test_an_end_that_nobody_told_is_asked_for(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    ci.stage.end_run(run, job(1))
    await ci.desk.drain()
    assert ci.stage.comments(pull) == []
    later(ci, PATIENCE)
    await ci.desk.drain()
    assert "1 of 3 tests failed" in ci.comment(pull).body


@once_on(HOSTS)
async def test_so_is_a_run_that_nobody_told_of_at_all(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.begin(pull, "told")
    silent: Run = ci.stage.begin_run("silent", pull)
    ci.stage.end_run(silent, job(1))
    later(ci, PATIENCE)
    await ci.desk.drain()
    assert "1 of 3 tests failed" in ci.comment(pull).body


@once_on(HOSTS)
async def test_what_never_ends_is_given_up(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.begin(pull, "stuck")
    later(ci, GIVEN_UP)
    await ci.desk.drain()
    (run,) = await ci.rows()
    assert (run.state, run.unread) == ("running", "its end was never told") or run.state == "queued"
    later(ci, 2 * GIVEN_UP)
    assert await ci.desk.drain() == []


@once_on(HOSTS)
async def test_a_later_delivery_still_counts_then(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull, "stuck")
    later(ci, GIVEN_UP)
    await ci.desk.drain()
    await ci.end(run, job(1))
    assert "1 of 3 tests failed" in ci.comment(pull).body


@once_on(HOSTS)
async def test_deliveries_that_overtake_each_other_change_nothing(ci: Ci) -> None:
    pull = await ci.opened()
    run = ci.stage.begin_run("CI", pull)
    begun = ci.stage.run_posts(run)
    ci.stage.end_run(run, job(1))
    ended = ci.stage.run_posts(run)
    for _ in range(2):
        for posts in (ended, begun):
            await ci.desk.tell(posts)
        await ci.desk.drain()
    assert [row.state for row in await ci.rows()] == ["ended"]
    assert len(await ci.executions()) == 1
    ci.desk.calls()
    await ci.desk.tell(ended)
    await ci.desk.drain()
    assert ci.desk.calls() == ([], [])
