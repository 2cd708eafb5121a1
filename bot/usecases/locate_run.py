"""Finding the head and the pull requests that a CI run's result belongs to."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ci_values import number_of_ref
from bot.store.ci_runs import find_group, is_base, placed_run, pulls_at
from bot.store.hosting import find_pull_request
from bot.store.models import CiRun, PullRequest, Repository
from bot.usecases.note_run import source_of
from bot.usecases.services import Services
from bot.usecases.track_pull_request import remember
from providers import values
from providers.errors import Forbidden, NotFound, Rejected, Suspended
from providers.interface import CiProvider
from providers.runs import RunCause


async def locate_run(services: Services, provider: CiProvider, repository: Repository, run_id: str) -> CiRun:
    """Completes where a run belongs; what our own table does not tell, the host is asked once for a commit.

    Raises what may pass by waiting (RateLimited, Unavailable) and what ends all work (Suspended, Unauthenticated).
    """
    async with services.database.read() as session:
        run = await session.get_one(CiRun, run_id)
        if run.head_sha:
            return run
        known = await _known(session, repository, run)
    found: Sequence[values.PullRequest] = ()
    head = known[0] if known is not None else ""
    if known is None:
        head, found = await _ask(services, provider, repository, run)
    async with services.database.write() as session:
        # Pull requests are locked before runs, as by who is told of them.
        rows = [await remember(session, repository, each, services.clock()) for each in found]
        run = await session.get_one(CiRun, run_id, with_for_update=True)
        run.head_sha = head
        run.pull_request_id = known[1] if known is not None else run.pull_request_id
        if rows:
            run.pull_request_id = rows[0].id
        elif run.pull_request_id is None and (at_head := await pulls_at(session, repository.id, head)):
            run.pull_request_id = at_head[0].id
    return run


async def _known(session: AsyncSession, repository: Repository, run: CiRun) -> tuple[str, str | None] | None:
    """Gives the head and our id of the pull request, as far as no host has to be asked."""
    if run.cause == RunCause.MERGE_QUEUE or await find_group(session, repository.id, run.sha):
        return run.sha, None
    if at_head := await pulls_at(session, repository.id, run.sha):
        return run.sha, run.pull_request_id or at_head[0].id
    if (other := await placed_run(session, run)) is not None:
        return other.head_sha, run.pull_request_id or other.pull_request_id
    if run.cause == RunCause.PUSH and not run.source and await is_base(session, repository.id, run.branch):
        return run.sha, None
    return None


async def _ask(
    services: Services, provider: CiProvider, repository: Repository, run: CiRun
) -> tuple[str, Sequence[values.PullRequest]]:
    where = values.Repository(repository.external_id, repository.path)
    pull, found = await _named(services, provider, repository, run)
    if pull is not None:
        if run.sha == pull.head_sha:
            return run.sha, found
        return await _tested_head(provider, where, run.sha, pull), found
    source = source_of(run)
    owner = source.path.rpartition("/")[0] if source is not None else ""
    found = await _find(provider, where, run.sha, f"{owner}:{run.branch}" if owner and run.branch else "")
    if found or run.cause != RunCause.PULL_REQUEST:
        return run.sha, found
    # Built was perhaps the host's test merge of a head into its base.
    head = await _merged_head(provider, where, run.sha)
    return (head, await _find(provider, where, head, "")) if head else (run.sha, ())


async def _named(
    services: Services, provider: CiProvider, repository: Repository, run: CiRun
) -> tuple[values.PullRequest | PullRequest | None, Sequence[values.PullRequest]]:
    """Gives the pull request that the run names, by our own table or else by the host."""
    number = number_of_ref(run.branch)
    async with services.database.read() as session:
        if run.pull_request_id is not None:
            return await session.get(PullRequest, run.pull_request_id), ()
        if number is None:
            return None, ()
        if (known := await find_pull_request(session, repository.id, number=number)) is not None:
            return known, ()
    try:
        told = await provider.get_pull_request(values.Repository(repository.external_id, repository.path), number)
    except Suspended:
        raise
    except (Forbidden, NotFound, Rejected):
        return None, ()
    return told, (told,)


async def _tested_head(
    provider: CiProvider, where: values.Repository, sha: str, pull: values.PullRequest | PullRequest
) -> str:
    """Gives the head behind a commit of a pull request; the host's word on its merge may be of a newer head."""
    merged = await _merged_head(provider, where, sha)
    if merged is None:
        return pull.head_sha if pull.merge_sha == sha else sha
    return merged or sha


async def _merged_head(provider: CiProvider, where: values.Repository, sha: str) -> str | None:
    """Gives what a commit merges into its base, empty where it merges nothing; None when the host does not tell."""
    try:
        commit = await provider.get_commit(where, sha)
    except Suspended:
        raise
    except (Forbidden, NotFound, Rejected):
        return None
    if not commit.parents:
        return None
    return commit.parents[1] if len(commit.parents) == 2 else ""


async def _find(provider: CiProvider, where: values.Repository, sha: str, branch: str) -> Sequence[values.PullRequest]:
    """Finds open pull requests by their head; who else has a branch of that name must not be taken for its owner."""
    try:
        found = await provider.find_pull_requests(where, sha, branch)
    except Suspended:
        raise
    except (Forbidden, NotFound, Rejected):
        return ()
    return [pull for pull in found if pull.head_sha == sha and pull.open and _is_here(pull, where)]


def _is_here(pull: values.PullRequest, where: values.Repository) -> bool:
    """Hosts also name pull requests of other repositories with the same commits."""
    told = pull.repository
    return told.id == where.id if told.id and where.id else told.path.lower() == where.path.lower()
