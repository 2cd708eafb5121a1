"""Queries on the lines of green logs that red ones are compared with."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.store.history import Stream
from bot.store.models import Execution, GreenLog, PullRequest, TestCycle

KEPT_RUNS = 3
"""Green runs of a log that are kept."""
KEPT_LOGS = 24
"""Logs of one suite that are kept in all: names that change with every run must not add up."""


async def add_green_logs(session: AsyncSession, execution: Execution, logs: Sequence[tuple[str, int, bytes]]) -> None:
    """Keeps the logs of a green execution: name, number of lines, packed lines."""
    await session.execute(delete(GreenLog).where(GreenLog.execution_id == execution.id))
    mine = {"organization_id": execution.organization_id, "execution_id": execution.id}
    named = {name: (lines, content) for name, lines, content in logs[:KEPT_LOGS]}
    rows = [{"name": name, "lines": lines, "content": content} | mine for name, (lines, content) in named.items()]
    if rows:
        await session.execute(insert(GreenLog), rows)


async def find_green_logs(
    session: AsyncSession, stream: Stream, names: Collection[str], pull_request_id: str | None
) -> list[tuple[str, bytes]]:
    """Gives the newest green logs of these names, packed; of changes from forks only this change's own.

    Who may not write to the repository could otherwise print the errors of others in a green run of theirs.
    """
    found: list[tuple[str, bytes]] = []
    for name in sorted(names):
        query = _of(stream, GreenLog.name, GreenLog.content).where(GreenLog.name == name)
        rows = await session.execute(query.where(_trusted(pull_request_id)).limit(KEPT_RUNS))
        found += [(row.name, row.content) for row in rows]
    return found


async def forget_green_logs(session: AsyncSession, stream: Stream) -> None:
    """Forgets the logs of the stream that newer ones have replaced."""
    rows = (await session.execute(_of(stream, GreenLog.id, GreenLog.name, PullRequest.from_fork))).all()
    kept: Counter[tuple[str, bool]] = Counter()
    old = []
    for row in rows:
        # Those from forks have a line of their own, so that they drive out no others.
        fork = bool(row.from_fork)
        full = sum(count for (_, of_fork), count in kept.items() if of_fork == fork) >= KEPT_LOGS
        if full or kept[row.name, fork] >= KEPT_RUNS:
            old.append(row.id)
        else:
            kept[row.name, fork] += 1
    if old:
        await session.execute(delete(GreenLog).where(GreenLog.id.in_(old[:500])))


def _trusted(pull_request_id: str | None) -> ColumnElement[bool]:
    own = TestCycle.pull_request_id == pull_request_id
    return or_(PullRequest.id.is_(None), PullRequest.from_fork.is_(False), own)


def _of(stream: Stream, *columns: InstrumentedAttribute[Any]) -> Select[Any]:
    return (
        select(*columns)
        .join(Execution, Execution.id == GreenLog.execution_id)
        .join(TestCycle, TestCycle.id == Execution.cycle_id)
        .outerjoin(PullRequest, PullRequest.id == TestCycle.pull_request_id)
        .where(GreenLog.organization_id == stream.organization_id, *stream.cycles)
        .order_by(GreenLog.id.desc())
    )
