"""The jobs that speak to Agnox servers."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.agnox import run_of
from bot.store.jobs import enqueue
from bot.store.models import AgnoxServer, Execution
from bot.usecases.services import Services


async def enqueue_forward(session: AsyncSession, services: Services, execution: Execution) -> None:
    """Has an execution's tests run by its organization's Agnox server."""
    await enqueue(
        session,
        "forward_execution",
        {"execution_id": execution.id},
        organization_id=execution.organization_id,
        dedupe_key=f"forward:{execution.id}",
        exclusive_key=f"agnox:{execution.id}",
        on_dead="fail_execution",
        now=services.clock(),
    )


async def enqueue_follow(
    session: AsyncSession, services: Services, execution: Execution, delay: timedelta = timedelta(0)
) -> None:
    """Has the server asked how far an execution is."""
    await enqueue(
        session,
        "follow_execution",
        {"execution_id": execution.id},
        organization_id=execution.organization_id,
        dedupe_key=f"follow:{execution.id}",
        exclusive_key=f"agnox:{execution.id}",
        on_dead="fail_execution",
        delay=delay,
        sooner=True,
        now=services.clock(),
    )


async def stop_forwarded(session: AsyncSession, services: Services, execution: Execution) -> None:
    """Has an execution that was cancelled here stopped there too, if it runs on an Agnox server."""
    if await run_of(session, execution.id) is not None:
        await enqueue_follow(session, services, execution)


async def enqueue_read(
    session: AsyncSession, services: Services, server: AgnoxServer, task_id: str, delivery_id: str
) -> None:
    """Has a run read that its server says has ended."""
    await enqueue(
        session,
        "read_agnox_run",
        {
            "server_id": server.id,
            "task_id": task_id,
            "delivery_id": delivery_id,
            "since": services.clock().isoformat(),
        },
        organization_id=server.organization_id,
        dedupe_key=f"agnox:{server.id}:{task_id}:{delivery_id}",
        exclusive_key=f"agnox:{server.id}:{task_id}",
        on_dead="give_up_agnox_run",
        now=services.clock(),
    )
