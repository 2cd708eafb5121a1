"""Where a merge waits for our verdict, every head gets one, also when nothing tests it."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.policy import layered
from bot.store.ci_runs import runs_on
from bot.store.jobs import enqueue
from bot.store.models import PullRequest, Repository
from bot.store.publications import executions_of
from bot.usecases.connect import Unconnected, connect
from bot.usecases.organization_policy import organization_policy
from bot.usecases.publishing import request_report
from bot.usecases.read_policy import read_head_policy
from bot.usecases.say_verdict import Overall, plain, subject_of
from bot.usecases.services import Services
from bot.usecases.waiting import open_runs
from bot.usecases.write_publication import Writer
from providers.errors import Suspended, Unauthenticated
from providers.report import Verdict

QUIET = timedelta(minutes=10)
"""How long a head may go without a run before it is said that nothing tests it."""
UNHEARD = timedelta(hours=25)
"""When a verdict is given without the runs that never ended."""


async def enqueue_expecting(
    session: AsyncSession, services: Services, pull: PullRequest, since: datetime, delay: timedelta = timedelta(0)
) -> None:
    """Has a head looked at that may need a verdict; `since` is when it came."""
    key = f"expect:{pull.id}:{pull.head_sha[:64]}:{'later' if delay else 'now'}"
    await enqueue(
        session,
        "expect_verdict",
        {"pull_request_id": pull.id, "head_sha": pull.head_sha, "since": since.isoformat()},
        organization_id=pull.organization_id,
        dedupe_key=key,
        exclusive_key=f"expect:{pull.id}",
        delay=delay,
        now=services.clock(),
    )


async def expect_verdict(services: Services, pull_request_id: str, head_sha: str, since: str) -> None:
    """Says that a verdict is to come and, where nothing has begun for some minutes, that there is nothing to test.

    RateLimited and Unavailable are raised.
    """
    async with services.database.read() as session:
        pull = await session.get(PullRequest, pull_request_id)
        if pull is None or not pull.open or pull.head_sha != head_sha:
            return
        repository = await session.get_one(Repository, pull.repository_id)
        told = await executions_of(session, pull_request_id=pull.id, repository_id=repository.id, head_sha=head_sha)
        organization = await organization_policy(session, repository.organization_id)
        runs = await runs_on(session, repository.id, head_sha)
        provider = await connect(services, session, repository.organization_id, repository.provider, repository)
    if isinstance(provider, Unconnected):
        return
    try:
        reading = await read_head_policy(services.policies, provider, repository, pull, head_sha)
    except (Suspended, Unauthenticated):
        return
    policy = layered(reading.policy, organization)
    if not policy.checks.required:
        return
    if any(one.cycle.head_sha == head_sha for one in told):
        # The report on its suites says it.
        async with services.database.write() as session:
            await request_report(session, services, pull.organization_id, pull.id)
        return
    age = services.clock() - datetime.fromisoformat(since)
    waits = bool(open_runs(runs, policy)) and age < UNHEARD
    verdict, words = Verdict.PENDING, "Waiting for the tests of this commit"
    if age >= QUIET and not waits:
        verdict, words = Verdict.PASSED, f"No tests ran on this commit within {QUIET.seconds // 60} minutes"
        if open_runs(runs, policy):
            verdict, words = Verdict.ERROR, "The CI never told how its tests ended"
    writer = Writer(services, repository.organization_id)
    overall = Overall(writer, provider, repository, pull, head_sha, subject_of(pull, head_sha))
    try:
        await overall.say(plain(policy.checks.name, verdict, words))
    except (Suspended, Unauthenticated):
        return
    if not verdict.finished:
        async with services.database.write() as session:
            left = QUIET - age if age < QUIET else QUIET
            await enqueue_expecting(session, services, pull, datetime.fromisoformat(since), left)
