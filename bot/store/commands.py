"""Queries on what people ask of us in comments, and on what they ask it for."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import CommentCommand, PullRequest, Repository, TestCycle


async def find_command(
    session: AsyncSession, repository_id: str, number: int, comment_kind: str, comment_id: str
) -> CommentCommand | None:
    """Hosts count comments by kind, or for each pull request anew."""
    return await session.scalar(
        select(CommentCommand).where(
            CommentCommand.repository_id == repository_id,
            CommentCommand.number == number,
            CommentCommand.comment_kind == comment_kind,
            CommentCommand.comment_id == comment_id,
        )
    )


async def add_command(
    session: AsyncSession, repository: Repository, *, number: int, comment_id: str, comment_kind: str, account: str
) -> CommentCommand | None:
    """Notes that a comment asks something of us; None when that is known. Raises IntegrityError when it just was."""
    if await find_command(session, repository.id, number, comment_kind, comment_id) is not None:
        return None
    row = CommentCommand(
        organization_id=repository.organization_id,
        repository_id=repository.id,
        number=number,
        comment_id=comment_id,
        comment_kind=comment_kind,
        account=account,
        outcome="",
    )
    session.add(row)
    await session.flush()
    return row


async def newest_cycles(
    session: AsyncSession, organization_id: str, repository_id: str, number: int, head_sha: str
) -> Sequence[TestCycle]:
    """Gives the newest cycle of each suite on a head of a pull request, locked in the order of their ids."""
    newest = (
        select(func.max(TestCycle.id))
        .join(PullRequest, PullRequest.id == TestCycle.pull_request_id)
        .where(
            TestCycle.organization_id == organization_id,
            TestCycle.head_sha == head_sha,
            PullRequest.repository_id == repository_id,
            PullRequest.number == number,
        )
        .group_by(TestCycle.suite)
    )
    query = select(TestCycle).where(TestCycle.id.in_(newest)).order_by(TestCycle.id)
    return (await session.scalars(query.with_for_update())).all()
