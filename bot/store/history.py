"""Queries on the earlier runs of the same tests."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState
from bot.domain.novelty import Sighting
from bot.store.base import UtcDateTime
from bot.store.models import Execution, Finding, TestCycle, TestOutcome

KEPT_RUNS = 100
"""Runs of the same tests that are looked at: so many of branches, so many of changes; older ones are forgotten."""
_AT_ONCE = 500
"""Values in one list of a query: databases have limits."""

_TOLD = (CycleState.PASSED, CycleState.FAILED, CycleState.UNSTABLE, CycleState.ERROR)
_ENDED = func.coalesce(Execution.finished_at, Execution.created_at, type_=UtcDateTime()).label("at")


@dataclass(frozen=True, slots=True)
class Stream:
    """The runs of one suite, of one repository where that is known and of one project where it is not."""

    organization_id: str
    repository_id: str | None
    project_id: str
    suite: str

    @classmethod
    def of(cls, cycle: TestCycle) -> "Stream":
        return cls(cycle.organization_id, cycle.repository_id, cycle.project_id, cycle.suite)

    @property
    def cycles(self) -> list[ColumnElement[bool]]:
        """What tells its cycles from all others."""
        mine = [TestCycle.organization_id == self.organization_id, TestCycle.suite == self.suite]
        if self.repository_id is not None:
            return [*mine, TestCycle.repository_id == self.repository_id]
        return [*mine, TestCycle.repository_id.is_(None), TestCycle.project_id == self.project_id]


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a stream.

    `branch` is empty on a change, `reported` tells that there was a test report, `counts` that nothing later took its
    place.
    """

    execution_id: str
    cycle_id: str
    state: CycleState
    seen: Sighting
    branch: str
    reported: bool
    counts: bool


async def base_runs(session: AsyncSession, stream: Stream, branch: str) -> list[Run]:
    """Gives the runs on a branch itself that are still looked at, oldest first."""
    on_branch = TestCycle.ci_context["branch"].as_string() == branch
    return await _runs(session, _of(stream).where(TestCycle.pull_request_id.is_(None), on_branch))


async def all_runs(session: AsyncSession, stream: Stream) -> list[Run]:
    """Gives the newest runs on whatever it was, oldest first."""
    return await _runs(session, _of(stream))


async def runs_on(session: AsyncSession, stream: Stream, cycle: TestCycle) -> list[Run]:
    """Gives the runs on the head of a cycle, its own and those of others, oldest first."""
    return await _runs(session, _of(stream).where(_same_commit(cycle)))


async def first_sightings(
    session: AsyncSession, stream: Stream, fingerprints: Collection[str]
) -> Mapping[str, Sighting]:
    """Tells of causes where the stream saw them first; what is unknown is left out."""
    found: dict[str, Sighting] = {}
    for some in batches(sorted(fingerprints)):
        # Ids rise with time.
        first = (
            select(Finding.fingerprint, func.min(Finding.execution_id).label("execution_id"))
            .join(Execution, Execution.id == Finding.execution_id)
            .join(TestCycle, TestCycle.id == Execution.cycle_id)
            .where(Finding.organization_id == stream.organization_id, Finding.fingerprint.in_(some), *stream.cycles)
            .group_by(Finding.fingerprint)
            .subquery()
        )
        rows = await session.execute(
            select(first.c.fingerprint, TestCycle.head_sha, TestCycle.ci_context, _ENDED)
            .join(Execution, Execution.id == first.c.execution_id)
            .join(TestCycle, TestCycle.id == Execution.cycle_id)
        )
        found |= {row.fingerprint: Sighting(_sha(row), row.at) for row in rows}
    return found


async def seen_elsewhere(
    session: AsyncSession, stream: Stream, cycle: TestCycle, fingerprints: Collection[str]
) -> frozenset[str]:
    """Tells which causes the stream also saw in another pull request, or on another commit of a branch."""
    mine = _same_commit(cycle)
    if cycle.pull_request_id is not None:
        mine = func.coalesce(TestCycle.pull_request_id, "") == cycle.pull_request_id
    found: set[str] = set()
    for some in batches(sorted(fingerprints)):
        for table in (Finding, TestOutcome):
            rows = await session.scalars(
                select(table.fingerprint)
                .join(Execution, Execution.id == table.execution_id)
                .join(TestCycle, TestCycle.id == Execution.cycle_id)
                .where(table.organization_id == stream.organization_id, table.fingerprint.in_(some))
                .where(*stream.cycles, ~mine, TestCycle.id != cycle.id)
                .distinct()
            )
            found.update(rows)
    return frozenset(found)


def batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cuts a list to what one query takes."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def _sha(row: Any) -> str:
    """Where no host was asked, what the CI said of the commit has to do."""
    return row.head_sha or (row.ci_context or {}).get("commitSha") or ""


def _same_commit(cycle: TestCycle) -> ColumnElement[bool]:
    if cycle.head_sha:
        return TestCycle.head_sha == cycle.head_sha
    commit = _sha(cycle)
    told: ColumnElement[str] = func.coalesce(TestCycle.ci_context["commitSha"].as_string(), "")
    return told == commit if commit else TestCycle.id == cycle.id


def _of(stream: Stream) -> Select[Any]:
    return (
        select(
            Execution.id,
            Execution.cycle_id,
            Execution.state,
            Execution.counts.label("numbers"),
            _ENDED,
            TestCycle.head_sha,
            TestCycle.ci_context,
            TestCycle.pull_request_id,
            TestCycle.superseded_by,
        )
        .join(TestCycle, TestCycle.id == Execution.cycle_id)
        .where(*stream.cycles, Execution.state.in_(_TOLD))
    )


async def _runs(session: AsyncSession, query: Select[Any]) -> list[Run]:
    newest = query.order_by(TestCycle.id.desc(), Execution.attempt.desc()).limit(KEPT_RUNS)
    runs: list[Run] = []
    for row in await session.execute(newest):
        runs.append(
            Run(
                execution_id=row.id,
                cycle_id=row.cycle_id,
                state=CycleState(row.state),
                seen=Sighting(_sha(row), row.at),
                branch="" if row.pull_request_id else (row.ci_context or {}).get("branch") or "",
                reported=bool(row.numbers.get("total")),
                counts=row.superseded_by is None and not (runs and runs[-1].cycle_id == row.cycle_id),
            )
        )
    return runs[::-1]
