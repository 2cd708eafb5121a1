"""What was decided about tests changes the verdict of heads that failed of them, without another run."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.excuses import Quarantine
from bot.store.cycles import latest_execution
from bot.store.jobs import enqueue
from bot.store.models import Execution, Repository, TestCycle
from bot.store.quarantine import pulls_of, red_cycles
from bot.usecases.excuse_failures import judge_cycle
from bot.usecases.publishing import request_report
from bot.usecases.services import Services


async def request_telling(
    session: AsyncSession,
    services: Services,
    repository: Repository,
    tests: Sequence[str],
    until: datetime | None = None,
) -> None:
    """Has the open pull requests that failed of these tests told anew: now, and when the decision ends."""
    now = services.clock()
    for at in (now, until):
        if at is not None and tests:
            await enqueue(
                session,
                "tell_excused",
                {"repository_id": repository.id, "tests": list(tests)},
                organization_id=repository.organization_id,
                delay=at - now,
                now=now,
            )


async def tell_excused(services: Services, repository_id: str, tests: list[str]) -> None:
    """Judges the heads of a repository's open pull requests again that failed of these tests or patterns."""
    named = [Quarantine(test) for test in tests]
    async with services.database.read() as session:
        found = [
            cycle.id for cycle in await red_cycles(session, repository_id) if await _failed_of(session, cycle, named)
        ]
    for cycle_id in found:
        async with services.database.write() as session:
            cycle = await session.get_one(TestCycle, cycle_id, with_for_update=True)
            await judge_cycle(session, services, cycle)
            for pull in await pulls_of(session, cycle):
                await request_report(session, services, pull.organization_id, pull.id)


async def _failed_of(session: AsyncSession, cycle: TestCycle, named: Sequence[Quarantine]) -> bool:
    execution: Execution = await latest_execution(session, cycle.id)
    findings = (execution.analysis or {}).get("findings", ())
    return any(each.names(test) for found in findings for test in found["tests"] for each in named)
