"""Tests that our own testing nodes ran are run again: a new execution of the same cycle."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState, step
from bot.domain.selection import enough
from bot.store.cycles import add_execution, latest_execution
from bot.store.models import Repository, TestCycle
from bot.usecases.publishing import request_publication
from bot.usecases.rerun_target import Target
from bot.usecases.services import Services
from bot.usecases.start_cycle import enqueue_run


async def rerun_on_node(
    session: AsyncSession, services: Services, cycle: TestCycle, target: Target, actor: str
) -> None:
    """Adds an execution; too many tests to select are all tests."""
    last = await latest_execution(session, cycle.id)
    if cycle.ci_context and cycle.repository_id is not None:
        # Under a name that the repository had once there may be somebody else's by now.
        repository = await session.get_one(Repository, cycle.repository_id)
        cycle.ci_context = cycle.ci_context | {"repository": repository.path}
    cycle.state = step(CycleState(cycle.state), CycleState.PENDING)
    cycle.finished_at = None
    execution = add_execution(session, cycle, last.attempt + 1, CycleState.PENDING, actor)
    execution.selection = list(target.tests) if enough(target.tests) else []
    await session.flush()
    await enqueue_run(session, services, execution)
    await request_publication(session, services, cycle)
