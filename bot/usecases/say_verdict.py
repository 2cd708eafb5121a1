"""One verdict on a commit as a whole, by a check where there are checks and by a status elsewhere."""

import hashlib
from dataclasses import dataclass

from bot.store.models import PullRequest, Repository
from bot.usecases.write_publication import Writer
from providers import values
from providers.errors import ProviderError
from providers.interface import CiProvider
from providers.report import Check, Counts, Report, Suite, Verdict
from providers.values import Revision

KIND = "overall"
_ORDER = (Verdict.FAILED, Verdict.ERROR, Verdict.RUNNING, Verdict.PENDING, Verdict.UNSTABLE, Verdict.PASSED)


@dataclass(frozen=True)
class Overall:
    """The verdict on a commit that stands under the plain name of our checks; `subject` is what it is kept by."""

    writer: Writer
    provider: CiProvider
    repository: Repository
    pull: PullRequest | None
    sha: str
    subject: str

    async def say(self, check: Check) -> ProviderError | None:
        """Gives why the host would not take it; raises as `Writer.write` does."""
        refusal: ProviderError | None = None
        digest = hashlib.sha256(repr((self.sha, check)).encode("utf-8", "surrogatepass")).hexdigest()
        if self.provider.capabilities.checks:
            refusal = await self.writer.write(
                self.subject,
                KIND,
                digest,
                lambda slot: self.provider.put_check(self._revision, check, self.subject, slot),
                settled=check.verdict.finished,
            )
            if refusal is None:
                return None
        if self.provider.capabilities.statuses:
            refusal = await self.writer.write(
                self.subject,
                f"{KIND} status",
                digest,
                lambda slot: self.provider.put_status(self._revision, check, slot),
                settled=check.verdict.finished,
            )
        return refusal

    @property
    def _revision(self) -> Revision:
        where = values.Repository(id=self.repository.external_id, path=self.repository.path)
        if self.pull is None:
            return Revision(where, self.sha)
        return Revision(where, self.sha, self.pull.number, self.pull.head_ref, self.pull.from_fork)


def subject_of(pull: PullRequest, head_sha: str) -> str:
    """Names a head of a pull request; one that comes back is another one."""
    return f"{pull.id}:{hashlib.sha256(f'{head_sha} {pull.pushes}'.encode()).hexdigest()[:24]}"


def sum_up(provider: CiProvider, report: Report, name: str) -> Check:
    """Writes the verdict on all suites of a head: red at once, green when nothing is still to come."""
    found = {suite.verdict for suite in report.suites}
    if report.running:
        found.add(Verdict.RUNNING)
    # What was cancelled says nothing; alone it must not be taken for green.
    verdict = next((one for one in _ORDER if one in found), Verdict.CANCELLED)
    suites = [suite for suite in report.suites if suite.verdict is verdict] or list(report.suites)
    whole = Suite(
        name=name,
        verdict=verdict,
        counts=sum((suite.counts for suite in report.suites), Counts()),
        problem="; ".join(dict.fromkeys(suite.problem for suite in suites if suite.problem)),
        details_url=next((suite.details_url for suite in suites), ""),
        check_name=name,
    )
    return provider.render_check(whole, Report(report.head_sha, (whole,), running=report.running))


def plain(name: str, verdict: Verdict, title: str) -> Check:
    """Writes a verdict in our own words."""
    return Check(name, verdict, title, title)
