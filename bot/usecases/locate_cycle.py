"""Finding the repository, pull request and head that a test cycle's context speaks of."""

from dataclasses import dataclass

from bot.domain.context import CiContext
from bot.store.cycles import supersede
from bot.store.hosting import find_pull_request, find_repository, save_repository
from bot.store.models import PullRequest, Repository, TestCycle
from bot.usecases.connect import Unconnected, connect
from bot.usecases.publishing import provider_of, request_publication
from bot.usecases.services import Services
from bot.usecases.track_pull_request import remember
from providers import values
from providers.errors import Forbidden, NotFound, Rejected, Unauthenticated
from providers.interface import CiProvider


@dataclass(frozen=True, slots=True)
class _Place:
    """What a host says: the pull request, the head that was tested, and why something of it is not known."""

    pull: values.PullRequest | None = None
    head_sha: str = ""
    problem: str = ""


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
        known = None
        if repository is not None:
            number, sha = context.pr_number, context.commit_sha
            known = await find_pull_request(session, repository.id, number=number, sha=sha) if number or sha else None
        provider = await connect(services, session, cycle.organization_id, name, repository, context.repository)

    if isinstance(provider, Unconnected):
        place = _Place(head_sha=context.commit_sha or "", problem=provider.reason)
    elif known is not None and context.commit_sha == known.head_sha:
        place = _Place(head_sha=known.head_sha)
    else:
        place = await _ask(provider, repository, known, context)

    async with services.database.write() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
        if place.pull is not None:
            told = place.pull.repository
            repository = repository or await save_repository(
                session, cycle.organization_id, name, external_id=told.id, path=told.path, installation_id=None
            )
            known = await remember(session, repository, place.pull)
        cycle.problem = place.problem
        cycle.repository_id = repository.id if repository else None
        cycle.pull_request_id = known.id if known else None
        cycle.head_sha = place.head_sha
        if cycle.finished_at is not None:
            await supersede(session, cycle)
        await request_publication(session, services, cycle)


async def _ask(
    provider: CiProvider, repository: Repository | None, known: PullRequest | None, context: CiContext
) -> _Place:
    """Asks the host for what our own table does not know, with at most one call for each question."""
    path = repository.path if repository else context.repository or ""
    where = values.Repository(id=repository.external_id if repository else "", path=path)
    number = f" or it has no pull request {context.pr_number}" if context.pr_number is not None else ""
    try:
        head = await _tested_head(provider, where, known, context)
        if known is not None and head == known.head_sha:
            return _Place(head_sha=head)
        if context.pr_number is not None:
            pull = await provider.get_pull_request(where, context.pr_number)
            return _Place(pull, head or pull.head_sha)
        pulls = await provider.find_pull_requests(where, head) if head else ()
        return _Place(pulls[0] if pulls else None, head)
    except NotFound:
        reason = f"{provider.name} does not show us {path}{number}: check the repository and the access we have"
    except (Forbidden, Unauthenticated, Rejected) as refusal:
        reason = f"{provider.name} refuses us: {refusal}"
    return _Place(head_sha=context.commit_sha or "", problem=reason)


async def _tested_head(
    provider: CiProvider, where: values.Repository, known: PullRequest | None, context: CiContext
) -> str:
    """Gives the head that the tested commit stands for: for a host's test merge, what it merged into the base.

    The pull request may have a newer head by now, so its own word on the merge commit does not count.
    """
    sha = context.commit_sha or ""
    if not sha:
        return ""
    try:
        commit = await provider.get_commit(where, sha)
    except (NotFound, Forbidden):
        # Without the right to read commits a test merge can only be told by the one that is current.
        return known.head_sha if known is not None and sha == known.merge_sha else sha
    merged = commit.parents[1] if len(commit.parents) == 2 else ""
    if merged and (context.merged or (known is not None and merged == known.head_sha)):
        return merged
    return commit.sha or sha
