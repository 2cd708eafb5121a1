"""Where a merge waits for our verdict every head gets one."""

from datetime import timedelta

import pytest

from bot.usecases.expect_verdict import QUIET, UNHEARD
from tests.usecases.hosts import on, once_on
from tests.usecases.past import commit
from tests.usecases.runs.bench import Ci, job
from tests.usecases.runs.test_waiting import later

pytestmark = pytest.mark.anyio
HOSTS = ("github", "gitlab", "azure")
MINUTE = timedelta(minutes=1)


def required(ci: Ci) -> None:
    commit(ci.desk, {".agnox.yml": "checks: {name: Gate, required: true}"})


@on()
async def test_a_head_that_nothing_tests(ci: Ci) -> None:
    required(ci)
    pull = await ci.opened()
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {"Gate": "pending"}
    later(ci, QUIET + MINUTE)
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {"Gate": "passed"}
    assert "No tests ran" in ci.desk.verdict(pull).title
    ci.desk.calls()
    later(ci, 2 * QUIET)
    assert await ci.desk.drain() == []


@once_on(HOSTS)
async def test_a_new_head_waits_anew(ci: Ci) -> None:
    required(ci)
    pull = await ci.opened()
    await ci.run(pull, job(0))
    assert ci.desk.standing(pull) == {"Gate": "passed", "Gate / CI": "passed"}
    await ci.pushed(pull)
    await ci.desk.drain()
    assert ci.desk.standing(pull)["Gate"] == "pending"


@on(HOSTS)
async def test_it_stands_for_all_suites(ci: Ci) -> None:
    required(ci)
    pull = await ci.opened()
    slow = await ci.begin(pull, "slow")
    await ci.run(pull, job(0), name="unit")
    assert ci.desk.standing(pull) == {"Gate": "pending", "Gate / unit": "passed"}
    await ci.end(slow, job(1))
    assert ci.desk.standing(pull) == {"Gate": "failed", "Gate / unit": "passed", "Gate / slow": "failed"}


@once_on(HOSTS)
async def test_red_is_told_at_once(ci: Ci) -> None:
    required(ci)
    pull = await ci.opened()
    await ci.begin(pull, "slow")
    await ci.run(pull, job(1), name="unit")
    assert ci.desk.standing(pull)["Gate"] == "failed"


@once_on(HOSTS)
async def test_a_run_that_never_ends_holds_nothing_up_for_ever(ci: Ci) -> None:
    required(ci)
    pull = await ci.opened()
    await ci.begin(pull, "stuck")
    await ci.desk.drain()
    later(ci, QUIET + MINUTE)
    await ci.desk.drain()
    assert ci.desk.standing(pull) == {"Gate": "pending"}
    later(ci, UNHEARD + MINUTE)
    await ci.desk.drain()
    assert ci.desk.verdict(pull).finished


@once_on(HOSTS)
async def test_elsewhere_nothing_is_said_of_a_head_that_nothing_tests(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.desk.drain()
    later(ci, QUIET + MINUTE)
    await ci.desk.drain()
    assert ci.stage.verdicts(pull) == []
