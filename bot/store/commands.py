"""Queries on what people ask of us in comments, and on what they decided there."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import CommentCommand, IgnoredFinding, PullRequest, Repository

MOST = 100
"""Comments of one head that are looked at for their answers, the newest."""


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
    session: AsyncSession,
    repository: Repository,
    *,
    number: int,
    comment_id: str,
    comment_kind: str,
    account: str,
    head_sha: str = "",
) -> CommentCommand | None:
    """Notes that a comment asks something of us; None when that is known. Raises IntegrityError when it just was.

    `head_sha` is the head that the pull request had by then, as far as we know.
    """
    if await find_command(session, repository.id, number, comment_kind, comment_id) is not None:
        return None
    row = CommentCommand(
        organization_id=repository.organization_id,
        repository_id=repository.id,
        number=number,
        comment_id=comment_id,
        comment_kind=comment_kind,
        account=account,
        head_sha=head_sha,
        outcome="",
        answers=[],
    )
    session.add(row)
    await session.flush()
    return row


async def answered_on(
    session: AsyncSession, repository_id: str, number: int, head_sha: str
) -> Sequence[CommentCommand]:
    """Gives the comments about a head that were answered, oldest first."""
    query = select(CommentCommand).where(
        CommentCommand.repository_id == repository_id,
        CommentCommand.number == number,
        CommentCommand.head_sha == head_sha,
        CommentCommand.outcome != "",
    )
    return (await session.scalars(query.order_by(CommentCommand.id.desc()).limit(MOST))).all()[::-1]


async def ignored_on(session: AsyncSession, pull: PullRequest) -> Sequence[IgnoredFinding]:
    """Gives the causes that are ignored on a pull request, oldest first."""
    query = select(IgnoredFinding).where(IgnoredFinding.pull_request_id == pull.id).order_by(IgnoredFinding.id)
    return (await session.scalars(query)).all()


async def add_ignored(session: AsyncSession, pull: PullRequest, fingerprint: str, title: str, by: str) -> None:
    """Notes that a cause has nothing to do with a pull request."""
    session.add(
        IgnoredFinding(
            organization_id=pull.organization_id, pull_request_id=pull.id, fingerprint=fingerprint, title=title, by=by
        )
    )
    await session.flush()


async def drop_ignored(session: AsyncSession, row: IgnoredFinding) -> None:
    await session.execute(delete(IgnoredFinding).where(IgnoredFinding.id == row.id))
