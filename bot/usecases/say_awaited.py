"""Suites that earlier pushes had: of a new one it is said that their verdict is to come, and then that none came."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.policy import Policy
from bot.store.models import CiRun, PullRequest, Repository
from bot.store.publications import find_publication
from bot.usecases.compose_report import check_name
from bot.usecases.note_run import enqueue_asking
from bot.usecases.waiting import LONGEST, open_runs
from bot.usecases.write_publication import Writer
from providers.errors import ProviderError
from providers.interface import CiProvider
from providers.report import Check, Verdict
from providers.values import Revision, Slot

KIND = "awaited"
WAITING = "Waiting for the tests of this push"
# A path filter, or a pipeline that this push did not start: a merge must not wait for it for ever.
NOT_TESTED = f"Not tested on this push: no run of it within {LONGEST // timedelta(minutes=1)} minutes"


@dataclass(frozen=True)
class Awaited:
    """What is waited for on the head of a pull request; while it is `held`, time does not count."""

    writer: Writer
    provider: CiProvider
    repository: Repository
    pull: PullRequest
    revision: Revision
    policy: Policy
    runs: Sequence[CiRun]
    held: bool = False

    async def say(self, suite: str) -> ProviderError | None:
        """Gives why the host would not take it; raises as `Writer.write` does."""
        name = check_name(suite, self.policy.checks.name)
        waiting, none = Check(name, Verdict.PENDING, WAITING, ""), Check(name, Verdict.PASSED, NOT_TESTED, "")
        subject = f"{self.pull.id}:{hashlib.sha256(suite.encode()).hexdigest()[:16]}"
        check = none if await self._is_over(subject, self._digest(waiting), self._digest(none)) else waiting
        return await self.writer.write(
            subject,
            KIND,
            self._digest(check),
            lambda slot: self.provider.put_status(self.revision, check, Slot(unsure=slot.unsure)),
            settled=check.verdict.finished,
        )

    async def _is_over(self, subject: str, waiting: str, none: str) -> bool:
        """Tells whether it was waited for long enough; until then the host is asked for its runs when it will be."""
        if self.held or open_runs(self.runs, self.policy):
            return False
        services = self.writer.services
        async with services.database.read() as session:
            row = await find_publication(session, subject, KIND)
        if row is not None and row.content_hash == none:
            return True
        since = row.updated_at if row is not None and row.content_hash == waiting else services.clock()
        left = since + LONGEST - services.clock()
        if left <= timedelta(0):
            return True
        async with services.database.write() as session:
            await enqueue_asking(session, services, self.repository, self.revision.sha, left, reason=KIND)
        return False

    def _digest(self, check: Check) -> str:
        said = repr((self.revision.sha, self.pull.pushes, check))
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
