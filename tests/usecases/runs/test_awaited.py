"""Where the newest verdict counts for all pushes: a suite that a push does not run is waited for, but not for ever."""

from datetime import timedelta

import pytest

from bot.usecases.publish_report import publish_report
from bot.usecases.waiting import LONGEST
from tests.usecases.conftest import Desk
from tests.usecases.hosts import WHERE, once_on
from tests.usecases.policy_tests.conftest import Ruled
from tests.usecases.runs.bench import Ci, job
from tests.usecases.runs.test_waiting import later

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)
SUITE = "Agnox / CI"


@pytest.fixture
def ruled(desk: Desk) -> Ruled:
    return Ruled(desk)


@once_on(WHERE["awaits"])
async def test_a_suite_that_a_push_does_not_run_is_not_waited_for_for_ever(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(1))
    await ci.pushed(pull)
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {SUITE: "pending"}
    later(ci, LONGEST - 5 * MINUTE)
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {SUITE: "pending"}
    later(ci, LONGEST + MINUTE)
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {SUITE: "passed"}
    assert ci.desk.verdict(pull).title == "Not tested on this push: no run of it within 60 minutes"
    said = len(pull.native.statuses)
    later(ci, 3 * LONGEST)
    await ci.desk.drain()
    assert len(pull.native.statuses) == said


@once_on(WHERE["awaits"])
async def test_a_run_under_way_is_waited_for_and_counts_whenever_it_ends(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(0))
    await ci.pushed(pull)
    run = await ci.begin(pull)
    await ci.desk.drain()
    later(ci, LONGEST + MINUTE)
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {SUITE: "pending"}
    await ci.end(run, job(1))
    assert ci.desk.standing(pull) == {SUITE: "failed"}


@once_on(WHERE["awaits"])
async def test_a_late_result_takes_the_place_of_none(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(0))
    await ci.pushed(pull)
    await ci.desk.drain()
    later(ci, LONGEST + MINUTE)
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {SUITE: "passed"}
    await ci.run(pull, job(1))
    assert ci.desk.standing(pull) == {SUITE: "failed"}


@once_on(WHERE["awaits"])
async def test_the_next_push_is_waited_for_anew(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(0))
    await ci.pushed(pull)
    await ci.desk.drain()
    later(ci, LONGEST + MINUTE)
    await ci.desk.drain()
    await ci.pushed(pull)
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {SUITE: "pending"}


@once_on(WHERE["awaits"])
async def test_before_it_is_given_up_the_host_is_asked_for_a_run_that_nobody_told_of(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(0))
    await ci.pushed(pull)
    await ci.desk.drain()
    silent = ci.stage.begin_run("CI", pull)
    ci.stage.end_run(silent, job(1))
    later(ci, LONGEST + MINUTE)
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {SUITE: "failed"}
    assert "Not tested" not in " ".join(status.description or "" for status in pull.native.statuses)


@once_on(WHERE["awaits"])
async def test_tests_that_wait_for_a_word_are_not_given_up(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened(fork=True)
    row = await ruled.row()
    async with ruled.desk.database.write() as session:
        (await session.get_one(type(row), row.id)).allowed_sha = pull.head_sha
    await ruled.look(pull)
    await ruled.desk.drain()
    (name,) = ruled.desk.standing(pull)
    assert ruled.desk.standing(pull) == {name: "failed"}
    await ruled.pushed(pull)
    assert ruled.desk.standing(pull) == {name: "pending"}
    later(Ci(ruled.desk), 2 * LONGEST)
    await publish_report(ruled.desk.services, row.id)
    assert ruled.desk.standing(pull) == {name: "pending"}
    await ruled.desk.drain()
    assert ruled.desk.standing(pull) == {name: "pending"}
