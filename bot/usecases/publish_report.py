"""Makes what stands on the host equal to what is true now, with as few calls as that takes."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.store.hosting import mark_broken
from bot.store.models import Publication, PullRequest, Repository, TestCycle
from bot.store.publications import Told, executions_of, find_publication, open_publication
from bot.usecases.compose_report import compose_report, compose_suite
from bot.usecases.connect import Unconnected, connect
from bot.usecases.services import Services
from providers import values
from providers.errors import Forbidden, NotFound, ProviderError, RateLimited, Rejected, Suspended, Unauthenticated
from providers.interface import CiProvider
from providers.report import Check, Report, Verdict
from providers.values import Revision, Slot, Written

logger = logging.getLogger(__name__)

Write = Callable[[Slot], Awaitable[Written]]


async def publish_report(services: Services, pull_request_id: str) -> None:
    """Brings one pull request up to date; running it twice, late or out of order is harmless."""
    async with services.database.read() as session:
        pull = await session.get(PullRequest, pull_request_id)
        if pull is None:
            return
        repository = await session.get_one(Repository, pull.repository_id)
    await _Publisher(services, repository, pull).publish(pull.head_sha)


async def publish_revision(services: Services, repository_id: str, head_sha: str) -> None:
    """Brings a commit without a pull request up to date."""
    async with services.database.read() as session:
        repository = await session.get(Repository, repository_id)
    if repository is not None:
        await _Publisher(services, repository, None).publish(head_sha)


@dataclass(frozen=True)
class _Publisher:
    """One run of publishing for one pull request or bare revision."""

    services: Services
    repository: Repository
    pull: PullRequest | None

    async def publish(self, head_sha: str) -> None:
        async with self.services.database.read() as session:
            told = await executions_of(
                session,
                pull_request_id=self.pull.id if self.pull else None,
                repository_id=self.repository.id,
                head_sha=head_sha,
            )
            if not told:
                return
            provider = await connect(
                self.services, session, self.repository.organization_id, self.repository.provider, self.repository
            )
        if isinstance(provider, Unconnected):
            await self._tell_problem(told, provider.reason)
            return
        try:
            for one in told:
                await self._publish_check(provider, one, told)
            refusal = await self._publish_comment(provider, compose_report(head_sha, told, self.services.public_url))
        except (Suspended, Unauthenticated) as error:
            refusal = error
        problem = f"{provider.name} refuses us: {refusal}" if refusal else ""
        await self._tell_problem(told, problem)
        async with self.services.database.write() as session:
            await mark_broken(session, self.repository, problem)

    async def _publish_check(self, provider: CiProvider, one: Told, told: Sequence[Told]) -> None:
        report = compose_report(one.cycle.head_sha, told, self.services.public_url)
        check = provider.render_check(compose_suite(one, self.services.public_url), report)
        revision = Revision(self._repository, one.cycle.head_sha, self.pull.number if self.pull else None)
        settled = check.verdict.finished
        subject = one.execution.id
        if provider.capabilities.checks:
            refusal = await self._write(
                subject,
                "check",
                _digest(check),
                lambda slot: provider.put_check(revision, check, subject, slot),
                settled,
            )
            if not isinstance(refusal, Forbidden):
                return
        if provider.capabilities.statuses:
            await self._write(
                subject,
                "status",
                _digest(check),
                lambda slot: provider.put_status(revision, check, slot),
                settled,
            )

    async def _publish_comment(self, provider: CiProvider, report: Report) -> ProviderError | None:
        if self.pull is None or not any(suite.verdict.finished for suite in report.suites):
            return None
        subject, number = self.pull.id, self.pull.number
        if report.verdict is Verdict.PASSED:
            async with self.services.database.read() as session:
                # A green run is worth a word only to somebody who was told of a red one.
                if await find_publication(session, subject, "comment") is None:
                    return None
        body = provider.render_comment(report)
        return await self._write(
            subject,
            "comment",
            _digest(body),
            lambda slot: provider.put_comment(self._repository, number, body, slot),
            report.verdict.finished,
        )

    async def _write(self, subject: str, kind: str, digest: str, write: Write, settled: bool) -> ProviderError | None:
        """Makes one write unless the host already says the same; a refusal is kept with the thing and given back."""
        async with self.services.database.write() as session:
            row = await open_publication(session, self.repository.organization_id, subject, kind)
            if row.problem and kind == "check":
                return Forbidden(row.problem)
            if row.content_hash == digest and not row.writing:
                return None
            slot = Slot(id=row.external_id, state=row.state, unsure=row.writing)
            row.writing = True
        try:
            written = await write(slot)
        except ProviderError as error:
            if error.written is not None:
                # Some of its calls were done: the next run must look before it goes on.
                await self._close(row.id, writing=True, written=error.written)
                raise
            if isinstance(error, (RateLimited, Suspended, Unauthenticated)):
                await self._close(row.id, writing=slot.unsure)
                raise
            if not isinstance(error, (Forbidden, NotFound, Rejected)):
                raise
            logger.warning("%s of %s: %s", kind, self.repository.path, error)
            await self._close(row.id, writing=False, digest=digest, problem=str(error), settled=settled)
            return error
        await self._close(row.id, writing=False, digest=digest, written=written, settled=settled)
        return None

    async def _close(
        self,
        row_id: str,
        *,
        writing: bool,
        digest: str | None = None,
        written: Written | None = None,
        problem: str = "",
        settled: bool = False,
    ) -> None:
        async with self.services.database.write() as session:
            row = await session.get_one(Publication, row_id)
            row.writing = writing
            if digest is not None:
                row.content_hash, row.problem, row.settled = digest, problem, settled
                row.updated_at = self.services.clock()
            if written is not None:
                row.external_id, row.url, row.state = written.id, written.url, written.state

    async def _tell_problem(self, told: Sequence[Told], problem: str) -> None:
        """Leaves on the cycles why nothing can be said on the host, or that it can again."""
        stale = [one.cycle.id for one in told if one.cycle.problem != problem]
        if not stale:
            return
        async with self.services.database.write() as session:
            for cycle_id in dict.fromkeys(stale):
                (await session.get_one(TestCycle, cycle_id)).problem = problem

    @property
    def _repository(self) -> values.Repository:
        return values.Repository(id=self.repository.external_id, path=self.repository.path)


def _digest(content: Check | str) -> str:
    return hashlib.sha256(repr(content).encode("utf-8", "surrogatepass")).hexdigest()
