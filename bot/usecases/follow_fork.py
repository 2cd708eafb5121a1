"""The runs of a fork's pull request are looked for where they may be in the fork, of which no hook tells us."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.ci_runs import runs_of
from bot.store.jobs import enqueue
from bot.store.models import PullRequest, Repository
from bot.usecases.connect import Unconnected, connect
from bot.usecases.note_run import note_run
from bot.usecases.services import Services
from providers import values
from providers.errors import Forbidden, NotFound, Rejected, Suspended, Unauthenticated

LOOKS = (timedelta(minutes=3), timedelta(minutes=10), timedelta(minutes=30))
"""How long after a head came its runs are looked for, until one is known."""


async def enqueue_fork(session: AsyncSession, services: Services, pull: PullRequest, look: int = 0) -> None:
    """Has the runs on a new head of a fork looked for in a while."""
    before = LOOKS[look - 1] if look else timedelta(0)
    await enqueue(
        session,
        "look_into_fork",
        {"pull_request_id": pull.id, "sha": pull.head_sha, "look": look},
        organization_id=pull.organization_id,
        dedupe_key=f"fork:{pull.id}:{pull.head_sha[:64]}",
        exclusive_key=f"runs:{pull.repository_id}:{pull.head_sha}",
        delay=LOOKS[look] - before,
        now=services.clock(),
    )


async def look_into_fork(services: Services, pull_request_id: str, sha: str, look: int) -> None:
    """Asks the host for the runs on a fork's head of which nobody has told; once one is known, it is followed.

    RateLimited and Unavailable are raised.
    """
    async with services.database.read() as session:
        pull = await session.get(PullRequest, pull_request_id)
        if pull is None or not pull.open or pull.head_sha != sha:
            return
        repository = await session.get_one(Repository, pull.repository_id)
        if await runs_of(session, repository.id, sha):
            return
        provider = await connect(services, session, pull.organization_id, repository.provider, repository)
    if isinstance(provider, Unconnected) or not provider.capabilities.forks_apart:
        return
    where = values.Repository(repository.external_id, repository.path)
    try:
        found = await provider.find_runs(values.Revision(where, sha, pull.number, pull.head_ref, pull.from_fork))
    except (Suspended, Unauthenticated):
        return
    except (Forbidden, NotFound, Rejected):
        found = ()
    async with services.database.write() as session:
        repository = await session.get_one(Repository, repository.id)
        for each in found:
            await note_run(session, services, repository, each)
        if not found and look + 1 < len(LOOKS):
            await enqueue_fork(session, services, pull, look + 1)
