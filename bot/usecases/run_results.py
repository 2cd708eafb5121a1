"""What was read of a CI run is kept as an execution, analysed as any other."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ci_values import read_web_address
from bot.domain.cycle import CycleState, step
from bot.domain.masking import mask
from bot.store.ci_runs import cycle_of, ensure_project
from bot.store.cycles import add_cycle, add_execution, latest_execution
from bot.store.models import CiRun, Execution, PullRequest, Repository, TestCycle
from bot.usecases.analyze_execution import end_execution
from bot.usecases.note_run import known_of
from bot.usecases.plan_reading import Plan
from bot.usecases.recall_history import recall_history
from bot.usecases.receive_results import enqueue_analysis, store_files
from bot.usecases.services import Services
from providers.runs import RunOutcome

_ENDS = {RunOutcome.PASSED: CycleState.PASSED, RunOutcome.CANCELLED: CycleState.CANCELLED}


@dataclass(frozen=True, slots=True)
class Results:
    """Packed files, what could not be had, and the names of the jobs that failed; all of it masked."""

    files: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


async def keep_results(services: Services, read: CiRun, plan: Plan, results: Results) -> None:
    """Adds an execution to the cycle of a run, which is made with the first; once for each attempt."""
    key = known_of(read).key
    async with services.database.write() as session:
        run = await session.get_one(CiRun, read.id, with_for_update=True)
        if run.read == key:
            return
        run.read, run.unread = key, ""
        cycle = await cycle_of(session, run)
        number = 1
        if cycle is None:
            cycle = await _add_cycle(session, run, plan.pull)
        else:
            last = await latest_execution(session, cycle.id)
            number = last.attempt + 1
            if CycleState(cycle.state).finished:
                cycle.state = step(CycleState(cycle.state), CycleState.PENDING)
            cycle.state = step(CycleState(cycle.state), CycleState.ANALYZING)
            cycle.finished_at = None
        asked = cycle.asked_by if cycle.asked_at is not None else ""
        cycle.asked_at, cycle.unasked = None, ""
        execution = add_execution(session, cycle, max(number, read.attempt), CycleState.ANALYZING, asked)
        execution.outcome = read.outcome
        execution.started_at, execution.finished_at = read.started_at, _end(read)
        execution.notes = "; ".join(results.notes)
        await session.flush()
        if results.files:
            store_files(session, execution, results.files)
            await enqueue_analysis(session, services, execution)
        else:
            await _end_at_once(session, services, cycle, execution, results)


async def _add_cycle(session: AsyncSession, run: CiRun, pull: PullRequest | None) -> TestCycle:
    repository = await session.get_one(Repository, run.repository_id)
    project = await ensure_project(session, repository)
    context = {
        "source": repository.provider,
        "repository": repository.path,
        "prNumber": pull.number if pull is not None else None,
        "commitSha": run.head_sha,
        "branch": mask(run.branch) or None,
        "runUrl": _address(run.url),
        "runner": repository.provider,
    }
    cycle = add_cycle(
        session,
        project,
        suite=mask(run.name),
        state=CycleState.ANALYZING,
        ci_context={name: value for name, value in context.items() if value is not None},
        request={},
    )
    cycle.ci_run_id, cycle.repository_id, cycle.head_sha = run.id, repository.id, run.head_sha
    cycle.pull_request_id = pull.id if pull is not None else None
    await session.flush()
    return cycle


async def _end_at_once(
    session: AsyncSession, services: Services, cycle: TestCycle, execution: Execution, results: Results
) -> None:
    """Without files the host's own word is all there is."""
    state = _ENDS.get(RunOutcome(execution.outcome), CycleState.ERROR)
    execution.analysis = None
    if state is CycleState.ERROR:
        jobs = f" in {', '.join(results.failed)}" if results.failed else ""
        reason = f": {execution.notes}" if execution.notes else ""
        execution.problem, execution.notes = f"the CI run failed{jobs}, and nothing of it can be read{reason}", ""
    await end_execution(session, services, cycle, execution, state)
    await recall_history(session, cycle)


def _end(run: CiRun) -> Any:
    end = run.host_updated_at
    return end if end is not None and (run.started_at is None or run.started_at <= end) else None


def _address(url: str) -> str | None:
    try:
        return read_web_address(url) if url else None
    except ValueError:
        return None
