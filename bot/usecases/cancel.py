"""What is no longer wanted is stopped."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState, step
from bot.store.cycles import find_cycle, latest_execution
from bot.store.hosting import audit
from bot.store.models import Repository, TestCycle
from bot.store.reruns import newest_cycles_on, open_runs_on
from bot.usecases.agnox.queueing import stop_forwarded
from bot.usecases.caller import Caller
from bot.usecases.errors import Conflict, Missing
from bot.usecases.publishing import request_publication
from bot.usecases.rerun_run import cancel_by_host
from bot.usecases.services import Services
from bot.usecases.start_cycle import StartedCycle


async def cancel_cycle(services: Services, caller: Caller, cycle_id: str) -> StartedCycle:
    """Stops an open cycle; the testing node notices within seconds. Raises Missing, and Conflict when it has ended."""
    async with services.database.write() as session:
        cycle = await find_cycle(session, caller.organization_id, cycle_id, lock=True)
        if cycle is None or caller.project_id not in (None, cycle.project_id):
            raise Missing(f"there is no cycle {cycle_id[:64]}")
        if CycleState(cycle.state).finished:
            raise Conflict(f"the cycle is {cycle.state}: there is nothing left to stop")
        by = caller.key_name or "an API key"
        execution_id = await _cancel(session, services, cycle, f"apikey:{caller.key_name}", by)
    return StartedCycle.of(services, cycle, execution_id)


async def cancel_head(
    session: AsyncSession, services: Services, repository: Repository, number: int, head_sha: str, actor: str
) -> tuple[str, ...]:
    """Stops what runs on a head: cycles of ours in the caller's transaction, the host's CI runs by the host, soon.

    Gives their names. What has ended and is only being analysed goes on.
    """
    stopped = []
    for cycle in await newest_cycles_on(session, repository, number, head_sha):
        if CycleState(cycle.state).finished or not cycle.request:
            continue
        await _cancel(session, services, cycle, actor, actor.partition(":")[2] or actor)
        stopped.append(cycle.suite)
    for run in await open_runs_on(session, repository, number, head_sha):
        await cancel_by_host(session, services, run)
        audit(session, repository.organization_id, actor, "run.cancelled", f"{repository.path} {run.external_id}")
        stopped.append(run.name)
    return tuple(stopped)


async def _cancel(session: AsyncSession, services: Services, cycle: TestCycle, actor: str, by: str) -> str:
    execution = await latest_execution(session, cycle.id)
    cycle.state = execution.state = step(CycleState(cycle.state), CycleState.CANCELLED)
    cycle.finished_at = execution.finished_at = services.clock()
    execution.problem = f"cancelled by {by}"
    await stop_forwarded(session, services, execution)
    await request_publication(session, services, cycle)
    audit(session, cycle.organization_id, actor, "cycle.cancelled", cycle.id)
    return execution.id
