"""The policy of a repository has us run its tests: on heads of pull requests, on pushes to the default branch."""

import logging
from datetime import timedelta

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.context import CiContext
from bot.domain.cycle import CycleState, step
from bot.domain.masking import mask
from bot.domain.policy import Policy, layered
from bot.domain.policy.model import Tests
from bot.domain.policy.values import TestOn
from bot.domain.trigger import Trigger
from bot.store.ci_runs import ensure_project
from bot.store.cycles import add_cycle, add_execution, latest_execution
from bot.store.jobs import enqueue
from bot.store.models import Execution, PullRequest, Repository, TestCycle
from bot.store.policy_tests import POLICY, overtaken_cycles, policy_cycle
from bot.usecases.analyze_execution import end_execution
from bot.usecases.ask_for_word import hand_over, say_waiting
from bot.usecases.connect import Unconnected, connect
from bot.usecases.organization_policy import organization_policy
from bot.usecases.policy_tests import suite_of, waits_for_word, wanted_tests
from bot.usecases.publishing import request_publication
from bot.usecases.read_policy import read_policy
from bot.usecases.rerun_node import rerun_on_node
from bot.usecases.rerun_target import ALL
from bot.usecases.services import Services
from bot.usecases.start_cycle import dump_context, enqueue_run
from bot.usecases.suite_request import open_part, seal_request
from bot.usecases.words_of import words_of
from providers import values
from providers.errors import ProviderError, RateLimited, Suspended, Unauthenticated, Unavailable
from providers.interface import CiProvider

logger = logging.getLogger(__name__)

OVERTAKEN = "a newer head was pushed"
UNTAKEN = timedelta(hours=1)
"""How long a testing node is waited for by a process that may run no tests itself."""
NO_NODE = (
    f"no testing node took these tests within {UNTAKEN.seconds // 60} minutes: the operator of this server has to "
    "allow an executor with AGNOX_EXECUTORS"
)


async def run_pull_tests(services: Services, pull_request_id: str, head_sha: str) -> None:
    """Starts what the base branch's policy wants run on a head, once; those of earlier heads are stopped.

    RateLimited and Unavailable are raised.
    """
    async with services.database.write() as session:
        pull = await session.get(PullRequest, pull_request_id)
        if pull is None or not pull.open or pull.head_sha != head_sha or not pull.base_ref:
            return
        await _stop_overtaken(session, services, pull)
        repository = await session.get_one(Repository, pull.repository_id)
        cycle = await policy_cycle(session, repository.id, pull.id, head_sha)
        if cycle is not None and cycle.state != CycleState.CANCELLED:
            return
    asked = await _ask(services, repository, pull.base_ref, TestOn.PULL_REQUEST)
    if asked is None:
        return
    provider, tests, policy = asked
    if not pull.from_fork:
        # Deliveries may lack what tells a fork, and what is run by mistake can't be taken back.
        forked = await _comes_from_fork(provider, repository, pull.number)
        if forked is None:
            return
        pull.from_fork = forked
    if waits_for_word(pull):
        await say_waiting(services, provider, repository, pull, policy)
        return
    async with services.database.write() as session:
        await _start(session, services, provider, repository, tests, pull.base_ref, head_sha, pull.id)


async def run_push_tests(services: Services, repository_id: str, branch: str, sha: str) -> None:
    """Starts what the default branch's own policy wants run on a new head of it, once.

    RateLimited and Unavailable are raised.
    """
    async with services.database.read() as session:
        repository = await session.get(Repository, repository_id)
    if repository is None or repository.default_branch != branch:
        return
    asked = await _ask(services, repository, branch, TestOn.PUSH)
    if asked is None:
        return
    provider, tests, _ = asked
    async with services.database.write() as session:
        await _start(session, services, provider, repository, tests, branch, sha, None)


async def give_up_waiting(services: Services, execution_id: str) -> None:
    """Ends an execution that no testing node took, so that nobody waits for it for ever."""
    async with services.database.write() as session:
        execution = await session.get(Execution, execution_id)
        if execution is None:
            return
        cycle = await session.get_one(TestCycle, execution.cycle_id, with_for_update=True)
        await session.refresh(execution)
        if execution.state == CycleState.PENDING:
            execution.problem = NO_NODE
            await end_execution(session, services, cycle, execution, CycleState.ERROR)


