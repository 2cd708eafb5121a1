"""Queries on what stands on git hosts, and on what should."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Execution, Publication, TestCycle

MOST = 200
"""Executions that are looked at in one publishing, the newest."""


@dataclass(frozen=True, slots=True)
class Told:
    """An execution with its cycle."""

    cycle: TestCycle
    execution: Execution


async def executions_of(
    session: AsyncSession, *, pull_request_id: str | None, repository_id: str, head_sha: str
) -> Sequence[Told]:
    """Gives the executions to be told, oldest first: all of the head, and the unsettled ones of older heads."""
    query = select(TestCycle, Execution).join(Execution, Execution.cycle_id == TestCycle.id)
    query = query.where(TestCycle.repository_id == repository_id)
    if pull_request_id is not None:
        settled = exists().where(Publication.subject == Execution.id, Publication.settled)
        query = query.where(
            TestCycle.pull_request_id == pull_request_id, or_(TestCycle.head_sha == head_sha, not_(settled))
        )
    else:
        query = query.where(TestCycle.pull_request_id.is_(None), TestCycle.head_sha == head_sha)
    rows = (await session.execute(query.order_by(TestCycle.id.desc(), Execution.attempt.desc()).limit(MOST))).all()
    return [Told(cycle, execution) for cycle, execution in reversed(rows)]


async def find_publication(session: AsyncSession, subject: str, kind: str) -> Publication | None:
    return await session.scalar(select(Publication).where(Publication.subject == subject, Publication.kind == kind))


async def open_publication(session: AsyncSession, organization_id: str, subject: str, kind: str) -> Publication:
    """Notes that a write is about to be made; the row that comes back still shows how the last one ended."""
    row = await find_publication(session, subject, kind)
    if row is None:
        row = Publication(organization_id=organization_id, subject=subject, kind=kind, writing=False)
        session.add(row)
        await session.flush()
    return row
