"""Whose history is told to whom, and what is left of it when runs end at once or have grown old."""

from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from sqlalchemy import func, select

import bot.store.history
import bot.store.outcomes
from bot.domain.context import CiContext
from bot.domain.cycle import CycleState
from bot.queue.stories import job_functions
from bot.store.models import Execution, GreenLog, Job, JobState, TestOutcome
from bot.usecases.administer import create_organization, create_project
from bot.usecases.caller import Caller
from bot.usecases.receive_results import Upload, receive_results
from tests.e2e.suites import junit
from tests.usecases.conftest import Desk
from tests.usecases.past import Past, findings, novelties

pytestmark = pytest.mark.anyio

NOISY = "collecting\nE   KeyError: no price for article aa\ndone\n"
"""The log of a green run that prints an error."""
LOG = f"{NOISY}E   AssertionError: the cart is empty\n"
GREEN = junit(0, passing=3).replace("test_ok_2", "test_aa")


def main(commit: str) -> dict[str, str]:
    """A run of a repository that is on no host."""
    return {"source": "local", "branch": "main", "commitSha": commit * 40}


@pytest.fixture
def past(desk: Desk, tmp_path: Path) -> Past:
    return Past(desk, tmp_path)


async def neighbour(desk: Desk) -> Caller:
    """Another organization whose project has the same name."""
    organization = await create_organization(desk.database, "initech", actor="test")
    await create_project(desk.database, organization.id, desk.project.name, actor="test")
    return Caller(organization.id, None, "ci")


def lines(execution: Execution) -> set[int]:
    """The lines that are shown of the log."""
    assert execution.analysis is not None
    return {line for excerpt in execution.analysis["excerpts"] for line in excerpt["lines"]}


async def test_nothing_of_another_organization_is_seen(past: Past) -> None:
    desk, ours = past.desk, past.desk.caller
    theirs = await neighbour(desk)
    desk.caller = theirs
    await past.send(main("1"), GREEN, NOISY)
    second = await past.send(main("2"), junit(1), LOG)
    assert (novelties(second), lines(second)) == (["new"], {4})
    await past.send(main("2"), GREEN, NOISY)
    desk.caller = ours
    first = await past.send(main("2"), junit(1), LOG)
    assert novelties(first) == [None]
    assert lines(first) >= {2, 4}, "nothing was taken out that only they know"
    (found,) = findings(first)
    assert first.finished_at is not None
    assert found["first_seen"] == {"sha": "2" * 40, "at": first.finished_at.isoformat()}
    async with desk.database.read() as session:
        for table in (TestOutcome, GreenLog):
            rows = await session.execute(
                select(table.organization_id, Execution.organization_id).join(
                    Execution, Execution.id == table.execution_id
                )
            )
            pairs = {tuple(row) for row in rows}
            assert pairs and all(one == other for one, other in pairs)


async def test_projects_and_suites_have_histories_of_their_own(past: Past) -> None:
    await past.send(main("1"), GREEN, suite="unit")
    assert novelties(await past.send(main("2"), junit(1), suite="e2e")) == [None]
    other = await create_project(past.desk.database, past.desk.caller.organization_id, "shop2", actor="test")
    past.desk.caller = replace(past.desk.caller, project_id=other.id)
    assert novelties(await past.send(main("2"), junit(1), suite="unit")) == [None]


async def test_runs_that_end_at_once_lose_nothing(past: Past, tmp_path: Path) -> None:
    desk = past.desk
    await past.send(main("1"), GREEN)
    report = tmp_path / "junit.xml"
    started = []
    for number in range(4):
        report.write_text(junit(1) if number % 2 else GREEN)
        uploads = [Upload("report", "junit.xml", report)]
        context = CiContext.model_validate(main("2"))
        started.append(await receive_results(desk.services, desk.caller, context, uploads))
    functions = job_functions(desk.services.execution_limit)
    async with desk.database.write() as session:
        jobs = (await session.scalars(select(Job).where(Job.state == JobState.QUEUED))).all()
        for job in jobs:
            job.state = JobState.DONE

    async def work(job: Job) -> None:
        await functions.get(job.function).call(desk.services, **job.arguments)

    async with anyio.create_task_group() as group:
        for job in jobs:
            group.start_soon(work, job)
    async with desk.database.read() as session:
        rows = await session.execute(
            select(TestOutcome.outcome, func.count()).group_by(TestOutcome.outcome).order_by(TestOutcome.outcome)
        )
        outcomes = {outcome: count for outcome, count in rows}  # noqa: C416 - rows are no pairs to a type checker
    assert outcomes["failed"] == 2
    # The next run sees both that failed and, on the same commit, those that passed.
    await past.send(main("2"), GREEN)
    again = await past.send(main("3"), junit(1))
    assert novelties(again) == ["flaky"]
    assert "not green at once" in findings(again)[0]["history"]
    states = [(await past.execution(one.execution_id)).state for one in started]
    assert states.count(CycleState.FAILED) == 2


async def test_what_is_old_is_forgotten(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.store.outcomes, "KEPT_RUNS", 5)
    monkeypatch.setattr(bot.store.history, "KEPT_RUNS", 5)
    for _ in range(3):
        await past.send(main("1"), junit(1))
    await past.repeat(9)
    for commit in "23":
        await past.send(main(commit), junit(1))
    async with past.desk.database.read() as session:
        kept = await session.scalars(select(TestOutcome.execution_id).distinct())
        newest = (await session.scalars(select(Execution.id).order_by(Execution.id.desc()).limit(5))).all()
    assert set(kept) == set(newest)


async def test_tests_that_never_failed_cost_nothing(past: Past) -> None:
    for commit in "123":
        await past.send(main(commit), junit(0, passing=50))
    async with past.desk.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(TestOutcome)) == 0
    await past.send(main("4"), junit(2, passing=50))
    await past.send(main("5"), junit(0, passing=50))
    async with past.desk.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(TestOutcome)) == 2, "they did not run again"


async def test_a_run_with_thousands_of_failures_is_kept_in_part(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.store.outcomes, "KEPT_TESTS", 7)
    await past.send(main("1"), GREEN)
    execution = await past.send(main("2"), junit(30))
    assert execution.state == CycleState.FAILED and set(novelties(execution)) == {"new"}
    async with past.desk.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(TestOutcome)) == 7


async def test_a_log_alone_has_a_history_too(past: Past) -> None:
    red = "starting\nE   KeyError: no price for article aa\nERROR: script returned exit code 1\nFinished: FAILURE\n"
    green = "starting\nall is well\nFinished: SUCCESS\n"
    first = await past.send(main("1"), "", green)
    assert first.state == CycleState.PASSED
    broke = await past.send(main("2"), "", red)
    assert (broke.state, novelties(broke)) == (CycleState.FAILED, ["new"])
    again = await past.send(main("3"), "", red)
    assert novelties(again) == ["known"]
    assert findings(again)[0]["since"]["sha"] == "2" * 40
    rerun = await past.send(main("3"), "", green)
    assert rerun.state == CycleState.UNSTABLE
    await past.send(main("4"), "", green)
    assert novelties(await past.send(main("5"), "", red)) == ["flaky"]