async def _ask(
    services: Services, repository: Repository, ref: str, on: TestOn
) -> tuple[CiProvider, Tests, Policy] | None:
    """Reads what is wanted on a branch; None where that is nothing, or the host has nothing to do with us."""
    if repository.removed_at is not None:
        return None
    async with services.database.read() as session:
        organization = await organization_policy(session, repository.organization_id)
        provider = await connect(services, session, repository.organization_id, repository.provider, repository)
    if isinstance(provider, Unconnected):
        return None
    try:
        reading = await read_policy(services.policies, provider, repository, ref)
    except (Suspended, Unauthenticated):
        return None
    tests = wanted_tests(reading, organization, on)
    return (provider, tests, layered(reading.policy, organization)) if tests is not None else None


async def _comes_from_fork(provider: CiProvider, repository: Repository, number: int) -> bool | None:
    """Asks the host itself; None where it does not say."""
    where = values.Repository(id=repository.external_id, path=repository.path)
    try:
        return (await provider.get_pull_request(where, number)).from_fork
    except (RateLimited, Unavailable):
        raise
    except ProviderError as refusal:
        words = words_of(refusal)
        logger.warning("tests of %s#%d do not run, %s refuses us: %s", where.path, number, provider.name, words)
        return None


async def _start(
    session: AsyncSession,
    services: Services,
    provider: CiProvider,
    repository: Repository,
    tests: Tests,
    base: str,
    head_sha: str,
    pull_request_id: str | None,
) -> None:
    """Adds the cycle of a head, unless there is one or the head has moved on."""
    # Locks the repository, so that of two jobs for one head the second sees what the first has made.
    project = await ensure_project(session, repository)
    pull = None
    if pull_request_id is not None:
        pull = await session.get_one(PullRequest, pull_request_id, with_for_update=True, populate_existing=True)
        # What was found out of it is only true of the pull request as it was then.
        if not pull.open or (pull.head_sha, pull.base_ref) != (head_sha, base) or waits_for_word(pull):
            return
    trigger = Trigger(project_id=project.id, image=tests.image, command=tests.command, labels=frozenset(tests.labels))
    cycle = await policy_cycle(session, repository.id, pull_request_id, head_sha)
    if cycle is not None:
        last = await latest_execution(session, cycle.id)
        if last.state == CycleState.CANCELLED and last.problem == OVERTAKEN:
            # A head that comes back.
            seal_request(services.vault, cycle, trigger)
            await rerun_on_node(session, services, cycle, ALL, POLICY)
            await _watch_over(session, services, await latest_execution(session, cycle.id))
        return
    cycle = add_cycle(
        session,
        project,
        suite=suite_of(repository),
        state=CycleState.PENDING,
        ci_context=dump_context(_context(repository, pull, base, head_sha)),
        request=open_part(trigger),
    )
    cycle.repository_id, cycle.pull_request_id, cycle.head_sha = repository.id, pull_request_id, head_sha
    await session.flush()
    seal_request(services.vault, cycle, trigger)
    execution = add_execution(session, cycle, 1, CycleState.PENDING, POLICY)
    await session.flush()
    if pull is not None:
        await hand_over(session, provider, pull, execution)
    await enqueue_run(session, services, execution)
    await _watch_over(session, services, execution)
    await request_publication(session, services, cycle)


def _context(repository: Repository, pull: PullRequest | None, base: str, head_sha: str) -> CiContext:
    told = {
        "source": repository.provider,
        "repository": repository.path,
        "prNumber": pull.number if pull is not None else None,
        "commitSha": head_sha,
        "runner": "agnox",
    }
    branch = mask(pull.head_ref) if pull is not None else base
    try:
        return CiContext.model_validate({**told, "branch": branch or None})
    except ValidationError:
        # A host may allow names of branches that we do not take.
        return CiContext.model_validate(told)


async def _watch_over(session: AsyncSession, services: Services, execution: Execution) -> None:
    """Has an execution ended that nobody takes: other processes may run tests where this one does not."""
    if services.executors.allowed:
        return
    await enqueue(
        session,
        "give_up_waiting",
        {"execution_id": execution.id},
        organization_id=execution.organization_id,
        dedupe_key=f"waiting:{execution.id}",
        delay=UNTAKEN,
        now=services.clock(),
    )


async def _stop_overtaken(session: AsyncSession, services: Services, pull: PullRequest) -> None:
    for cycle in await overtaken_cycles(session, pull):
        execution = await latest_execution(session, cycle.id)
        cycle.state = execution.state = step(CycleState(cycle.state), CycleState.CANCELLED)
        cycle.finished_at = execution.finished_at = services.clock()
        execution.problem = OVERTAKEN
        await request_publication(session, services, cycle)
