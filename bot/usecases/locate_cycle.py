"""Finding the repository, pull request and head that a test cycle's context speaks of."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.context import CiContext
from bot.store.hosting import find_pull_request, find_repository, save_repository
from bot.store.models import PullRequest, Repository, TestCycle
from bot.usecases.connect import Unconnected, connect
from bot.usecases.publishing import provider_of, request_publication
from bot.usecases.services import Services
from bot.usecases.track_pull_request import remember
from providers import values
from providers.errors import Forbidden, NotFound, Rejected, Unauthenticated
from providers.interface import CiProvider


async def locate_cycle(services: Services, cycle_id: str) -> None:
    """Ties a cycle to what its context names; what can't be found is told in the cycle's `problem`."""
    async with services.database.read() as session:
        cycle = await session.get(TestCycle, cycle_id)
        if cycle is None or cycle.ci_context is None:
            return
        context = CiContext.model_validate(cycle.ci_context)
        name = provider_of(context, services.registry)
        if name is None or not context.repository:
            return
        repository = await find_repository(session, cycle.organization_id, name, context.repository)
        pull = await _known_pull_request(session, repository, context)
        provider = await connect(services, session, cycle.organization_id, name, repository, context.repository)

    problem, found = "", None
    if isinstance(provider, Unconnected):
        problem = provider.reason
    elif pull is None:
        found, problem = await _ask(provider, repository, context)

    async with services.database.write() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
        if found is not None:
            repository = repository or await save_repository(
                session,
                cycle.organization_id,
                name,
                external_id=found.repository.id,
                path=found.repository.path,
                installation_id=None,
            )
            pull = await remember(session, repository, found)
        cycle.problem = problem
        cycle.repository_id = repository.id if repository else None
        cycle.pull_request_id = pull.id if pull else None
        cycle.head_sha = _head(context, pull, found)
        await request_publication(session, services, cycle)


async def _known_pull_request(
    session: AsyncSession, repository: Repository | None, context: CiContext
) -> PullRequest | None:
    """Finds the pull request in our own table, which knows forks as well, when it agrees with the context."""
    if repository is None or not context.commit_sha:
        return None
    sha = context.commit_sha
    pull = await find_pull_request(session, repository.id, number=context.pr_number, sha=sha)
    return pull if pull and sha in (pull.head_sha, pull.merge_sha) else None


async def _ask(
    provider: CiProvider, repository: Repository | None, context: CiContext
) -> tuple[values.PullRequest | None, str]:
    path = repository.path if repository else context.repository or ""
    where = values.Repository(id=repository.external_id if repository else "", path=path)
    try:
        if context.pr_number is not None:
            return await provider.get_pull_request(where, context.pr_number), ""
        if context.commit_sha:
            pulls = await provider.find_pull_requests(where, context.commit_sha)
            return (pulls[0] if pulls else None), ""
    except NotFound:
        number = f" or it has no pull request {context.pr_number}" if context.pr_number is not None else ""
        return None, f"{provider.name} does not show us {path}{number}: check the repository and the access we have"
    except (Forbidden, Unauthenticated, Rejected) as refusal:
        return None, f"{provider.name} refuses us: {refusal}"
    return None, ""


def _head(context: CiContext, pull: PullRequest | None, found: values.PullRequest | None) -> str:
    """Maps the tested commit to the head it stands for; an older head keeps its own verdict."""
    sha = context.commit_sha or ""
    if pull is None:
        return sha
    merge = {pull.merge_sha, found.merge_sha if found else ""}
    if not sha or context.merged or sha in merge or pull.head_sha.startswith(sha):
        return pull.head_sha
    return sha
