"""Reading cycles and executions back, inside one organization."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.context import Wire
from bot.domain.ids import is_id
from bot.store.models import Execution, Publication, TestCycle
from bot.usecases.caller import Caller
from bot.usecases.errors import Missing
from bot.usecases.services import Services
from bot.usecases.wait_in_line import waiting


class PublicationView(Wire):
    """One thing of ours on the git host; `problem` says why it is not there or not up to date."""

    kind: str
    url: str
    problem: str
    updated_at: datetime


class Attempt(Wire):
    """One execution without its findings."""

    task_id: str
    attempt: int
    status: str
    counts: dict[str, int]
    exit_code: int | None
    problem: str
    notes: str
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class CycleSummary(Wire):
    """A cycle as it stands in a list."""

    cycle_id: str
    project_id: str
    suite: str
    status: str
    ci_context: dict[str, Any] | None
    problem: str
    created_at: datetime
    finished_at: datetime | None


class CycleView(CycleSummary):
    """A cycle with its attempts, the first one first, and what stands on the git host."""

    attempts: tuple[Attempt, ...]
    publications: tuple[PublicationView, ...]


class CyclePage(Wire):
    """Cycles, newest first; `next_cursor` is None on the last page."""

    cycles: tuple[CycleSummary, ...]
    next_cursor: str | None


class ExecutionView(Attempt):
    """An attempt with its analysis, in the form of `agnox analyze --format json`, and its cycle's context."""

    cycle_id: str
    ci_context: dict[str, Any] | None
    analysis: dict[str, Any] | None
    findings: tuple[dict[str, Any], ...]
    attempts: int
    publications: tuple[PublicationView, ...]


class ExecutionStatus(Wire):
    """How far an execution is.

    `position` is its place in the line for a testing node, from 1; `waiting` says why no node can take it now.
    """

    task_id: str
    cycle_id: str
    status: str
    position: int | None = None
    waiting: str = ""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


async def list_cycles(services: Services, caller: Caller, *, limit: int, cursor: str | None) -> CyclePage:
    """Lists the caller's cycles; ids rise with time, so the last id of a page is the cursor to the next."""
    query = select(TestCycle).where(*_mine(caller)).order_by(TestCycle.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(TestCycle.id < cursor)
    async with services.database.read() as session:
        found = (await session.scalars(query)).all()
    page = found[:limit]
    return CyclePage(
        cycles=tuple(CycleSummary(**_summary(cycle)) for cycle in page),
        next_cursor=page[-1].id if len(found) > limit else None,
    )


async def read_cycle(services: Services, caller: Caller, cycle_id: str) -> CycleView:
    """Raises Missing."""
    async with services.database.read() as session:
        query = select(TestCycle).where(TestCycle.id == cycle_id, *_mine(caller))
        cycle = await session.scalar(query) if is_id(cycle_id) else None
        if cycle is None:
            raise Missing("there is no such cycle")
        executions = await _executions(session, cycle)
        publications = await _publications(session, cycle, executions)
    return CycleView(
        **_summary(cycle),
        attempts=tuple(Attempt(**_attempt(execution)) for execution in executions),
        publications=publications,
    )


async def read_execution(services: Services, caller: Caller, execution_id: str) -> ExecutionView:
    """Raises Missing."""
    async with services.database.read() as session:
        execution, cycle = await _find(session, caller, execution_id)
        attempts = await _executions(session, cycle)
        publications = await _publications(session, cycle, [execution])
    analysis = execution.analysis
    return ExecutionView(
        **_attempt(execution),
        cycle_id=cycle.id,
        ci_context=cycle.ci_context,
        analysis=analysis,
        findings=tuple(analysis.get("findings", ())) if analysis else (),
        attempts=len(attempts),
        publications=publications,
    )


async def read_status(services: Services, caller: Caller, execution_id: str) -> ExecutionStatus:
    """Raises Missing."""
    async with services.database.read() as session:
        execution, _ = await _find(session, caller, execution_id)
        line = await waiting(session, services, execution)
    return ExecutionStatus(
        task_id=execution.id,
        cycle_id=execution.cycle_id,
        status=execution.state,
        position=line.position,
        waiting=line.reason,
        created_at=execution.created_at,
        started_at=execution.started_at,
        finished_at=execution.finished_at,
    )


def _mine(caller: Caller) -> list[ColumnElement[bool]]:
    mine = [TestCycle.organization_id == caller.organization_id]
    return mine if caller.project_id is None else [*mine, TestCycle.project_id == caller.project_id]


async def _find(session: AsyncSession, caller: Caller, execution_id: str) -> tuple[Execution, TestCycle]:
    if is_id(execution_id):
        query = select(Execution, TestCycle).join(TestCycle, TestCycle.id == Execution.cycle_id)
        found = (await session.execute(query.where(Execution.id == execution_id, *_mine(caller)))).one_or_none()
        if found is not None:
            return found[0], found[1]
    raise Missing("there is no such execution")


async def _executions(session: AsyncSession, cycle: TestCycle) -> Sequence[Execution]:
    return (
        await session.scalars(select(Execution).where(Execution.cycle_id == cycle.id).order_by(Execution.attempt))
    ).all()


async def _publications(
    session: AsyncSession, cycle: TestCycle, executions: Iterable[Execution]
) -> tuple[PublicationView, ...]:
    subjects = [execution.id for execution in executions]
    if cycle.pull_request_id is not None:
        subjects.append(cycle.pull_request_id)
    mine = Publication.organization_id == cycle.organization_id, Publication.subject.in_(subjects)
    found = await session.scalars(select(Publication).where(*mine).order_by(Publication.id))
    return tuple(
        PublicationView(kind=each.kind, url=each.url, problem=each.problem, updated_at=each.updated_at)
        for each in found
    )


def _summary(cycle: TestCycle) -> dict[str, Any]:
    return {
        "cycle_id": cycle.id,
        "project_id": cycle.project_id,
        "suite": cycle.suite,
        "status": cycle.state,
        "ci_context": cycle.ci_context,
        "problem": cycle.problem or cycle.refusal,
        "created_at": cycle.created_at,
        "finished_at": cycle.finished_at,
    }


def _attempt(execution: Execution) -> dict[str, Any]:
    return {
        "task_id": execution.id,
        "attempt": execution.attempt,
        "status": execution.state,
        "counts": execution.counts,
        "exit_code": execution.exit_code,
        "problem": execution.problem,
        "notes": execution.notes,
        "requested_by": execution.requested_by,
        "created_at": execution.created_at,
        "started_at": execution.started_at,
        "finished_at": execution.finished_at,
    }
