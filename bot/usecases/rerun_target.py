"""What of a cycle is to run again, and what is said of it meanwhile."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.cycles import latest_execution
from bot.store.jobs import enqueue
from bot.store.models import Execution, TestCycle, TestResult
from bot.usecases.errors import Conflict
from bot.usecases.publishing import request_publication
from bot.usecases.services import Services

MOST_TESTS = 1_000
PATIENCE = timedelta(hours=1)
"""How long it is said that tests run again, if nothing more is heard of who was asked for that."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is wanted of a cycle: some tests, jobs by a pattern of their names, what failed, or all.

    `tests` are empty for all; `failed` tells that they are wanted because they failed.
    """

    failed: bool = False
    tests: tuple[str, ...] = ()
    jobs: str = ""


ALL = Target()


async def failed_tests(session: AsyncSession, execution: Execution) -> tuple[str, ...]:
    """Gives the tests that failed in an execution, each once, by its reports or else by its logs."""
    query = (
        select(TestResult.test)
        .where(TestResult.execution_id == execution.id, TestResult.status.in_(("failed", "errored")))
        .distinct()
    )
    found = (await session.scalars(query.order_by(TestResult.test).limit(MOST_TESTS))).all()
    return tuple(found or (execution.analysis or {}).get("failing_tests", ())[:MOST_TESTS])


async def note_asked(session: AsyncSession, services: Services, cycle: TestCycle, actor: str) -> None:
    """Notes that who ran a cycle is asked to run it again. Raises Conflict when that was done and not answered yet."""
    newest = await latest_execution(session, cycle.id)
    if cycle.asked_at is not None and newest.created_at < cycle.asked_at:
        raise Conflict("it was asked for already and has not begun yet")
    cycle.asked_at, cycle.asked_by, cycle.unasked = services.clock(), actor[:255], ""
    await request_publication(session, services, cycle)
    await enqueue(
        session,
        "forget_asked",
        {"cycle_id": cycle.id, "asked_at": cycle.asked_at.isoformat()},
        organization_id=cycle.organization_id,
        delay=PATIENCE,
        now=services.clock(),
    )


async def forget_asked(services: Services, cycle_id: str, asked_at: str, reason: str = "") -> None:
    """Ends the waiting for a run that was asked for; `reason` says why it will not come."""
    async with services.database.write() as session:
        cycle = await session.get(TestCycle, cycle_id, with_for_update=True)
        if cycle is None or cycle.asked_at is None or cycle.asked_at.isoformat() != asked_at:
            return
        if (await latest_execution(session, cycle.id)).created_at >= cycle.asked_at and not reason:
            return
        cycle.asked_at, cycle.unasked = None, reason
        await request_publication(session, services, cycle)
