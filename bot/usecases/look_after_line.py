"""Nobody waits for a testing node that never comes."""

from datetime import timedelta

from bot.domain.cycle import CycleState
from bot.store.models import Execution, TestCycle
from bot.usecases.analyze_execution import end_execution
from bot.usecases.publishing import request_publication
from bot.usecases.services import Services
from bot.usecases.wait_in_line import waiting, watch_line

PATIENCE = timedelta(hours=1)
"""How long a node with the right labels is waited for."""
LOOK_AGAIN = timedelta(minutes=2)


async def look_after_line(services: Services, execution_id: str) -> None:
    """Says on an execution that waits that no node can take it, and ends it when that has been so for too long."""
    async with services.database.write() as session:
        execution = await session.get(Execution, execution_id)
        if execution is None:
            return
        cycle = await session.get_one(TestCycle, execution.cycle_id, with_for_update=True)
        await session.refresh(execution)
        if execution.state != CycleState.PENDING:
            return
        reason = (await waiting(session, services, execution)).reason
        now = services.clock()
        if reason and now - execution.created_at >= PATIENCE:
            execution.problem = f"{reason}; it was waited for {PATIENCE.seconds // 60} minutes"
            await end_execution(session, services, cycle, execution, CycleState.ERROR)
            return
        if execution.problem != reason:
            execution.problem = reason
            await request_publication(session, services, cycle)
        await watch_line(session, services, execution, delay=LOOK_AGAIN)
