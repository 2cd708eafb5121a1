"""What an execution waits for that no testing node has taken yet."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState
from bot.domain.labels import in_words, parts
from bot.store.jobs import enqueue
from bot.store.line import position, queued_job, wanted_labels
from bot.store.models import Execution
from bot.store.nodes import labels_at_work
from bot.usecases.services import Services

TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The place in line, from 1, among what the same nodes can take; `reason` where no node can take it now."""

    position: int | None = None
    reason: str = ""


def run_key(execution_id: str) -> str:
    """Names the job that runs an execution."""
    return f"run:{execution_id}"


async def waiting(session: AsyncSession, services: Services, execution: Execution) -> Waiting:
    """Tells what an execution waits for; nothing is told of one that waits no more."""
    if execution.state != CycleState.PENDING:
        return Waiting()
    job = await queued_job(session, run_key(execution.id))
    if job is None:
        return Waiting()
    nodes = await labels_at_work(session, now=services.clock())
    wanted = parts(job.labels or "")
    able = [labels for labels in nodes if wanted <= labels]
    if not able:
        which = f" with {in_words(wanted)}" if wanted else ""
        return Waiting(reason=f"no testing node{which} is at work")
    rivals = [other for other in await wanted_labels(session, job.queue) if any(parts(other) <= node for node in able)]
    return Waiting(position=await position(session, job, rivals))


async def watch_line(
    session: AsyncSession, services: Services, execution: Execution, *, delay: timedelta = timedelta(0)
) -> None:
    """Has an execution that wants labels looked after while it waits, in the caller's transaction."""
    await enqueue(
        session,
        "look_after_line",
        {"execution_id": execution.id},
        organization_id=execution.organization_id,
        dedupe_key=f"line:{execution.id}",
        delay=delay,
        now=services.clock(),
    )
