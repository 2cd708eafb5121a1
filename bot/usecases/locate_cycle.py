"""Finding the repository, pull request and head that a test cycle's context speaks of."""

from dataclasses import dataclass, replace

from bot.domain.context import CiContext
from bot.store.cycles import latest_execution, supersede
from bot.store.hosting import find_pull_request, save_repository
from bot.store.models import PullRequest, TestCycle
from bot.usecases.connect import Unconnected, connect
from bot.usecases.excuse_failures import judge_cycle
from bot.usecases.publishing import provider_of, request_publication
from bot.usecases.recall_history import recall_history
from bot.usecases.resolve_context import Place, find_place
from bot.usecases.services import Services
from bot.usecases.tend_quarantine import tend_quarantine
from bot.usecases.track_pull_request import remember
from bot.usecases.words_of import words_of
from providers import values
from providers.errors import Forbidden, NotFound, Rejected, Unauthenticated
from providers.interface import CiProvider


@dataclass(frozen=True, slots=True)
class _Found:
    """What a host says: the repository, the pull request, the head that was tested, and why something is not known."""

    repository: values.Repository | None = None
    pull: values.PullRequest | None = None
    head_sha: str = ""
    problem: str = ""


async def locate_cycle(services: Services, cycle_id: str) -> None:
    """Ties a cycle to what its context names; what can't be found is told in the cycle's `problem`."""
    async with services.database.read() as session:
        cycle = await session.get(TestCycle, cycle_id)
        if cycle is None or cycle.ci_context is None:
            return
        if cycle.ci_run_id is not None:
            # It is known from the run itself; only what could not be told is told again.
            async with services.database.write() as writing:
                await request_publication(writing, services, cycle)
            return
        context = CiContext.model_validate(cycle.ci_context)
        name = provider_of(context, services.registry)
        if name is None or not context.repository:
            return
        known = provider = None
        place, found = Place(values.Repository("", ""), None), _Found()
        try:
            place = await find_place(session, services.registry, cycle.organization_id, name, context.repository)
        except ValueError as error:
            found = _Found(problem=words_of(error))
        else:
            number, sha = context.pr_number, context.commit_sha
            if place.row is not None and (number or sha):
                known = await find_pull_request(session, place.row.id, number=number, sha=sha)
            provider = await connect(services, session, cycle.organization_id, name, place.row, place.name)

    if isinstance(provider, Unconnected):
        found = _Found(head_sha=context.commit_sha or "", problem=provider.reason)
    elif known is not None and context.commit_sha == known.head_sha:
        found = _Found(head_sha=known.head_sha)
    elif provider is not None:
        found = await _ask(provider, place, known, context)

    async with services.database.write() as session:
        # Under the lock of who analyses it: whichever comes last sees what the other wrote.
        cycle = await session.get_one(TestCycle, cycle_id, with_for_update=True)
        repository = place.row
        if found.repository is not None:
            told = found.repository
            repository = await save_repository(
                session, cycle.organization_id, name, external_id=told.id, path=told.path, installation_id=None
            )
        if repository is not None and found.pull is not None:
            known = await remember(session, repository, found.pull, services.clock())
        elif repository is not None and known is None and found.head_sha:
            # Hosts do not find heads in forks by their commit; we were told of them.
            known = await find_pull_request(session, repository.id, number=context.pr_number, sha=found.head_sha)
        cycle.problem = found.problem
        cycle.repository_id = repository.id if repository else None
        cycle.pull_request_id = known.id if known else None
        cycle.head_sha = found.head_sha
        if cycle.finished_at is not None:
            await supersede(session, cycle)
            await recall_history(session, cycle)
            await tend_quarantine(session, services, cycle, await latest_execution(session, cycle.id))
            await judge_cycle(session, services, cycle)
        await request_publication(session, services, cycle)


async def _ask(provider: CiProvider, place: Place, known: PullRequest | None, context: CiContext) -> _Found:
    """Asks the host for what our own table does not know, with at most one call for each question."""
    row, sha = place.row, context.commit_sha or ""
    try:
        where = place.told if row is None else values.Repository(row.external_id, row.path)
        if row is None:
            where = await _complete(provider, where)
        try:
            found = await _find(provider, where, known, context)
        except NotFound:
            moved = await provider.get_repository(where) if row is not None else where
            if moved == where:
                raise
            where = moved
            found = await _find(provider, where, known, context)
        unchanged = row is not None and (where.id, where.path) == (row.external_id, row.path)
        return found if unchanged else replace(found, repository=where)
    except NotFound:
        number, commit = context.pr_number, sha[:12]
        missing = f" or it has no pull request {number}" if number else f" or it has no commit {commit}" if sha else ""
        reason = f"{provider.name} does not show us {place.name}{missing}: check the repository and the access we have"
    except (Forbidden, Unauthenticated, Rejected) as refusal:
        reason = f"{provider.name} refuses us: {words_of(refusal)}"
    return _Found(head_sha=sha, problem=reason)


async def _complete(provider: CiProvider, told: values.Repository) -> values.Repository:
    """Asks for a repository that is new to us; one of which only the last word is known is looked for in the list."""
    if not told.id and "/" not in told.path:
        ends = f"/{told.path.lower()}"
        named = [one for one in await provider.repositories() if one.path.lower().endswith(ends)]
        if len(named) != 1:
            count = "several repositories" if named else "no repository"
            raise Rejected(f"it shows us {count} named {told.path}: send the whole path")
        return named[0]
    return await provider.get_repository(told)


async def _find(
    provider: CiProvider, where: values.Repository, known: PullRequest | None, context: CiContext
) -> _Found:
    sha, number = context.commit_sha or "", context.pr_number
    commit = await _commit(provider, where, context) if sha else None
    if commit is not None and known is not None:
        head = _tested_head(context, commit, known.head_sha, known.merge_sha)
        if head == known.head_sha:
            return _Found(head_sha=head)
    if number is None:
        head = _tested_head(context, commit) if commit is not None else ""
        pulls = await provider.find_pull_requests(where, head) if head else ()
        return _Found(pull=pulls[0] if pulls else None, head_sha=head)
    pull = await provider.get_pull_request(where, number)
    if not sha:
        return _Found(pull=pull, head_sha=pull.head_sha)
    head = _tested_head(context, commit or values.Commit(sha), pull.head_sha, pull.merge_sha)
    if commit is None and head != pull.head_sha:
        problem = f"{provider.name} knows no commit {sha[:12]} in {where.path}: send the head of pull request {number}"
        return _Found(pull=pull, problem=problem)
    return _Found(pull=pull, head_sha=head)


async def _commit(provider: CiProvider, where: values.Repository, context: CiContext) -> values.Commit | None:
    """Reads the tested commit; None when the host has none and the pull request's number has to do."""
    sha = context.commit_sha or ""
    try:
        return await provider.get_commit(where, sha)
    except Forbidden:
        return values.Commit(sha)
    except NotFound:
        if context.pr_number is None:
            raise
        return None


def _tested_head(context: CiContext, commit: values.Commit, head: str = "", merge: str = "") -> str:
    """Gives the head that a tested commit stands for: for a host's test merge, what it merged into the base.

    `head` and `merge` are what the pull request has now, as far as that is known. It may have a newer head than the
    one that was tested, so its own word on the merge commit only counts where the commit's parents are not told.
    """
    if head.startswith(commit.sha):
        return head
    merged = commit.parents[1] if len(commit.parents) == 2 else ""
    if merged and (context.merged or merged == head):
        return merged
    return head if not commit.parents and merge.startswith(commit.sha) else commit.sha
