"""Queries on test cycles and their executions."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState
from bot.store.models import Artifact, Execution, Finding, Project, TestCycle, TestResult


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


async def artifacts_of(session: AsyncSession, execution_id: str) -> Sequence[Artifact]:
    """Gives an execution's files, reports first, each kind by name."""
    rows = await session.scalars(
        select(Artifact).where(Artifact.execution_id == execution_id).order_by(Artifact.kind.desc(), Artifact.name)
    )
    return rows.all()


async def replace_results(
    session: AsyncSession,
    execution: Execution,
    results: Iterable[dict[str, Any]],
    findings: Iterable[dict[str, Any]],
) -> None:
    """Puts the outcome of an analysis in the place of an earlier one of the same execution."""
    for table, rows in ((TestResult, list(results)), (Finding, list(findings))):
        await session.execute(delete(table).where(table.execution_id == execution.id))
        if rows:
            mine = {"organization_id": execution.organization_id, "execution_id": execution.id}
            await session.execute(insert(table), [row | mine for row in rows])
