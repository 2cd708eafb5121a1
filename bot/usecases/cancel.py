"""A cycle that is no longer wanted is stopped."""

from bot.domain.cycle import CycleState, step
from bot.store.cycles import find_cycle, latest_execution
from bot.store.hosting import audit
from bot.usecases.caller import Caller
from bot.usecases.errors import Conflict, Missing
from bot.usecases.publishing import request_publication
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
        execution = await latest_execution(session, cycle.id)
        cycle.state = execution.state = step(CycleState(cycle.state), CycleState.CANCELLED)
        cycle.finished_at = execution.finished_at = services.clock()
        execution.problem = f"cancelled by {caller.key_name or 'an API key'}"
        await request_publication(session, services, cycle)
        audit(session, cycle.organization_id, f"apikey:{caller.key_name}", "cycle.cancelled", cycle.id)
    return StartedCycle(cycle.id, execution.id, cycle.state)
