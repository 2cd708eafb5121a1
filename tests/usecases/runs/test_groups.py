"""Merge queues always get a conclusion."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.cycle import CycleState
from bot.store.models import MergeGroup
from bot.usecases import analyze_execution as analyzing
from bot.usecases.analyze_execution import fail_execution
from bot.usecases.merge_group import LONGEST, QUIET, give_up_group
from simulators.github.stage import GithubStage
from simulators.stage import Pull
from tests.usecases.hosts import on, once_on
from tests.usecases.runs.bench import Ci, job
from tests.usecases.runs.test_waiting import later

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


async def queued(ci: Ci, pull: Pull) -> str:
    """The pull request is tried in the queue; gives the sha of the try."""
    assert isinstance(ci.stage, GithubStage)
    sha, posts = ci.stage.merge_group(pull)
    await ci.desk.tell(posts)
    return sha


def standing(ci: Ci, pull: Pull, sha: str) -> dict[str, str]:
    return ci.desk.standing(pull, sha)


@on({"github"})
async def test_a_group_that_nothing_tests(ci: Ci) -> None:
    pull = await ci.opened()
    sha = await queued(ci, pull)
    await ci.desk.drain()
    assert standing(ci, pull, sha) == {"Agnox": "pending"}
    later(ci, QUIET + MINUTE)
    await ci.desk.drain()
    assert standing(ci, pull, sha) == {"Agnox": "passed"}
    assert ci.stage.comments(pull) == []


@on({"github"})
@pytest.mark.parametrize("red", [0, 1])
async def test_its_runs_decide(ci: Ci, red: int) -> None:
    pull = await ci.opened()
    sha = await queued(ci, pull)
    run = await ci.begin(None, sha=sha)
    await ci.desk.drain()
    assert standing(ci, pull, sha) == {"Agnox": "pending"}
    await ci.end(run, job(red))
    outcome = "failed" if red else "passed"
    assert standing(ci, pull, sha) == {"Agnox": outcome, "Agnox / CI": outcome}
    assert ci.stage.comments(pull) == []


@once_on({"github"})
async def test_verdicts_that_its_pull_request_has_are_freed(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(0), name="unit")
    sha = await queued(ci, pull)
    await ci.run(None, job(0), name="queue", sha=sha)
    assert standing(ci, pull, sha) == {"Agnox": "passed", "Agnox / queue": "passed", "Agnox / unit": "passed"}


@once_on({"github"})
async def test_it_is_called_as_the_base_branch_says(ci: Ci) -> None:
    ci.stage.put_file(".agnox.yml", "checks: {name: Gate}")
    pull = await ci.opened()
    sha = await queued(ci, pull)
    await ci.run(None, job(1), sha=sha)
    assert standing(ci, pull, sha) == {"Gate": "failed", "Gate / CI": "failed"}


@pytest.mark.parametrize("listed", [True, False])
@once_on({"github"})
async def test_its_cycle_is_judged_by_the_base_branchs_policy(ci: Ci, listed: bool) -> None:
    ci.stage.put_file(".agnox.yml", f"quarantine: {{tests: ['{'*' if listed else 'other'}']}}")
    pull = await ci.opened()
    sha = await queued(ci, pull)
    await ci.run(None, job(1), sha=sha)
    assert standing(ci, pull, sha)["Agnox / CI"] == ("other" if listed else "failed")
    (cycle,) = await ci.cycles()
    assert cycle.state == (CycleState.UNSTABLE if listed else CycleState.FAILED)


@once_on({"github"})
async def test_a_group_is_answered_also_when_the_analysis_breaks(ci: Ci) -> None:
    pull = await ci.opened()
    sha = await queued(ci, pull)
    run = await ci.begin(None, sha=sha)
    ci.stage.end_run(run, job(1))
    await ci.desk.tell(ci.stage.run_posts(run))
    await ci.desk.drain(but=frozenset({analyzing.analyze_execution.__name__}))
    (execution,) = await ci.executions()
    await fail_execution(ci.desk.services, execution.id, "out of memory")
    await ci.desk.drain(but=frozenset({analyzing.analyze_execution.__name__}))
    assert standing(ci, pull, sha) == {"Agnox": "failed", "Agnox / CI": "failed"}


@once_on({"github"})
async def test_a_run_that_never_ends_holds_no_group_up_for_ever(ci: Ci) -> None:
    pull = await ci.opened()
    sha = await queued(ci, pull)
    await ci.begin(None, sha=sha)
    await ci.desk.drain()
    later(ci, LONGEST + MINUTE)
    await ci.desk.drain()
    assert standing(ci, pull, sha) == {"Agnox": "failed"}


@once_on({"github"})
async def test_what_can_not_be_judged_is_told(ci: Ci) -> None:
    pull = await ci.opened()
    sha = await queued(ci, pull)
    await ci.desk.drain()
    async with ci.desk.database.read() as session:
        group = (await session.scalars(select(MergeGroup))).one()
    assert group.numbers == [pull.number]
    await give_up_group(ci.desk.services, group.id, "Traceback ...\nRuntimeError: broken")
    assert standing(ci, pull, sha) == {"Agnox": "failed"}


@once_on({"github"})
async def test_a_group_told_twice_is_one(ci: Ci) -> None:
    assert isinstance(ci.stage, GithubStage)
    pull = await ci.opened()
    sha, posts = ci.stage.merge_group(pull)
    for _ in range(2):
        await ci.desk.tell(posts)
        await ci.desk.drain()
    assert len(ci.stage.verdicts(pull, sha)) == 1
