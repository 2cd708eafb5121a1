"""Queries on test cycles and their executions."""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.cycle import CycleState
from bot.store.models import Artifact, CiRun, Execution, Finding, Project, TestCycle, TestResult


async def find_project(session: AsyncSession, organization_id: str, project_id: str) -> Project | None:
    """Finds a project by id, or by name, inside one organization."""
    mine = select(Project).where(Project.organization_id == organization_id)
    return await session.scalar(mine.where(Project.id == project_id)) or await session.scalar(
        mine.where(Project.name == project_id)
    )


async def only_project(session: AsyncSession, organization_id: str) -> Project | None:
    """Gives the organization's project when it has just one."""
    found = (await session.scalars(select(Project).where(Project.organization_id == organization_id).limit(2))).all()
    return found[0] if len(found) == 1 else None


def add_cycle(
    session: AsyncSession,
    project: Project,
    *,
    suite: str,
    state: CycleState,
    ci_context: dict[str, Any] | None,
    request: dict[str, Any],
) -> TestCycle:
    """Adds a cycle; its page gets an address that can't be guessed."""
    cycle = TestCycle(
        organization_id=project.organization_id,
        project_id=project.id,
        suite=suite[:255],
        state=state,
        ci_context=ci_context,
        request=request,
        page_key=secrets.token_urlsafe(24),
        head_sha="",
        problem="",
        refusal="",
    )
    session.add(cycle)
    return cycle


def add_execution(
    session: AsyncSession, cycle: TestCycle, attempt: int, state: CycleState, requested_by: str
) -> Execution:
    """Adds an attempt to a cycle."""
    execution = Execution(
        organization_id=cycle.organization_id,
        cycle_id=cycle.id,
        attempt=attempt,
        state=state,
        requested_by=requested_by[:255],
        counts={},
        problem="",
        notes="",
    )
    session.add(execution)
    return execution


async def find_cycle(
    session: AsyncSession, organization_id: str, cycle_id: str, *, lock: bool = False
) -> TestCycle | None:
    """Finds a cycle of an organization; `lock` keeps others from changing it until the transaction ends."""
    query = select(TestCycle).where(TestCycle.organization_id == organization_id, TestCycle.id == cycle_id)
    return await session.scalar(query.with_for_update() if lock else query)


async def find_execution(session: AsyncSession, organization_id: str, execution_id: str) -> Execution | None:
    return await session.scalar(
        select(Execution).where(Execution.organization_id == organization_id, Execution.id == execution_id)
    )


async def latest_execution(session: AsyncSession, cycle_id: str) -> Execution:
    """Gives the newest attempt; every cycle has one."""
    rows = await session.scalars(
        select(Execution).where(Execution.cycle_id == cycle_id).order_by(Execution.attempt.desc()).limit(1)
    )
    return rows.one()


async def supersede(session: AsyncSession, cycle: TestCycle) -> None:
    """Marks the earlier cycles of the same suite and head whose every test ran again in this finished one.

    What ran only a part stands beside the earlier cycle: a green part must not hide a red one.
    """
    if cycle.repository_id is None or not cycle.head_sha:
        return
    mine = (await latest_execution(session, cycle.id)).id
    run = await session.get(CiRun, cycle.ci_run_id) if cycle.ci_run_id else None
    earlier = await session.scalars(
        select(TestCycle).where(
            TestCycle.organization_id == cycle.organization_id,
            TestCycle.repository_id == cycle.repository_id,
            TestCycle.head_sha == cycle.head_sha,
            TestCycle.suite == cycle.suite,
            TestCycle.superseded_by.is_(None),
            TestCycle.id < cycle.id,
            TestCycle.finished_at.is_not(None),
        )
    )
    again = aliased(TestResult)
    for older in earlier:
        theirs_run = await session.get(CiRun, older.ci_run_id) if older.ci_run_id else None
        if run is not None and theirs_run is not None and theirs_run.cause != run.cause:
            # The same workflow for a push and for a pull request: each tests something of its own.
            continue
        theirs = (await latest_execution(session, older.id)).id
        ran_again = exists().where(again.execution_id == mine, again.test == TestResult.test)
        missing = select(TestResult.id).where(TestResult.execution_id == theirs, ~ran_again).limit(1)
        if await session.scalar(missing) is None:
            older.superseded_by = cycle.id


async def artifacts_of(session: AsyncSession, execution_id: str) -> Sequence[Artifact]:
    """Gives an execution's files, reports first, each kind by name."""
    rows = await session.scalars(
        select(Artifact).where(Artifact.execution_id == execution_id).order_by(Artifact.kind.desc(), Artifact.name)
    )
    return rows.all()


async def clear_results(session: AsyncSession, execution_id: str) -> None:
    """Takes away the outcome of an earlier analysis of the same execution."""
    for table in (TestResult, Finding):
        await session.execute(delete(table).where(table.execution_id == execution_id))


async def add_results(
    session: AsyncSession, execution: Execution, table: type[TestResult | Finding], rows: Sequence[dict[str, Any]]
) -> None:
    """Adds test results or findings of an execution."""
    if rows:
        mine = {"organization_id": execution.organization_id, "execution_id": execution.id}
        await session.execute(insert(table), [row | mine for row in rows])
