"""Two pull requests with one head: where a verdict belongs to the pull request, each has its own."""

import pytest

from simulators.stage import Pull
from tests.usecases.hosts import WHERE, once_on
from tests.usecases.runs.bench import Ci, healed, job

pytestmark = pytest.mark.anyio


async def another(ci: Ci, first: Pull) -> Pull:
    second = ci.stage.open_pull("other", sha=first.head_sha)
    await ci.desk.tell(ci.stage.opened(second))
    return second


@once_on(WHERE["awaits"])
async def test_each_has_its_own_status(ci: Ci) -> None:
    first = await ci.opened()
    second = await another(ci, first)
    await ci.run(first, job(1))
    for pull in (first, second):
        assert ci.desk.standing(pull) == {"Agnox / CI": "failed"}
        assert "1 of 3 tests failed" in ci.comment(pull).body
    assert len(await ci.cycles()) == 1


@once_on(WHERE["awaits"])
async def test_one_that_is_opened_later_gets_it_too(ci: Ci) -> None:
    first = await ci.opened()
    await ci.run(first, job(1))
    second = await another(ci, first)
    await ci.desk.drain()
    assert ci.desk.standing(second) == {"Agnox / CI": "failed"}
    said = [len(pull.native.statuses) for pull in (first, second)]
    await ci.desk.tell(ci.stage.opened(second))
    await ci.desk.drain()
    assert [len(pull.native.statuses) for pull in (first, second)] == said


@once_on(WHERE["awaits"])
async def test_what_a_rerun_changes_is_told_to_both_and_nothing_older_after_it(ci: Ci) -> None:
    first = await ci.opened()
    second = await another(ci, first)
    run = await ci.run(first, job(1))
    ci.stage.simulator.retry(run.native, "failed")  # type: ignore[attr-defined]
    await ci.desk.tell(ci.stage.run_posts(run))
    await ci.end(run, healed())
    assert len(await ci.executions()) == 2
    for pull in (first, second):
        assert ci.desk.standing(pull) == {"Agnox / CI": "passed"}
    later_on = await another_branch(ci, first)
    assert ci.desk.standing(later_on) == {"Agnox / CI": "passed"}
    assert len([each for each in later_on.native.statuses if each.name == "Agnox / CI"]) == 1


async def another_branch(ci: Ci, first: Pull) -> Pull:
    third = ci.stage.open_pull("third", sha=first.head_sha)
    await ci.desk.tell(ci.stage.opened(third))
    await ci.desk.drain()
    return third


@once_on({"github"})
async def test_a_check_on_the_commit_is_still_one(ci: Ci) -> None:
    first = await ci.opened()
    second = await another(ci, first)
    await ci.run(first, job(1))
    assert len(ci.stage.verdicts(first)) == len(ci.stage.verdicts(second)) == 1
