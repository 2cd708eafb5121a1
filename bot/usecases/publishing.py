"""Where a cycle's result goes, and having it sent there."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.context import CiContext
from bot.store.ci_runs import any_on_the_way, find_group, pulls_at
from bot.store.jobs import enqueue
from bot.store.models import MergeGroup, TestCycle
from bot.store.publications import find_publication
from bot.usecases.services import Services
from providers.factory import Registry

COALESCE = timedelta(seconds=1)
"""How long a publication waits for more news of the same pull request."""
PAUSE = timedelta(seconds=10)
"""How long it waits after the last edit of the comment where only one of many CI runs has more to say."""
GATHERING = timedelta(seconds=60)
"""The same while more of them are being read or analysed: the last one has it done sooner."""


def provider_of(context: CiContext, registry: Registry, known: str | None = None) -> str | None:
    """Gives the provider that a context reports to: its `scm`, or else what is known of the repository, or its source.

    A host may be the source of runs on repositories of another one.
    """
    return registry.canonical(context.scm) if context.scm else known or registry.canonical(context.source)


async def request_publication(session: AsyncSession, services: Services, cycle: TestCycle) -> None:
    """Has the cycle's pull request (or bare revision) brought up to date soon; bursts become one job."""
    if cycle.repository_id is None or not cycle.head_sha:
        return
    if cycle.ci_run_id is not None:
        await request_head(session, services, cycle.organization_id, cycle.repository_id, cycle.head_sha)
        return
    if cycle.pull_request_id is not None:
        await request_report(session, services, cycle.organization_id, cycle.pull_request_id)
        return
    await _request_revision(session, services, cycle.organization_id, cycle.repository_id, cycle.head_sha)
    if (group := await find_group(session, cycle.repository_id, cycle.head_sha)) is not None:
        await request_judgement(session, services, group)


async def request_head(
    session: AsyncSession, services: Services, organization_id: str, repository_id: str, head_sha: str
) -> None:
    """Has all that waits for the CI runs on a head brought up to date: its pull requests, its merge group.

    On other commits nothing is said of runs that nobody asked us to look at.
    """
    quiet = GATHERING if await any_on_the_way(session, repository_id, head_sha) else PAUSE
    for pull in await pulls_at(session, repository_id, head_sha):
        comment = await find_publication(session, pull.id, "comment")
        said = comment.updated_at if comment is not None and comment.external_id else None
        pause = max(said + quiet - services.clock(), COALESCE) if said is not None else COALESCE
        await request_report(session, services, organization_id, pull.id, delay=pause)
    if (group := await find_group(session, repository_id, head_sha)) is not None:
        await _request_revision(session, services, organization_id, repository_id, head_sha)
        await request_judgement(session, services, group)


async def request_judgement(
    session: AsyncSession, services: Services, group: MergeGroup, later: timedelta | None = None
) -> None:
    """Has a merge group judged, soon or after a while."""
    await enqueue(
        session,
        "judge_group",
        {"group_id": group.id},
        organization_id=group.organization_id,
        dedupe_key=f"group:{group.id}" if later is None else f"group:{group.id}:later",
        exclusive_key=f"group:{group.id}",
        on_dead="give_up_group",
        delay=COALESCE if later is None else later,
        now=services.clock(),
    )


async def _request_revision(
    session: AsyncSession, services: Services, organization_id: str, repository_id: str, head_sha: str
) -> None:
    arguments = {"repository_id": repository_id, "head_sha": head_sha}
    key = f"publish:{repository_id}:{head_sha}"
    await _enqueue(session, services, "publish_revision", arguments, organization_id, key)


async def request_report(
    session: AsyncSession,
    services: Services,
    organization_id: str,
    pull_request_id: str,
    delay: timedelta | None = None,
) -> None:
    """Has a pull request brought up to date soon."""
    arguments, key = {"pull_request_id": pull_request_id}, f"publish:{pull_request_id}"
    await _enqueue(session, services, "publish_report", arguments, organization_id, key, delay)


async def _enqueue(
    session: AsyncSession,
    services: Services,
    function: str,
    arguments: dict[str, Any],
    organization_id: str,
    key: str,
    delay: timedelta | None = None,
) -> None:
    await enqueue(
        session,
        function,
        arguments,
        organization_id=organization_id,
        dedupe_key=key,
        exclusive_key=key,
        delay=COALESCE if delay is None else delay,
        sooner=True,
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
