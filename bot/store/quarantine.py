"""Queries on what people and rules decided about failures."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState
from bot.store.models import IgnoredFinding, PullRequest, Quarantined, Repository, TestCycle


async def quarantined(session: AsyncSession, repository_id: str, at: datetime) -> Sequence[Quarantined]:
    """Gives what is in quarantine at a time, the newest first."""
    rows = await session.scalars(
        select(Quarantined)
        .where(
            Quarantined.repository_id == repository_id,
            Quarantined.ended_at.is_(None),
            or_(Quarantined.until.is_(None), Quarantined.until > at),
        )
        .order_by(Quarantined.id.desc())
    )
    return rows.all()


async def add_quarantined(
    session: AsyncSession,
    repository: Repository,
    test: str,
    *,
    automatic: bool,
    by: str,
    reason: str,
    until: datetime | None,
) -> Quarantined:
    """Puts a test, or a pattern of tests, into quarantine."""
    row = Quarantined(
        organization_id=repository.organization_id,
        repository_id=repository.id,
        test=test,
        automatic=automatic,
        by=by,
        reason=reason,
        until=until,
        ended_by="",
    )
    session.add(row)
    await session.flush()
    return row


async def ignored_causes(session: AsyncSession, pull_request_id: str) -> Mapping[str, str]:
    """Gives who ignores which cause on a pull request, by fingerprint."""
    rows = await session.scalars(select(IgnoredFinding).where(IgnoredFinding.pull_request_id == pull_request_id))
    return {row.fingerprint: row.by for row in rows}


async def open_pull_requests(session: AsyncSession, repository_id: str) -> Sequence[PullRequest]:
    """Gives the open pull requests that we know of."""
    rows = await session.scalars(
        select(PullRequest).where(PullRequest.repository_id == repository_id, PullRequest.open).order_by(PullRequest.id)
    )
    return rows.all()


async def red_cycles(session: AsyncSession, repository_id: str) -> Sequence[TestCycle]:
    """Gives the cycles on the heads of a repository's open pull requests that ended red, excused or not."""
    rows = await session.scalars(
        select(TestCycle)
        .where(TestCycle.repository_id == repository_id, TestCycle.state.in_((CycleState.FAILED, CycleState.UNSTABLE)))
        .where(exists().where(*_HAS_HEAD))
        .order_by(TestCycle.id)
    )
    return rows.all()


async def pulls_of(session: AsyncSession, cycle: TestCycle) -> Sequence[PullRequest]:
    """Gives the open pull requests whose head a cycle ran on."""
    query = select(PullRequest).join(TestCycle, and_(*_HAS_HEAD)).where(TestCycle.id == cycle.id)
    return (await session.scalars(query.order_by(PullRequest.id))).all()


async def decisions(session: AsyncSession, repository_id: str, *, limit: int) -> Sequence[Quarantined]:
    """Gives what is or was in quarantine, the newest first."""
    query = select(Quarantined).where(Quarantined.repository_id == repository_id)
    return (await session.scalars(query.order_by(Quarantined.id.desc()).limit(limit))).all()


_HAS_HEAD = (
    PullRequest.open,
    PullRequest.repository_id == TestCycle.repository_id,
    PullRequest.head_sha == TestCycle.head_sha,
)
