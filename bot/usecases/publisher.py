"""What stands on the host for one pull request or commit: checks, statuses, remarks and the comment."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property

from anyio import to_thread

from bot.domain.excuses import Rules
from bot.domain.policy import Policy, layered
from bot.store.models import CiRun, CommentCommand, PullRequest, Repository
from bot.store.publications import Told, find_publication, subject_for
from bot.usecases.compose_answers import compose_answers
from bot.usecases.compose_report import check_name, compose_report, compose_standing, compose_suite
from bot.usecases.excuse_failures import with_policy
from bot.usecases.note_run import enqueue_asking
from bot.usecases.policy_tests import waiting_notes
from bot.usecases.read_policy import Reading
from bot.usecases.say_awaited import Awaited
from bot.usecases.say_verdict import Overall, subject_of, sum_up
from bot.usecases.services import Services
from bot.usecases.waiting import running_names, waits_until
from bot.usecases.wants_comment import wants_comment
from bot.usecases.write_publication import Writer
from providers import values
from providers.annotations import annotations
from providers.errors import ProviderError, Rejected
from providers.interface import CiProvider
from providers.report import Check, Report, Verdict
from providers.values import Revision


@dataclass(frozen=True)
class Publisher:
    """One run of publishing for one pull request or bare revision.

    With `looks` it writes nothing: it raises `Unsaid` where there is something to write.
    """

    services: Services
    provider: CiProvider
    repository: Repository
    pull: PullRequest | None
    head_sha: str
    told: Sequence[Told]
    awaited: Sequence[str]
    notes: tuple[str, ...]
    rules: Rules = field(default_factory=Rules)
    heard: Sequence[CommentCommand] = ()
    runs: Sequence[CiRun] = ()
    """The CI runs of the head."""
    organization: Policy = field(default_factory=Policy)
    reading: Reading = field(default_factory=Reading)
    looks: bool = False

    async def publish(self) -> ProviderError | None:
        """Gives why the host would not take some of it; raises as `Writer.write` does."""
        refusals = [await self._publish_awaited(name) for name in self.awaited]
        if await self._waits():
            return next(filter(None, refusals), None)
        newest = {one.cycle.suite: one for one in self.told if one.cycle.head_sha == self.head_sha}
        refusals += [
            await self._publish_check(one, newest=one in newest.values())
            for one in self.told
            if self._is_due(one, newest=one in newest.values()) and self._counts(one)
        ]
        refusals.append(await self._publish_overall())
        refusals.append(await self._publish_comment())
        refusals.append(await self._publish_remarks())
        return next(filter(None, refusals), None)

    async def _waits(self) -> bool:
        """Tells whether nothing is to be said yet of the head, and has it looked at again when it is."""
        until = waits_until(self.told, self.runs, self.head_sha, self._wants)
        left = until - self.services.clock() if until is not None and self.pull is not None else timedelta(0)
        if left <= timedelta(0):
            return False
        async with self.services.database.write() as session:
            await enqueue_asking(session, self.services, self.repository, self.head_sha, left, reason="wait")
        return True

    async def _publish_overall(self) -> ProviderError | None:
        """Says what all suites amount to, where a merge waits for our verdict whatever the suites are called."""
        report = self._report()
        if self.pull is None or not self._wants.checks.required or not report.suites:
            return None
        check = await to_thread.run_sync(sum_up, self.provider, report, self._wants.checks.name)
        subject = subject_of(self.pull, self.head_sha)
        return await Overall(self._writer, self.provider, self.repository, self.pull, self.head_sha, subject).say(check)

    def _report(self) -> Report:
        report = compose_report(self.head_sha, self.told, self.services.public_url, self._rules)
        return replace(report, running=tuple(dict.fromkeys((*report.running, *running_names(self.runs, self._wants)))))

    def _is_due(self, one: Told, *, newest: bool) -> bool:
        """What is settled is said again only where something else of its suite may have changed it."""
        return newest or (not one.settled and self._subject(one) == one.execution.id)

    def _subject(self, one: Told) -> str:
        """Where verdicts belong to pull requests, another one with the same head has its own."""
        if not self.provider.capabilities.awaits or self.pull is None or one.cycle.pull_request_id == self.pull.id:
            return one.execution.id
        return subject_for(one.execution.id, self.pull.id)

    def _counts(self, one: Told) -> bool:
        """Where the newest word counts for all pushes, an older head is not spoken of any more."""
        return one.cycle.head_sha == self.head_sha or not self.provider.capabilities.awaits

    async def _publish_check(self, one: Told, *, newest: bool) -> ProviderError | None:
        url, cycle = self.services.public_url, one.cycle
        suite = compose_suite(one, url, self._rules)
        if newest and suite.verdict.finished and suite.verdict is not Verdict.CANCELLED:
            same = [
                each for each in self.told if (each.cycle.suite, each.cycle.head_sha) == (cycle.suite, self.head_sha)
            ]
            suite = compose_standing(one, same, url, self._rules)
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
                self._subject(one),
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
        """Says of a suite of earlier heads that its verdict on this one is still to come, or that none came."""
        if self.pull is None or not self.pull.open or not self.provider.capabilities.awaits:
            return None
        held = bool(waiting_notes(self.reading, self.organization, self.pull))
        revision = self._revision(self.head_sha)
        return await Awaited(
            self._writer, self.provider, self.repository, self.pull, revision, self._wants, self.runs, held
        ).say(name)

    async def _publish_remarks(self) -> ProviderError | None:
        """Puts the findings on the lines of the diff, where they can't be part of a check."""
        most = self.services.line_remarks
        if self.pull is None or not most or not self.provider.capabilities.remarks:
            return None
        report = compose_report(self.head_sha, self.told, self.services.public_url, self._rules)
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
        report = self._report()
        answers = compose_answers(self.heard, report)
        if self.pull is None or not (answers or any(suite.verdict.finished for suite in report.suites)):
            return None
        waiting = waiting_notes(self.reading, self.organization, self.pull)
        report = replace(report, notes=(*self.notes, *self.reading.notes, *waiting, *report.notes), answers=answers)
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

    @cached_property
    def _rules(self) -> Rules:
        return with_policy(self.rules, self._wants)

    @cached_property
    def _wants(self) -> Policy:
        return layered(self.reading.policy, self.organization)

    @property
    def _repository(self) -> values.Repository:
        return values.Repository(id=self.repository.external_id, path=self.repository.path)


def _digest(content: object) -> str:
    return hashlib.sha256(repr(content).encode("utf-8", "surrogatepass")).hexdigest()
