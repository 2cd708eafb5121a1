"""Queries on how tests ended that fail at times."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState
from bot.domain.flakiness import Outcome, is_cause, key_of_test
from bot.store.history import KEPT_RUNS, Run, Stream, batches
from bot.store.models import Execution, TestCycle, TestOutcome, TestResult

KEPT_TESTS = 1_000
"""Outcomes of one run that are kept: of tests that failed, then of those that fail at times."""
_PRUNED = 20
"""Runs that are forgotten at a time: with each run that comes one goes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How a test ended in a run, and what it failed of."""

    test: str
    outcome: Outcome
    fingerprint: str


async def add_outcomes(session: AsyncSession, execution: Execution, outcomes: Iterable[Kept]) -> None:
    """Keeps the outcomes of tests that failed in an execution, in the place of what was kept of it before."""
    await session.execute(delete(TestOutcome).where(TestOutcome.execution_id == execution.id))
    await _add(session, execution.organization_id, execution.id, islice(outcomes, KEPT_TESTS))


async def note_passes(session: AsyncSession, stream: Stream, run: Run) -> None:
    """Keeps of the tests that failed in a recent run of the stream that they passed in this one."""
    mine = await session.scalars(select(TestOutcome.test_key).where(TestOutcome.execution_id == run.execution_id))
    known = set(mine)
    recent = [TestOutcome.execution_id.in_(_recent(stream, changes=changes)) for changes in (False, True)]
    failing = await session.scalars(
        select(TestOutcome.test_key).where(or_(*recent), TestOutcome.outcome != Outcome.PASSED).distinct()
    )
    tracked = set(failing) - known
    if not tracked or len(known) >= KEPT_TESTS:
        return
    green = run.state in (CycleState.PASSED, CycleState.UNSTABLE)
    if green and not run.reported:
        # Without a report the run's own word has to do.
        passed = tracked
    else:
        causes = {key for key in tracked if is_cause(key)} if green else set()
        passed = causes | (tracked & await passed_tests(session, run.execution_id))
    rows = (Kept(test, Outcome.PASSED, "") for test in sorted(passed))
    await _add(session, stream.organization_id, run.execution_id, islice(rows, KEPT_TESTS - len(known)))


async def passed_tests(session: AsyncSession, execution_id: str) -> set[str]:
    """Gives the keys of the tests that passed at once in an execution."""
    names = await session.scalars(
        select(TestResult.test).where(
            TestResult.execution_id == execution_id, TestResult.status == "passed", TestResult.flaky.is_(False)
        )
    )
    return {key_of_test(name) for name in names}


async def forget_old(session: AsyncSession, stream: Stream) -> None:
    """Forgets the outcomes of the runs that are too old to be looked at; cascades take what is left with the runs."""
    for changes in (False, True):
        old = await session.scalars(_recent(stream, changes=changes).offset(KEPT_RUNS).limit(_PRUNED))
        if ids := old.all():
            await session.execute(delete(TestOutcome).where(TestOutcome.execution_id.in_(ids)))


async def outcomes_of(
    session: AsyncSession, runs: Collection[Run], tests: Collection[str] | None = None
) -> Mapping[str, list[Kept]]:
    """Gives what is kept of runs, of some tests or of all, by execution."""
    columns = TestOutcome.execution_id, TestOutcome.test_key, TestOutcome.outcome, TestOutcome.fingerprint
    found: dict[str, list[Kept]] = {}
    for ids in batches([run.execution_id for run in runs]):
        query = select(*columns).where(TestOutcome.execution_id.in_(ids)).order_by(TestOutcome.test_key)
        for chosen in batches(sorted(tests)) if tests is not None else [None]:
            rows = await session.execute(query if chosen is None else query.where(TestOutcome.test_key.in_(chosen)))
            for execution_id, test, outcome, fingerprint in rows:
                found.setdefault(execution_id, []).append(Kept(test, Outcome(outcome), fingerprint))
    return found


async def _add(session: AsyncSession, organization_id: str, execution_id: str, outcomes: Iterable[Kept]) -> None:
    """Two runs of one commit that end at once may both note what a third one passed."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    mine = {"organization_id": organization_id, "execution_id": execution_id}
    rows = [
        {"test_key": kept.test, "outcome": kept.outcome, "fingerprint": kept.fingerprint} | mine for kept in outcomes
    ]
    if rows:
        await session.execute(insert(TestOutcome).on_conflict_do_nothing(), rows)


def _recent(stream: Stream, *, changes: bool) -> Select[str]:
    on_change = TestCycle.pull_request_id.is_not(None) if changes else TestCycle.pull_request_id.is_(None)
    query = select(Execution.id).join(TestCycle, TestCycle.id == Execution.cycle_id).where(*stream.cycles, on_change)
    return query.order_by(TestCycle.id.desc(), Execution.attempt.desc()).limit(KEPT_RUNS)
