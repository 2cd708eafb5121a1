"""A head from a fork waits for a maintainer's word: that is said in the place of the verdict on its tests."""

import hashlib

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.policy import Policy
from bot.store.models import Execution, PullRequest, Repository
from bot.store.publications import find_publication
from bot.usecases.compose_report import check_name
from bot.usecases.policy_tests import ASK, suite_of
from bot.usecases.say_verdict import KIND, Overall, plain
from bot.usecases.services import Services
from bot.usecases.write_publication import Writer
from providers.errors import Suspended, Unauthenticated
from providers.interface import CiProvider
from providers.report import Verdict


async def say_waiting(
    services: Services, provider: CiProvider, repository: Repository, pull: PullRequest, policy: Policy
) -> None:
    """Says on a head that its tests are still to be allowed. RateLimited and Unavailable are raised."""
    name = check_name(suite_of(repository), policy.checks.name)
    writer = Writer(services, repository.organization_id)
    overall = Overall(writer, provider, repository, pull, pull.head_sha, _subject(pull))
    try:
        await overall.say(plain(name, Verdict.PENDING, ASK))
    except (Suspended, Unauthenticated):
        return


async def hand_over(session: AsyncSession, provider: CiProvider, pull: PullRequest, execution: Execution) -> None:
    """Lets the verdict on an execution take the place of what was said while its head waited."""
    pushes = pull.pushes if provider.capabilities.awaits else 0
    for kind, after in ((KIND, "check"), (f"{KIND} status", f"status:{pushes}" if pushes else "status")):
        row = await find_publication(session, _subject(pull), kind)
        if row is not None:
            row.subject, row.kind = execution.id, after


def _subject(pull: PullRequest) -> str:
    """Names what is kept of that; a head that comes back is another one."""
    known = hashlib.sha256(f"tests {pull.head_sha} {pull.pushes}".encode()).hexdigest()
    return f"{pull.id}:{known[:24]}"
