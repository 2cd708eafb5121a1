"""Whether a language model may be asked about a cycle: its repository's policy decides, and what is left of the day."""

import logging
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.policy import Engine, Policy, layered
from bot.store.models import Execution, PullRequest, Repository, TestCycle
from bot.usecases.connect import Unconnected, connect
from bot.usecases.locate_cycle import locate_cycle
from bot.usecases.organization_policy import organization_policy
from bot.usecases.read_policy import read_policy
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers.errors import ProviderError, RateLimited, Unavailable

logger = logging.getLogger(__name__)

_DAY = timedelta(days=1)


async def why_not_ask(services: Services, cycle_id: str) -> str:
    """Says why the model is not asked, for the report; empty when it may be.

    A cycle that nobody has placed yet is placed first: a repository's "no" has to be known before anything leaves.
    Raises RateLimited and Unavailable while the host can't be asked.
    """
    async with services.database.read() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
    if cycle.repository_id is None and cycle.ci_context is not None:
        await locate_cycle(services, cycle_id)
    async with services.database.read() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
        policy = await organization_policy(session, cycle.organization_id)
    if cycle.repository_id is not None:
        policy = layered(await _policy_of(services, cycle), policy)
    if policy.ai.engine is Engine.EMBEDDED:
        return "the policy asks for it"
    async with services.database.read() as session:
        if cycle.repository_id is not None and await _asked(session, services, cycle.repository_id) >= policy.ai.budget:
            return "its daily budget is used up"
    return ""


async def _policy_of(services: Services, cycle: TestCycle) -> Policy:
    """Reads the policy of the branch that the cycle's change goes into, or of the branch that it tested."""
    async with services.database.read() as session:
        repository = await session.get_one(Repository, cycle.repository_id)
        pull = await session.get(PullRequest, cycle.pull_request_id) if cycle.pull_request_id else None
        provider = await connect(services, session, cycle.organization_id, repository.provider, repository)
    branch = pull.base_ref if pull is not None else str((cycle.ci_context or {}).get("branch") or "")
    if isinstance(provider, Unconnected) or not branch:
        return Policy()
    try:
        return (await read_policy(services.policies, provider, repository, branch)).policy
    except (RateLimited, Unavailable):
        raise
    except ProviderError as refusal:
        logger.warning("the policy of %s can't be read: %s", repository.path, words_of(refusal))
        return Policy()


async def _asked(session: AsyncSession, services: Services, repository_id: str) -> int:
    """Counts the analyses of a repository in the last day that a model was asked for."""
    asked = await session.scalar(
        select(func.count())
        .select_from(Execution)
        .join(TestCycle, TestCycle.id == Execution.cycle_id)
        .where(
            TestCycle.repository_id == repository_id,
            Execution.finished_at > services.clock() - _DAY,
            Execution.analysis["engine"].as_string() == "llm",
        )
    )
    return asked or 0
