"""How jobs stand in line for testing nodes.

Each organization has a line of its own, by `turn_at`; of the first ones of all lines goes first whose organization has
the fewest running. So no organization keeps another one waiting for long, however much it has queued.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.labels import parts
from bot.store.jobs import QUEUED, RUNNING, UNBLOCKED, QueuedJob
from bot.store.models import Job, Organization

_TURN = func.coalesce(Job.turn_at, Job.run_at)


@dataclass(frozen=True, slots=True)
class Line:
    """How one node takes jobs of a queue: those that want no label it does not have.

    `organization_jobs` of one organization run at a time, on all nodes together.
    """

    labels: frozenset[str]
    organization_jobs: int

    async def due(
        self, session: AsyncSession, queue: str, *, now: datetime, limit: int, without: Collection[str] = ()
    ) -> list[QueuedJob]:
        """Lists jobs that could start here now, the next one first, but for those of some organizations."""
        served = [wanted for wanted in await wanted_labels(session, queue) if parts(wanted) <= self.labels]
        conditions = [_wants(served), Job.run_at <= now, UNBLOCKED]
        if without:
            conditions.append(Job.organization_id.is_(None) | Job.organization_id.not_in(without))
        line = _ranked(queue, *conditions)
        statement = (
            select(line.c.id, line.c.queue, line.c.organization_id, line.c.run_at)
            .where(line.c.organization_id.is_(None) | (line.c.share <= self.organization_jobs))
            .order_by(line.c.share, line.c.turn, line.c.id)
            .limit(limit)
        )
        return [QueuedJob(*row) for row in await session.execute(statement)]

    async def may_start(self, session: AsyncSession, job_id: str) -> bool:
        """Tells whether a job may start here, in the transaction that claims it."""
        row = (
            await session.execute(select(Job.labels, Job.organization_id, Job.queue).where(Job.id == job_id, QUEUED))
        ).one_or_none()
        if row is None or not parts(row.labels or "") <= self.labels:
            return False
        if row.organization_id is None:
            return True
        # Two nodes that claim for one organization at once must not both find the last place free.
        mine = select(Organization.id).where(Organization.id == row.organization_id)
        await session.execute(mine.with_for_update(key_share=True))
        running = await session.scalar(
            select(func.count())
            .select_from(Job)
            .where(Job.queue == row.queue, RUNNING, Job.organization_id == row.organization_id)
        )
        return (running or 0) < self.organization_jobs


async def wanted_labels(session: AsyncSession, queue: str) -> list[str]:
    """Gives the sets of labels that jobs in line want, each once."""
    found = await session.scalars(select(Job.labels).where(Job.queue == queue, QUEUED).distinct())
    return [labels or "" for labels in found]


async def queued_job(session: AsyncSession, dedupe_key: str) -> Job | None:
    """Finds the job that waits under a key."""
    return await session.scalar(select(Job).where(Job.dedupe_key == dedupe_key, QUEUED))


async def position(session: AsyncSession, job: Job, rivals: Iterable[str]) -> int | None:
    """Gives the place in line of a job that waits, from 1, among those that want one of some sets of labels."""
    line = _ranked(job.queue, _wants({*rivals, job.labels or ""}))
    place = func.row_number().over(order_by=(line.c.share, line.c.turn, line.c.id)).label("place")
    places = select(line.c.id, place).subquery()
    return await session.scalar(select(places.c.place).where(places.c.id == job.id))


def _wants(labels: Collection[str]) -> ColumnElement[bool]:
    return func.coalesce(Job.labels, "").in_(labels)


def _ranked(queue: str, *conditions: ColumnElement[bool]) -> Subquery:
    """Jobs that wait, with their `turn` and their `share`: how many of their organization run or go before, and it."""
    running = (
        select(Job.organization_id, func.count().label("count"))
        .where(Job.queue == queue, RUNNING)
        .group_by(Job.organization_id)
        .subquery()
    )
    nth = func.row_number().over(partition_by=Job.organization_id, order_by=(_TURN, Job.id))
    return (
        select(
            Job.id,
            Job.queue,
            Job.organization_id,
            Job.run_at,
            _TURN.label("turn"),
            (nth + func.coalesce(running.c.count, 0)).label("share"),
        )
        .outerjoin(running, running.c.organization_id == Job.organization_id)
        .where(Job.queue == queue, QUEUED, *conditions)
        .subquery()
    )
