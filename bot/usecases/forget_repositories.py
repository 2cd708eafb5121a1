"""What was kept of repositories goes when the access to them was taken away for good."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState, step
from bot.store.cycles import latest_execution
from bot.store.hosting import audit
from bot.store.jobs import enqueue
from bot.store.models import (
    CiRun,
    CommentCommand,
    Execution,
    Installation,
    MergeGroup,
    Publication,
    PullRequest,
    Quarantined,
    Repository,
    TestCycle,
)
from bot.usecases.services import Services

GRACE = timedelta(days=1)
"""Who installs the app again within this time finds everything as it was."""
_BATCH = 20
"""Cycles of one transaction: their logs may be large."""


async def stop_work(session: AsyncSession, services: Services, installation: Installation) -> None:
    """Cancels what is still open on the repositories that an installation no longer covers, and has them forgotten."""
    removed = select(Repository.id).where(
        Repository.installation_id == installation.id, Repository.removed_at.is_not(None)
    )
    open_states = [state for state in CycleState if not state.finished]
    query = select(TestCycle).where(TestCycle.repository_id.in_(removed), TestCycle.state.in_(open_states))
    for cycle in await session.scalars(query.order_by(TestCycle.id).with_for_update()):
        execution = await latest_execution(session, cycle.id)
        cycle.state = execution.state = step(CycleState(cycle.state), CycleState.CANCELLED)
        cycle.finished_at = execution.finished_at = services.clock()
        execution.problem = f"the access to its repository on {installation.provider} was taken away"
        audit(
            session,
            cycle.organization_id,
            f"{installation.provider}:{installation.account}",
            "cycle.cancelled",
            cycle.id,
        )
    await _enqueue(session, services, installation, GRACE)


async def forget_repositories(services: Services, installation_id: str) -> None:
    """Deletes what is kept of the repositories that have been out of reach for the whole grace."""
    before = services.clock() - GRACE
    async with services.database.read() as session:
        gone = select(Repository).where(Repository.installation_id == installation_id, Repository.removed_at <= before)
        repositories = (await session.scalars(gone)).all()
    for repository in repositories:
        while await _forget_some(services, repository.id):
            pass
        async with services.database.write() as session:
            for table in (CiRun, MergeGroup, Quarantined, CommentCommand):
                await session.execute(delete(table).where(table.repository_id == repository.id))
            pulls = select(PullRequest.id).where(PullRequest.repository_id == repository.id)
            await session.execute(delete(Publication).where(Publication.subject.in_(pulls)))
            await session.execute(delete(PullRequest).where(PullRequest.repository_id == repository.id))
            audit(session, repository.organization_id, "agnox", "repository.forgotten", repository.path)
    await _come_back(services, installation_id, before)


async def _come_back(services: Services, installation_id: str, before: datetime) -> None:
    """Sees to what was taken away later, while this job was waiting already."""
    later = select(func.min(Repository.removed_at)).where(
        Repository.installation_id == installation_id, Repository.removed_at > before
    )
    async with services.database.write() as session:
        removed_at = await session.scalar(later)
        if removed_at is not None:
            installation = await session.get_one(Installation, installation_id)
            await _enqueue(session, services, installation, removed_at - before)


async def _enqueue(session: AsyncSession, services: Services, installation: Installation, delay: timedelta) -> None:
    await enqueue(
        session,
        "forget_repositories",
        {"installation_id": installation.id},
        organization_id=installation.organization_id,
        dedupe_key=f"forget:{installation.id}",
        exclusive_key=f"forget:{installation.id}",
        delay=delay,
        now=services.clock(),
    )


async def _forget_some(services: Services, repository_id: str) -> bool:
    """Deletes some cycles with all that hangs on them; False when there are none left."""
    async with services.database.write() as session:
        some = select(TestCycle.id).where(TestCycle.repository_id == repository_id).limit(_BATCH)
        ids = (await session.scalars(some)).all()
        if not ids:
            return False
        executions = select(Execution.id).where(Execution.cycle_id.in_(ids))
        await session.execute(delete(Publication).where(Publication.subject.in_(executions)))
        await session.execute(delete(TestCycle).where(TestCycle.id.in_(ids)))
    return True
