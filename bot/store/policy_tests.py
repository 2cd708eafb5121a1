"""Queries on the test cycles that the policies of repositories had us start."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState
from bot.store.models import Execution, PullRequest, TestCycle

POLICY = "policy:tests"
"""Who wanted the first execution of such a cycle; clients and people have other prefixes."""


def by_policy() -> ColumnElement[bool]:
    """Tells the cycles that a policy had started from all others."""
    first = Execution.cycle_id == TestCycle.id, Execution.attempt == 1, Execution.requested_by == POLICY
    return exists().where(*first)


async def policy_cycle(
    session: AsyncSession, repository_id: str, pull_request_id: str | None, head_sha: str
) -> TestCycle | None:
    """Finds what a policy had started for a head, of a pull request or of a branch itself, and locks it."""
    query = select(TestCycle).where(
        TestCycle.repository_id == repository_id,
        TestCycle.pull_request_id == pull_request_id,
        TestCycle.head_sha == head_sha,
        by_policy(),
    )
    return await session.scalar(query.order_by(TestCycle.id.desc()).limit(1).with_for_update())


async def overtaken_cycles(session: AsyncSession, pull: PullRequest) -> Sequence[TestCycle]:
    """Gives those of earlier heads of a pull request that wait or run, locked in the order of their ids."""
    query = select(TestCycle).where(
        TestCycle.pull_request_id == pull.id,
        TestCycle.head_sha != pull.head_sha,
        TestCycle.state.in_((CycleState.PENDING, CycleState.RUNNING)),
        by_policy(),
    )
    return (await session.scalars(query.order_by(TestCycle.id).with_for_update())).all()
