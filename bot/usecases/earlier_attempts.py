"""An attempt of a CI run that ended is not lost when the run begins anew before it was read."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.run_news import RunNews
from bot.store.ci_runs import earlier_attempts_wait
from bot.store.jobs import enqueue
from bot.store.models import CiRun
from bot.usecases.services import Services
from providers.runs import RunOutcome, RunState

NOTHING_TO_READ = frozenset({RunOutcome.SKIPPED, RunOutcome.WAITING})

_TIMES = ("started_at", "host_updated_at")
_TOLD = ("attempt", "outcome", "url")
_SAME = (
    "id",
    "organization_id",
    "repository_id",
    "external_id",
    "name",
    "sha",
    "head_sha",
    "pull_request_id",
    "branch",
    "source",
    "cause",
    "default_branch",
    "read",
    "unread",
    "created_at",
)


def key_of(row: CiRun) -> str:
    """Names the attempt that a row tells of."""
    return RunNews(row.attempt, row.state, row.outcome, row.host_updated_at).key


def is_unread(row: CiRun) -> bool:
    """Tells whether an attempt ended of which something is to be read and nothing was."""
    return row.state == RunState.ENDED and row.outcome not in NOTHING_TO_READ and row.read != key_of(row)


def at_attempt(row: CiRun, attempt: dict[str, Any] | None) -> CiRun:
    """Gives a run as it was at the end of an attempt that `keep_attempt` wrote down; stored by nobody."""
    if attempt is None:
        return row
    times = {name: datetime.fromisoformat(attempt[name]) if attempt[name] else None for name in _TIMES}
    told = {name: attempt[name] for name in _TOLD}
    return CiRun(state=RunState.ENDED, **{name: getattr(row, name) for name in _SAME}, **told, **times)


async def keep_attempt(session: AsyncSession, services: Services, row: CiRun) -> None:
    """Has the attempt that a row still tells of read by itself, before the row tells of the next one."""
    attempt: dict[str, Any] = {name: getattr(row, name) for name in _TOLD}
    for name in _TIMES:
        at = getattr(row, name)
        attempt[name] = at.isoformat() if at is not None else None
    await enqueue(
        session,
        "read_run",
        {"run_id": row.id, "attempt": attempt},
        organization_id=row.organization_id,
        dedupe_key=f"read:{row.id}:{key_of(row)}",
        exclusive_key=f"read:{row.id}",
        on_dead="give_up_run",
        now=services.clock(),
    )


async def waits_for_earlier(session: AsyncSession, row: CiRun) -> bool:
    """Tells whether earlier attempts are still to be read: what heals is only seen in their order."""
    return await earlier_attempts_wait(session, row.id)
