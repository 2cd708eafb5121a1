"""Queries on the job table, which is the truth about what is still to be done.

A job is claimed under a token of its own, kept in `lease_owner`; whoever lost the lease can't settle the job any more.
`attempts` counts the runs that failed by themselves or took their worker with them; a run that a host's limit, a host's
outage or a shutdown ended is taken off again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.ids import new_id
from bot.store.models import Job, JobState

_NOTES = "queued_jobs"


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """What a runner is told of a job that waits; without `run_at` it is due."""

    id: str
    queue: str = "default"
    organization_id: str | None = None
    run_at: datetime | None = None


def _in_state(job: type[Job], state: JobState) -> ColumnElement[bool]:
    # Written into the statement: with a parameter neither database can use an index that is for one state only.
    return job.state == literal(state.value, literal_execute=True)


# Made once: building them takes longer than running them.
QUEUED = _in_state(Job, JobState.QUEUED)
RUNNING = _in_state(Job, JobState.RUNNING)
_DONE = _in_state(Job, JobState.DONE)
_OTHER = aliased(Job)
UNBLOCKED = or_(
    Job.exclusive_key.is_(None),
    ~select(_OTHER.id).where(_OTHER.exclusive_key == Job.exclusive_key, _in_state(_OTHER, JobState.RUNNING)).exists(),
)


def _held(job: Job) -> tuple[ColumnElement[bool], ...]:
    return (Job.id == job.id, RUNNING, Job.lease_owner == job.lease_owner)


def _note(session: AsyncSession, job: QueuedJob) -> None:
    session.info.setdefault(_NOTES, []).append(job)


def take_queued(session: AsyncSession) -> list[QueuedJob]:
    """Gives the jobs that this session has queued, once: for who wakes the runner after the commit."""
    noted: list[QueuedJob] = session.info.pop(_NOTES, [])
    return noted


async def enqueue(
    session: AsyncSession,
    function: str,
    arguments: dict[str, Any],
    *,
    queue: str = "default",
    organization_id: str | None = None,
    dedupe_key: str | None = None,
    exclusive_key: str | None = None,
    on_dead: str | None = None,
    labels: str | None = None,
    head_start: timedelta | None = None,
    delay: timedelta = timedelta(0),
    sooner: bool = False,
    now: datetime,
) -> str | None:
    """Writes a job in the caller's transaction; gives its id, or None when an equal one is queued already.

    The equal one keeps its arguments, and its time unless this one's is `sooner`; it runs after this transaction
    ends, so it sees what was written. `labels` and `head_start` are for queues that stand in line (`bot.store.line`).
    """
    dialect = session.get_bind().dialect.name
    if dialect == "postgresql":
        # Only there: it is 2 MB of memory.
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    job = QueuedJob(new_id(), queue, organization_id, now + delay)
    statement = insert(Job).values(
        id=job.id,
        organization_id=organization_id,
        queue=queue,
        function=function,
        arguments=arguments,
        dedupe_key=dedupe_key,
        exclusive_key=exclusive_key,
        on_dead=on_dead,
        labels=labels or None,
        run_at=job.run_at,
        turn_at=None if head_start is None else now + delay - head_start,
        created_at=now,
    )
    # Changes nothing but locks the equal one: were it claimed before we commit, it would not see our work.
    changed: dict[str, Any] = {"dedupe_key": statement.excluded.dedupe_key}
    if sooner:
        earlier = statement.excluded.run_at < Job.run_at
        changed["run_at"] = case((earlier, statement.excluded.run_at), else_=Job.run_at)
    statement = statement.on_conflict_do_update(index_elements=[Job.dedupe_key], index_where=QUEUED, set_=changed)
    found = (await session.scalars(statement.returning(Job.id))).one()
    if found != job.id:
        if sooner:
            _note(session, QueuedJob(found, queue, organization_id, job.run_at))
        return None
    _note(session, job)
    return job.id


async def claim(session: AsyncSession, job_id: str, *, token: str, lease: timedelta, now: datetime) -> Job | None:
    """Makes a due job ours. Gives None when it is not to be had; raises IntegrityError when its key was just taken."""
    return await session.scalar(
        update(Job)
        .where(Job.id == job_id, QUEUED, Job.run_at <= now, UNBLOCKED)
        .values(state=JobState.RUNNING, lease_owner=token, lease_until=now + lease, attempts=Job.attempts + 1)
        .returning(Job)
    )


async def renew(session: AsyncSession, job: Job, *, lease_until: datetime) -> bool:
    """Keeps a job ours; False when it is not ours any more."""
    statement = update(Job).where(*_held(job)).values(lease_until=lease_until).returning(Job.id)
    return await session.scalar(statement) is not None


async def finish(session: AsyncSession, job: Job, state: JobState, *, error: str = "", now: datetime) -> bool:
    """Ends a job of ours as done or dead; False when it is not ours any more.

    A dead one queues what it left for that case, in the same transaction.
    """
    statement = (
        update(Job)
        .where(*_held(job))
        .values(state=state, error=error, finished_at=now, lease_owner=None, lease_until=None)
        .returning(Job.id)
    )
    if await session.scalar(statement) is None:
        return False
    if state is JobState.DEAD and job.on_dead:
        arguments = {**job.arguments, "reason": error}
        await enqueue(
            session,
            job.on_dead,
            arguments,
            organization_id=job.organization_id,
            dedupe_key=f"dead:{job.id}",
            now=now,
        )
    return True


async def put_back(
    session: AsyncSession,
    job: Job,
    *,
    run_at: datetime,
    counted: bool,
    first_failed_at: datetime | None = None,
    error: str = "",
    now: datetime,
) -> bool:
    """Queues a job of ours again; False when it is not ours any more.

    It ends as done when an equal one was queued while it ran: that one does its work.
    """
    statement = (
        update(Job)
        .where(*_held(job))
        .values(
            state=JobState.QUEUED,
            run_at=run_at,
            attempts=Job.attempts if counted else Job.attempts - 1,
            first_failed_at=first_failed_at,
            error=error,
            lease_owner=None,
            lease_until=None,
        )
        .returning(Job.id)
    )
    try:
        async with session.begin_nested():
            found = await session.scalar(statement)
    except IntegrityError:
        return await finish(session, job, JobState.DONE, error="superseded by an equal job", now=now)
    if found is not None:
        _note(session, QueuedJob(job.id, job.queue, job.organization_id, run_at))
    return found is not None


def _waiting(*conditions: ColumnElement[bool], now: datetime, limit: int) -> Select[str, str, str | None, datetime]:
    return (
        select(Job.id, Job.queue, Job.organization_id, Job.run_at)
        .where(*conditions, QUEUED, Job.run_at <= now, UNBLOCKED)
        .order_by(Job.run_at)
        .limit(limit)
    )


async def due(
    session: AsyncSession, queue: str, *, now: datetime, limit: int, without: Collection[str] = ()
) -> list[QueuedJob]:
    """Lists jobs that could start now, the longest waiting first, but for those of some organizations."""
    conditions = [Job.queue == queue]
    if without:
        conditions.append(Job.organization_id.is_(None) | Job.organization_id.not_in(without))
    return [QueuedJob(*row) for row in await session.execute(_waiting(*conditions, now=now, limit=limit))]


async def overdue(session: AsyncSession, queue: str, *, before: datetime, each: int, limit: int) -> list[QueuedJob]:
    """Lists jobs that should have started by `before`, at most `each` an organization: none hides the others."""
    place = func.row_number().over(partition_by=Job.organization_id, order_by=Job.run_at).label("place")
    ranked = (
        select(Job.id, Job.queue, Job.organization_id, Job.run_at, place)
        .where(Job.queue == queue, QUEUED, Job.run_at <= before, UNBLOCKED)
        .subquery()
    )
    columns = (ranked.c.id, ranked.c.queue, ranked.c.organization_id, ranked.c.run_at)
    statement = select(*columns).where(ranked.c.place <= each).order_by(ranked.c.run_at).limit(limit)
    return [QueuedJob(*row) for row in await session.execute(statement)]


async def next_run_at(session: AsyncSession, queue: str, *, now: datetime) -> datetime | None:
    """Gives the time when the next job of a queue becomes due."""
    return await session.scalar(select(func.min(Job.run_at)).where(Job.queue == queue, QUEUED, Job.run_at > now))


async def heirs(session: AsyncSession, job: Job, *, of_organization: bool, now: datetime) -> list[QueuedJob]:
    """Lists who may start now that a job has ended: next in line for its key and, if asked for, of its organization."""
    lines = []
    if job.exclusive_key is not None:
        lines.append([Job.exclusive_key == job.exclusive_key])
    if of_organization:
        lines.append([Job.organization_id == job.organization_id, Job.queue == job.queue])
    rows = [row for line in lines for row in await session.execute(_waiting(*line, now=now, limit=1))]
    return [QueuedJob(*row) for row in dict.fromkeys(rows)]


def _lapsed(queues: Collection[str], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Job.queue.in_(queues), RUNNING, Job.lease_until < now)


async def any_abandoned(session: AsyncSession, queues: Collection[str], *, now: datetime) -> bool:
    """Tells whether the lease of a running job is over."""
    return await session.scalar(select(Job.id).where(*_lapsed(queues, now)).limit(1)) is not None


async def abandoned(session: AsyncSession, queues: Collection[str], *, now: datetime) -> Sequence[Job]:
    """Lists running jobs whose lease is over, locked for the caller's transaction where the database can do that."""
    statement = select(Job).where(*_lapsed(queues, now)).with_for_update(skip_locked=True)
    return (await session.scalars(statement)).all()


async def purge(session: AsyncSession, queues: Collection[str], *, before: datetime) -> None:
    """Deletes jobs that were done before a time; the dead stay until somebody looks at them."""
    # What is finished was due earlier still, and `run_at` is what the index knows.
    await session.execute(
        delete(Job).where(Job.queue.in_(queues), _DONE, Job.run_at < before, Job.finished_at < before)
    )


class NotDead(Exception):
    """Only a dead job can be queued again; the message says what it is instead."""


async def revive(session: AsyncSession, job_id: str, *, now: datetime) -> None:
    """Queues a dead job again as if it were new. Raises NotDead, and LookupError when there is no such job."""
    job = await session.get(Job, job_id)
    if job is None:
        raise LookupError(f"there is no job {job_id}")
    if job.state != JobState.DEAD:
        raise NotDead(f"job {job_id} is {job.state}, not dead")
    try:
        async with session.begin_nested():
            job.state, job.run_at, job.attempts, job.error = JobState.QUEUED, now, 0, ""
            job.first_failed_at = job.finished_at = None
            await session.flush()
    except IntegrityError:
        raise NotDead(f"a job equal to {job_id} is queued already") from None
    _note(session, QueuedJob(job.id, job.queue, job.organization_id, now))
