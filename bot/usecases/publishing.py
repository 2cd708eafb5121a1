"""Where a cycle's result goes, and having it sent there."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.context import CiContext
from bot.store.jobs import enqueue
from bot.store.models import TestCycle
from bot.usecases.services import Services
from providers.factory import Registry

COALESCE = timedelta(seconds=1)
"""How long a publication waits for more news of the same pull request."""


def provider_of(context: CiContext, registry: Registry, known: str | None = None) -> str | None:
    """Gives the provider that a context reports to: its `scm`, or else what is known of the repository, or its source.

    A host may be the source of runs on repositories of another one.
    """
    return registry.canonical(context.scm) if context.scm else known or registry.canonical(context.source)


async def request_publication(session: AsyncSession, services: Services, cycle: TestCycle) -> None:
    """Has the cycle's pull request (or bare revision) brought up to date soon; bursts become one job."""
    if cycle.repository_id is None or not cycle.head_sha:
        return
    if cycle.pull_request_id is not None:
        await request_report(session, services, cycle.organization_id, cycle.pull_request_id)
        return
    arguments = {"repository_id": cycle.repository_id, "head_sha": cycle.head_sha}
    key = f"publish:{cycle.repository_id}:{cycle.head_sha}"
    await _enqueue(session, services, "publish_revision", arguments, cycle.organization_id, key)


async def request_report(session: AsyncSession, services: Services, organization_id: str, pull_request_id: str) -> None:
    """Has a pull request brought up to date soon."""
    arguments = {"pull_request_id": pull_request_id}
    await _enqueue(session, services, "publish_report", arguments, organization_id, f"publish:{pull_request_id}")


async def _enqueue(
    session: AsyncSession,
    services: Services,
    function: str,
    arguments: dict[str, Any],
    organization_id: str,
    key: str,
) -> None:
    await enqueue(
        session,
        function,
        arguments,
        organization_id=organization_id,
        dedupe_key=key,
        exclusive_key=key,
        delay=COALESCE,
        now=services.clock(),
    )


async def enqueue_locate(session: AsyncSession, services: Services, cycle: TestCycle) -> None:
    """Has the repository and pull request of a cycle looked up."""
    await enqueue(
        session,
        "locate_cycle",
        {"cycle_id": cycle.id},
        organization_id=cycle.organization_id,
        dedupe_key=f"locate:{cycle.id}",
        exclusive_key=f"locate:{cycle.id}",
        now=services.clock(),
    )
