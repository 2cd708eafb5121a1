"""Which tests a policy has us run, for which heads, and when that is looked at."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.policy import Policy, layered
from bot.domain.policy.model import Tests
from bot.domain.policy.values import TestOn
from bot.store.jobs import enqueue
from bot.store.models import PullRequest, Repository
from bot.usecases.read_policy import Reading
from bot.usecases.services import Services

ASK = (
    "Its tests do not run by themselves, as it comes from a fork: a maintainer can let this head run with /agnox allow"
)


def wanted_tests(reading: Reading, organization: Policy, on: TestOn) -> Tests | None:
    """Gives the tests to run; None where there are none.

    A file that can't be read or followed might ask for fewer than the defaults do, so nothing runs. An organization
    whose own `tests.on` is empty has none run in any of its repositories.
    """
    if reading.refusal or reading.mistakes:
        return None
    if organization.tests is not None and not organization.tests.on:
        return None
    tests = layered(reading.policy, organization).tests
    return tests if tests is not None and on in tests.on else None


def waits_for_word(pull: PullRequest) -> bool:
    """Tells whether nothing of a head may run before a maintainer said so; that word holds for one head only."""
    return pull.from_fork and pull.allowed_sha != pull.head_sha


def waiting_notes(reading: Reading, organization: Policy, pull: PullRequest | None) -> tuple[str, ...]:
    """Says in the report that there are tests which wait for such a word."""
    if pull is None or not pull.open or not waits_for_word(pull):
        return ()
    return (f"{ASK}.",) if wanted_tests(reading, organization, TestOn.PULL_REQUEST) else ()


def suite_of(repository: Repository) -> str:
    """Names the suite of these tests, so that it is no workflow's name."""
    return f"{repository.path[:200]} / tests"


async def enqueue_pull_tests(session: AsyncSession, services: Services, pull: PullRequest) -> None:
    """Has the policy asked whether tests of the head of a pull request are to be run."""
    await enqueue(
        session,
        "run_pull_tests",
        {"pull_request_id": pull.id, "head_sha": pull.head_sha},
        organization_id=pull.organization_id,
        dedupe_key=f"tests:{pull.id}:{pull.head_sha}",
        exclusive_key=f"tests:{pull.id}",
        now=services.clock(),
    )


async def enqueue_push_tests(
    session: AsyncSession, services: Services, repository: Repository, branch: str, sha: str
) -> None:
    """Has the policy asked whether tests of a new head of the default branch are to be run."""
    if not sha.strip("0"):
        # That is how hosts tell of a branch that is gone.
        return
    await enqueue(
        session,
        "run_push_tests",
        {"repository_id": repository.id, "branch": branch, "sha": sha},
        organization_id=repository.organization_id,
        dedupe_key=f"tests:{repository.id}:{sha}",
        exclusive_key=f"tests:{repository.id}:{sha}",
        now=services.clock(),
    )
