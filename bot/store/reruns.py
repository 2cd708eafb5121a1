"""Queries on what could run again on a head."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import CiRun, PullRequest, Repository, TestCycle


async def newest_cycles_on(
    session: AsyncSession, repository: Repository, number: int | None, head_sha: str
) -> Sequence[TestCycle]:
    """Gives the newest cycle of each suite on a head, locked in the order of their ids.

    With a number only those of that pull request, and those of the host's CI: they are for all that have the head.
    """
    newest = select(func.max(TestCycle.id)).where(*_on(repository, head_sha))
    if number is not None:
        pulls = select(PullRequest.id).where(PullRequest.repository_id == repository.id, PullRequest.number == number)
        newest = newest.where(or_(TestCycle.pull_request_id.in_(pulls), TestCycle.ci_run_id.is_not(None)))
    query = select(TestCycle).where(TestCycle.id.in_(newest.group_by(TestCycle.suite))).order_by(TestCycle.id)
    return (await session.scalars(query.with_for_update())).all()


async def open_runs_on(session: AsyncSession, repository: Repository, number: int, head_sha: str) -> Sequence[CiRun]:
    """Gives the runs of the host's CI on a head that have not ended.

    While it is not known which head a run built, it counts by its commit, or by its pull request.
    """
    pulls = select(PullRequest.id).where(PullRequest.repository_id == repository.id, PullRequest.number == number)
    unplaced = and_(CiRun.head_sha == "", or_(CiRun.sha == head_sha, CiRun.pull_request_id.in_(pulls)))
    query = select(CiRun).where(
        CiRun.organization_id == repository.organization_id,
        CiRun.repository_id == repository.id,
        or_(CiRun.head_sha == head_sha, unplaced),
        CiRun.state != "ended",
    )
    return (await session.scalars(query.order_by(CiRun.id))).all()


def _on(repository: Repository, head_sha: str) -> tuple[ColumnElement[bool], ...]:
    return (
        TestCycle.organization_id == repository.organization_id,
        TestCycle.repository_id == repository.id,
        TestCycle.head_sha == head_sha,
    )
