"""Tests are run once more: a new execution of the same cycle."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState, step
from bot.store.commands import newest_cycles
from bot.store.cycles import add_execution, find_cycle, find_execution, latest_execution
from bot.store.hosting import audit, find_installation
from bot.store.models import Execution, Repository, TestCycle
from bot.usecases.caller import Caller
from bot.usecases.errors import Conflict, Missing
from bot.usecases.publishing import request_publication
from bot.usecases.router import Router
from bot.usecases.services import Services
from bot.usecases.start_cycle import StartedCycle, enqueue_run
from providers.events import RerunRequested
from providers.report import RERUN_ALL

router = Router()


@dataclass(frozen=True, slots=True)
class RerunHead:
    """The suites of a head that run again, and for each of the others why it does not."""

    started: tuple[str, ...]
    refused: tuple[str, ...]


async def rerun_cycle(services: Services, caller: Caller, cycle_id: str) -> StartedCycle:
    """Adds an execution to a finished cycle. Raises Missing, and Conflict while it runs or when we can't run it."""
    async with services.database.write() as session:
        cycle = await find_cycle(session, caller.organization_id, cycle_id, lock=True)
        if cycle is None or caller.project_id not in (None, cycle.project_id):
            raise Missing(f"there is no cycle {cycle_id[:64]}")
        execution = await _rerun(session, services, cycle, f"apikey:{caller.key_name}")
    return StartedCycle(cycle.id, execution.id, cycle.state)


@router.on(RerunRequested)
async def rerun_requested(services: Services, provider: str, event: RerunRequested) -> str:
    """Somebody with write access pressed a re-run button; the check's key is the execution that it showed."""
    if event.action not in ("", RERUN_ALL.identifier):
        return f"there is no button {event.action!r}"
    async with services.database.write() as session:
        installation = await find_installation(session, provider, event.installation)
        if installation is None or not installation.active:
            return f"installation {event.installation} is not active"
        shown = await find_execution(session, installation.organization_id, event.key)
        if shown is None:
            return "the check is not of this instance"
        cycle = await session.get_one(TestCycle, shown.cycle_id, with_for_update=True)
        if (await latest_execution(session, cycle.id)).id != shown.id:
            # Also when this very press was answered before a crash and is read once more.
            return "the check is not of the newest execution"
        try:
            execution = await _rerun(session, services, cycle, f"{provider}:{event.sender.login}")
        except Conflict as refusal:
            return str(refusal)
    return f"execution {execution.attempt} of cycle {cycle.id} added"


async def rerun_head(
    session: AsyncSession, services: Services, repository: Repository, number: int, head_sha: str, actor: str
) -> RerunHead:
    """Adds an execution to the newest cycle of each suite on a head of a pull request, in the caller's transaction."""
    started, refused = [], []
    for cycle in await newest_cycles(session, repository.organization_id, repository.id, number, head_sha):
        try:
            await _rerun(session, services, cycle, actor)
        except Conflict as refusal:
            refused.append(f"{cycle.suite}: {refusal}")
        else:
            started.append(cycle.suite)
    return RerunHead(tuple(started), tuple(refused))


async def _rerun(session: AsyncSession, services: Services, cycle: TestCycle, actor: str) -> Execution:
    if not CycleState(cycle.state).finished:
        raise Conflict(f"the cycle is {cycle.state}: wait for its end or cancel it first")
    if not cycle.request:
        raise Conflict("the tests were run by your CI: run them again there")
    last = await latest_execution(session, cycle.id)
    cycle.state = step(CycleState(cycle.state), CycleState.PENDING)
    cycle.finished_at = None
    execution = add_execution(session, cycle, last.attempt + 1, CycleState.PENDING, actor)
    await session.flush()
    await enqueue_run(session, services, execution)
    await request_publication(session, services, cycle)
    audit(session, cycle.organization_id, actor, "cycle.rerun", cycle.id)
    return execution
