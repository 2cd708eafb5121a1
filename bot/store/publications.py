"""Queries on what stands on git hosts, and on what should."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Execution, Project, Publication, TestCycle

MOST = 200
"""Executions that are looked at in one publishing, the newest."""


@dataclass(frozen=True, slots=True)
class Told:
    """An execution with its cycle; `settled` when its final verdict stands on the host.

    `hooked` tells that the runner of its project can be told to run tests again.
    """

    cycle: TestCycle
    execution: Execution
    settled: bool
    hooked: bool = False


async def executions_of(
    session: AsyncSession, *, pull_request_id: str | None, repository_id: str, head_sha: str
) -> Sequence[Told]:
    """Gives the executions to be told, oldest first: all of the head, and the unsettled ones of older heads."""
    settled = exists().where(Publication.subject == Execution.id, Publication.settled)
    query = (
        select(TestCycle, Execution, settled, Project.rerun_url != "")
        .join(Execution, Execution.cycle_id == TestCycle.id)
        .join(Project, Project.id == TestCycle.project_id)
        .where(TestCycle.repository_id == repository_id)
    )
    if pull_request_id is not None:
        here, read = TestCycle.head_sha == head_sha, TestCycle.ci_run_id.is_not(None)
        # What a host's CI said of a head is said of each pull request that has it.
        of_pull = and_(TestCycle.pull_request_id == pull_request_id, or_(here, not_(settled)))
        query = query.where(or_(of_pull, and_(here, read)))
    else:
        query = query.where(TestCycle.pull_request_id.is_(None), TestCycle.head_sha == head_sha)
    rows = (await session.execute(query.order_by(TestCycle.id.desc(), Execution.attempt.desc()).limit(MOST))).all()
    return [Told(*row) for row in reversed(rows)]


async def suites_of(session: AsyncSession, pull_request_id: str) -> Sequence[str]:
    """Names the suites that ran on a pull request, on any of its heads."""
    query = select(TestCycle.suite).where(TestCycle.pull_request_id == pull_request_id).distinct().limit(MOST)
    return sorted(await session.scalars(query))


def subject_for(execution_id: str, pull_request_id: str) -> str:
    """Names what is said of an execution on the page of one pull request besides the one that it ran for."""
    return f"{execution_id}:{hashlib.sha256(pull_request_id.encode()).hexdigest()[:24]}"


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


async def untold_cycles(session: AsyncSession, organization_id: str, *, since: datetime) -> Sequence[TestCycle]:
    """Gives the recent cycles of an organization that have a problem on their host, oldest first."""
    rows = await session.scalars(
        select(TestCycle)
        .where(
            TestCycle.organization_id == organization_id,
            TestCycle.created_at > since,
            or_(TestCycle.problem != "", TestCycle.refusal != ""),
        )
        .order_by(TestCycle.id)
        .limit(MOST)
    )
    return rows.all()


async def doubt_places(session: AsyncSession, pull_request_id: str, head_sha: str) -> bool:
    """Has the statuses on a head looked at again, whether they stand where they belong; tells if there are any."""
    mine = (
        select(Execution.id)
        .join(TestCycle, TestCycle.id == Execution.cycle_id)
        .where(TestCycle.pull_request_id == pull_request_id, TestCycle.head_sha == head_sha)
    )
    found = await session.scalars(
        update(Publication)
        .where(Publication.kind == "status", Publication.subject.in_(mine))
        .values(writing=True)
        .returning(Publication.id)
    )
    return bool(found.all())


async def forget_refusals(session: AsyncSession, cycle_id: str) -> None:
    """Has what a host refused of a cycle tried again."""
    executions = await session.scalars(select(Execution.id).where(Execution.cycle_id == cycle_id))
    pull = await session.scalar(select(TestCycle.pull_request_id).where(TestCycle.id == cycle_id))
    subjects = [*executions, *([pull] if pull else [])]
    # Some speak of a part of it, named behind a colon.
    parts = [Publication.subject.startswith(f"{each}:", autoescape=True) for each in subjects]
    await session.execute(
        update(Publication)
        .where(Publication.problem != "", or_(Publication.subject.in_(subjects), *parts))
        .values(problem="", content_hash="", settled=False)
    )
