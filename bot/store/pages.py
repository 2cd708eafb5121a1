"""What the page of a cycle shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.store.models import Artifact, Execution, PullRequest, Repository, TestCycle


@dataclass(frozen=True, slots=True)
class CyclePage:
    """A cycle with its attempts, the one that is shown first, and that one's files."""

    cycle: TestCycle
    executions: Sequence[Execution]
    artifacts: Sequence[Artifact]
    repository: Repository | None
    pull_request: PullRequest | None


async def find_page(session: AsyncSession, page_key: str, attempt: int | None = None) -> CyclePage | None:
    """Finds a cycle by the unguessable part of its address; file contents are left in the database."""
    cycle = await session.scalar(select(TestCycle).where(TestCycle.page_key == page_key))
    if cycle is None:
        return None
    executions = (
        await session.scalars(
            select(Execution).where(Execution.cycle_id == cycle.id).order_by(Execution.attempt.desc())
        )
    ).all()
    if attempt is not None:
        executions = sorted(executions, key=lambda execution: execution.attempt != attempt)
    artifacts = await session.scalars(
        select(Artifact)
        .where(Artifact.execution_id == executions[0].id)
        .options(defer(Artifact.content))
        .order_by(Artifact.kind, Artifact.name)
    )
    return CyclePage(
        cycle,
        executions,
        artifacts.all(),
        await session.get(Repository, cycle.repository_id) if cycle.repository_id else None,
        await session.get(PullRequest, cycle.pull_request_id) if cycle.pull_request_id else None,
    )


async def find_file(session: AsyncSession, page_key: str, artifact_id: str) -> Artifact | None:
    """Finds a file of the cycle that the page key opens, and of no other."""
    return await session.scalar(
        select(Artifact)
        .join(Execution, Execution.id == Artifact.execution_id)
        .join(TestCycle, TestCycle.id == Execution.cycle_id)
        .where(TestCycle.page_key == page_key, Artifact.id == artifact_id)
    )
