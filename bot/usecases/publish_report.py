"""Makes what stands on the host equal to what is true now, with as few calls as that takes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.policy import Policy
from bot.store.hosting import find_access, mark_broken
from bot.store.models import Integration, PullRequest, Repository, TestCycle
from bot.store.publications import Told, executions_of, find_publication, suites_of
from bot.usecases.check_integration import ends_soon
from bot.usecases.compose_report import check_name, compose_report, compose_standing, compose_suite
from bot.usecases.connect import Unconnected, connect
from bot.usecases.consult_change import consult_change
from bot.usecases.read_policy import Reading, last_head_policy, read_head_policy
from bot.usecases.services import Services
from bot.usecases.wants_comment import wants_comment
from bot.usecases.words_of import words_of
from bot.usecases.write_publication import Unsaid, Writer
from providers import values
from providers.annotations import annotations
from providers.errors import ProviderError, Rejected, Suspended, Unauthenticated
from providers.interface import CiProvider
from providers.report import Check, Report, Verdict
from providers.values import Revision, Slot


async def publish_report(services: Services, pull_request_id: str) -> None:
    """Brings one pull request up to date; running it twice, late or out of order is harmless."""
    async with services.database.read() as session:
        pull = await session.get(PullRequest, pull_request_id)
        if pull is None:
            return
        repository = await session.get_one(Repository, pull.repository_id)
    await _publish(services, repository, pull, pull.head_sha)


async def publish_revision(services: Services, repository_id: str, head_sha: str) -> None:
    """Brings a commit without a pull request up to date."""
    async with services.database.read() as session:
        repository = await session.get(Repository, repository_id)
    if repository is not None:
        await _publish(services, repository, None, head_sha)


async def _publish(services: Services, repository: Repository, pull: PullRequest | None, head_sha: str) -> None:
    async with services.database.read() as session:
        told = await executions_of(
            session, pull_request_id=pull.id if pull else None, repository_id=repository.id, head_sha=head_sha
        )
        awaited = await _awaited_suites(session, pull, told)
        if not told and not awaited:
            return
        access = await find_access(session, repository)
        ends = isinstance(access, Integration) and ends_soon(access, services.clock())
        # Whose credential it is and when it ends is nobody's business on a public pull request.
        notes = (f"Agnox's access to {repository.provider} ends soon: its administrator can renew it.",) if ends else ()
        provider = await connect(services, session, repository.organization_id, repository.provider, repository)
    if isinstance(provider, Unconnected):
        await _tell_refusal(services, repository, told, provider.reason)
        async with services.database.write() as session:
            await mark_broken(session, repository, provider.reason)
        return
    await consult_change(services, provider, repository, pull, head_sha, told)
    publisher = _Publisher(services, provider, repository, pull, head_sha, told, awaited, notes)
    broken = False
    try:
        refusal = await _follow(publisher)
    except (Suspended, Unauthenticated) as error:
        refusal, broken = error, True
    words = f"{provider.name} refuses us: {words_of(refusal)}" if refusal else ""
    await _tell_refusal(services, repository, told, words)
    if broken or not refusal:
        async with services.database.write() as session:
            await mark_broken(session, repository, words)


async def _follow(publisher: "_Publisher") -> ProviderError | None:
    """Publishes by the policy of the repository, which is only asked for when there is something to say."""
    known, whose = publisher.services.policies, (publisher.repository, publisher.pull, publisher.head_sha)
    try:
        return await replace(publisher, reading=last_head_policy(known, *whose), looks=True).publish()
    except Unsaid:
        reading = await read_head_policy(known, publisher.provider, *whose)
    return await replace(publisher, reading=reading).publish()


@dataclass(frozen=True)
class _Publisher:
    """One run of publishing for one pull request or bare revision."""

    services: Services
    provider: CiProvider
    repository: Repository
    pull: PullRequest | None
    head_sha: str
    told: Sequence[Told]
    awaited: Sequence[str]
    notes: tuple[str, ...]
    reading: Reading = field(default_factory=Reading)
    looks: bool = False

    async def publish(self) -> ProviderError | None:
        """Gives why the host would not take some of it."""
        newest = {one.cycle.suite: one for one in self.told if one.cycle.head_sha == self.head_sha}
        refusals = [
            await self._publish_check(one, newest=one in newest.values())
            for one in self.told
            # What is settled is said again only where something else of its suite may have changed it.
            if (not one.settled or one in newest.values()) and self._counts(one)
        ]
        refusals += [await self._publish_awaited(name) for name in self.awaited]
        refusals.append(await self._publish_comment())
        refusals.append(await self._publish_remarks())
        return next(filter(None, refusals), None)

    def _counts(self, one: Told) -> bool:
        """Where the newest word counts for all pushes, an older head is not spoken of any more."""
        return one.cycle.head_sha == self.head_sha or not self.provider.capabilities.awaits

    async def _publish_check(self, one: Told, *, newest: bool) -> ProviderError | None:
        url, cycle = self.services.public_url, one.cycle
        suite = compose_suite(one, url)
        if newest and suite.verdict.finished and suite.verdict is not Verdict.CANCELLED:
            same = [
                each for each in self.told if (each.cycle.suite, each.cycle.head_sha) == (cycle.suite, self.head_sha)
            ]
            suite = compose_standing(one, same, url)
        suite = replace(suite, check_name=check_name(suite.name, self._wants.checks.name))
        report = Report(head_sha=cycle.head_sha, suites=(suite,), notes=self.reading.notes)
        check = await to_thread.run_sync(self.provider.render_check, suite, report)
        if not self._wants.checks.annotations:
            check = replace(check, annotations=())
        revision = self._revision(cycle.head_sha)
        refusal: ProviderError | None = None
        if self.provider.capabilities.checks:
            refusal = await self._put_check(one, revision, check)
            if isinstance(refusal, Rejected) and check.verdict.finished:
                # Better a bare verdict than a check that stays open and blocks a merge.
                bare = replace(check, summary=check.title, text="", annotations=(), actions=())
                refusal = await self._put_check(one, revision, bare)
            if refusal is None:
                return None
        if self.provider.capabilities.statuses:
            refusal = await self._writer.write(
                one.execution.id,
                self._status_kind,
                _digest(check),
                lambda slot: self.provider.put_status(revision, check, slot),
                settled=check.verdict.finished,
            )
        return refusal

    async def _put_check(self, one: Told, revision: Revision, check: Check) -> ProviderError | None:
        return await self._writer.write(
            one.execution.id,
            "check",
            _digest(check),
            lambda slot: self.provider.put_check(revision, check, one.execution.id, slot),
            settled=check.verdict.finished,
        )

    async def _publish_awaited(self, name: str) -> ProviderError | None:
        """Says of a suite of earlier heads that its verdict on this one is still to come."""
        if self.pull is None or not self.pull.open or not self.provider.capabilities.awaits:
            return None
        called = check_name(name, self._wants.checks.name)
        check = Check(called, Verdict.PENDING, "Waiting for the tests of this push", "")
        revision = self._revision(self.head_sha)
        return await self._writer.write(
            f"{self.pull.id}:{hashlib.sha256(name.encode()).hexdigest()[:16]}",
            "awaited",
            _digest((self.head_sha, self.pull.pushes, check)),
            lambda slot: self.provider.put_status(revision, check, Slot(unsure=slot.unsure)),
            settled=False,
        )

    async def _publish_remarks(self) -> ProviderError | None:
        """Puts the findings on the lines of the diff, where they can't be part of a check."""
        most = self.services.line_remarks
        if self.pull is None or not most or not self.provider.capabilities.remarks:
            return None
        report = compose_report(self.head_sha, self.told, self.services.public_url)
        if not any(suite.verdict.finished for suite in report.suites):
            return None
        remarks = annotations(report.findings)[:most] if self._wants.checks.annotations else ()
        async with self.services.database.read() as session:
            if not remarks and await find_publication(session, self.pull.id, "remarks") is None:
                return None
        revision = self._revision(self.head_sha)
        return await self._writer.write(
            self.pull.id,
            "remarks",
            _digest((remarks, self.head_sha if remarks else "")),
            lambda slot: self.provider.put_remarks(revision, remarks, slot),
            settled=True,
        )

    async def _publish_comment(self) -> ProviderError | None:
        report = compose_report(self.head_sha, self.told, self.services.public_url)
        if self.pull is None or not any(suite.verdict.finished for suite in report.suites):
            return None
        report = replace(report, notes=(*self.notes, *self.reading.notes))
        subject, number = self.pull.id, self.pull.number
        if not wants_comment(self._wants.comment, report):
            async with self.services.database.read() as session:
                row = await find_publication(session, subject, "comment")
            # What stands there is kept true, whatever is wanted.
            if row is None or not (row.external_id or row.writing):
                return None
        body = await to_thread.run_sync(self.provider.render_comment, report)
        resolved = self.provider.capabilities.resolves and report.verdict not in (Verdict.FAILED, Verdict.ERROR)
        return await self._writer.write(
            subject,
            "comment",
            _digest((body, resolved)),
            lambda slot: self.provider.put_comment(self._repository, number, body, slot, resolved=resolved),
            settled=report.verdict.finished,
        )

    @property
    def _status_kind(self) -> str:
        """A head that comes back is a push of its own where verdicts belong to pushes."""
        pushes = self.pull.pushes if self.pull is not None and self.provider.capabilities.awaits else 0
        return f"status:{pushes}" if pushes else "status"

    def _revision(self, sha: str) -> Revision:
        if self.pull is None:
            return Revision(self._repository, sha)
        return Revision(self._repository, sha, self.pull.number, self.pull.head_ref, self.pull.from_fork)

    @property
    def _writer(self) -> Writer:
        return Writer(self.services, self.repository.organization_id, looks=self.looks)

    @property
    def _wants(self) -> Policy:
        return self.reading.policy

    @property
    def _repository(self) -> values.Repository:
        return values.Repository(id=self.repository.external_id, path=self.repository.path)


async def _tell_refusal(services: Services, repository: Repository, told: Sequence[Told], refusal: str) -> None:
    """Leaves on the cycles why nothing can be said on the host, or that it can again."""
    stale = dict.fromkeys(one.cycle.id for one in told if one.cycle.refusal != refusal)
    async with services.database.write() as session:
        for cycle_id in stale:
            (await session.get_one(TestCycle, cycle_id)).refusal = refusal


async def _awaited_suites(session: AsyncSession, pull: PullRequest | None, told: Sequence[Told]) -> Sequence[str]:
    """Names the suites that earlier heads of a pull request had and this one has not yet."""
    if pull is None or not pull.open:
        return ()
    here = {one.cycle.suite for one in told if one.cycle.head_sha == pull.head_sha}
    return [name for name in await suites_of(session, pull.id) if name not in here]


def _digest(content: object) -> str:
    return hashlib.sha256(repr(content).encode("utf-8", "surrogatepass")).hexdigest()
