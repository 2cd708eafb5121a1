"""What is kept of tests that fail at times, and of green logs."""

from dataclasses import replace

import anyio
import pytest
from sqlalchemy import select

from bot.domain.cycle import CycleState
from bot.domain.flakiness import Outcome
from bot.store.baselines import add_green_logs, find_green_logs
from bot.store.cycles import add_cycle, add_execution
from bot.store.database import Database
from bot.store.history import Run, Stream, all_runs, base_runs
from bot.store.models import Execution, Organization, Project, TestCycle, TestOutcome, TestResult
from bot.store.outcomes import Kept, add_outcomes, note_passes, outcomes_of

pytestmark = pytest.mark.anyio

FAILED = Kept("k" * 16, Outcome.FAILED, "cause")


async def a_project(database: Database, name: str = "acme") -> Project:
    async with database.write() as session:
        organization = Organization(name=name)
        session.add(organization)
        await session.flush()
        project = Project(organization_id=organization.id, name="shop")
        session.add(project)
    return project


async def a_run(database: Database, project: Project, *kept: Kept, branch: str = "main") -> tuple[TestCycle, Execution]:
    async with database.write() as session:
        state = CycleState.FAILED if kept else CycleState.PASSED
        context = {"source": "local", "branch": branch, "commitSha": "a" * 40}
        cycle = add_cycle(session, project, suite="shop", state=state, ci_context=context, request={})
        await session.flush()
        execution = add_execution(session, cycle, 1, state, "")
        await session.flush()
        await add_outcomes(session, execution, kept)
    return cycle, execution


async def runs(database: Database, stream: Stream) -> list[Run]:
    async with database.read() as session:
        return await all_runs(session, stream)


async def test_outcomes_take_the_place_of_those_before(database: Database) -> None:
    cycle, execution = await a_run(database, await a_project(database), FAILED)
    other = replace(FAILED, test="o" * 16)
    async with database.write() as session:
        await add_outcomes(session, execution, [other, other])
    found = await runs(database, Stream.of(cycle))
    async with database.read() as session:
        assert await outcomes_of(session, found) == {execution.id: [other]}
        assert await outcomes_of(session, found, [FAILED.test]) == {}


async def test_two_that_note_the_same_at_once_do_not_disturb_each_other(database: Database) -> None:
    project = await a_project(database)
    cycle, green = await a_run(database, project)
    await a_run(database, project, FAILED)
    (run, _) = await runs(database, Stream.of(cycle))
    assert run.execution_id == green.id
    both = anyio.Event()
    waiting: list[None] = []

    async def note() -> None:
        async with database.write() as session:
            waiting.append(None)
            if len(waiting) == 2 or database.is_sqlite:
                both.set()
            await both.wait()
            await note_passes(session, Stream.of(cycle), run)

    async with anyio.create_task_group() as group:
        group.start_soon(note)
        group.start_soon(note)
    async with database.read() as session:
        rows = await session.scalars(select(TestOutcome.outcome).where(TestOutcome.execution_id == green.id))
        assert rows.all() == [Outcome.PASSED]


async def test_a_run_with_a_report_passed_only_what_the_report_says(database: Database) -> None:
    project = await a_project(database)
    cycle, green = await a_run(database, project)
    await a_run(database, project, FAILED)
    async with database.write() as session:
        row = await session.get_one(Execution, green.id)
        row.counts = {"total": 1}
        session.add(
            TestResult(
                organization_id=project.organization_id,
                execution_id=green.id,
                test="another test",
                status="passed",
                flaky=False,
                message="",
            )
        )
    (run, _) = await runs(database, Stream.of(cycle))
    async with database.write() as session:
        await note_passes(session, Stream.of(cycle), run)
    async with database.read() as session:
        assert await outcomes_of(session, [run]) == {}


async def test_runs_of_others_are_not_in_the_stream(database: Database) -> None:
    ours, theirs = await a_project(database), await a_project(database, "initech")
    cycle, mine = await a_run(database, ours, FAILED)
    await a_run(database, theirs, FAILED)
    await a_run(database, ours, FAILED, branch="next")
    stream = Stream.of(cycle)
    async with database.read() as session:
        assert [run.execution_id for run in await base_runs(session, stream, "main")] == [mine.id]
        assert len(await all_runs(session, stream)) == 2
        for foreign in (replace(stream, organization_id=theirs.organization_id), replace(stream, project_id=theirs.id)):
            assert await all_runs(session, foreign) == []


async def test_green_logs_are_found_by_name_inside_one_stream(database: Database) -> None:
    ours, theirs = await a_project(database), await a_project(database, "initech")
    cycle, mine = await a_run(database, ours)
    _, other = await a_run(database, theirs)
    async with database.write() as session:
        await add_green_logs(session, mine, [("a.log", 1, b"1"), ("a.log", 1, b"2"), ("b.log", 1, b"3")])
        await add_green_logs(session, other, [("a.log", 1, b"4")])
    async with database.read() as session:
        stream = Stream.of(cycle)
        assert await find_green_logs(session, stream, {"a.log", "c.log"}, None) == [("a.log", b"2")]
        assert await find_green_logs(session, replace(stream, suite="e2e"), {"a.log"}, None) == []
