"""What earlier runs say of a run's failures: new, known or flaky, and since when."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState
from bot.domain.flakiness import Outcome, Sample, key_of_cause, key_of_test
from bot.domain.history_words import history_words
from bot.domain.novelty import Failure, Revision, Sighting, Standing, standings
from bot.store.cycles import latest_execution
from bot.store.history import Run, Stream, all_runs, base_runs, first_sightings, runs_on, seen_elsewhere
from bot.store.models import Execution, Finding, PullRequest, TestCycle
from bot.store.outcomes import Kept, add_outcomes, forget_old, note_passes, outcomes_of, passed_tests

JUDGED_TESTS = 50
"""Tests of one finding that it is judged by."""
HEALED_TESTS = 100
"""Of one execution that are named."""
SAME_COMMIT_RUNS = 10
"""Runs of one commit that are held against each other, the newest."""

_WORST = (Outcome.PASSED, Outcome.RETRIED, Outcome.FAILED)


async def remember_failures(
    session: AsyncSession, execution: Execution, failing: Iterable[str], retried: Mapping[str, str]
) -> None:
    """Keeps which tests failed in an execution whose findings are stored, and which passed only on a retry.

    `retried` maps these tests to the fingerprint of what they failed of first.
    """
    outcomes: dict[str, Kept] = {}
    for finding in await _findings(session, execution):
        for key in _keys(finding):
            outcomes.setdefault(key, Kept(key, Outcome.FAILED, finding.fingerprint))
    for test in failing:
        outcomes.setdefault(key_of_test(test), Kept(key_of_test(test), Outcome.FAILED, ""))
    for test, fingerprint in retried.items():
        outcomes.setdefault(key_of_test(test), Kept(key_of_test(test), Outcome.RETRIED, fingerprint))
    await add_outcomes(session, execution, outcomes.values())


async def healed_keys(session: AsyncSession, cycle: TestCycle, execution: Execution) -> dict[str, str]:
    """Gives the keys of what passed in an execution and failed in an earlier one of the same commit.

    Each has its test's name, or none where only a cause is known.
    """
    earlier = [
        run for run in await runs_on(session, Stream.of(cycle), cycle) if run.execution_id < execution.id
    ]  # ids rise with time
    kept = await outcomes_of(session, earlier)
    red = {one.test for rows in kept.values() for one in rows if one.outcome is Outcome.FAILED}
    if red and execution.counts.get("total"):
        red &= await passed_tests(session, execution.id)
    elif red and CycleState(execution.state) not in (CycleState.PASSED, CycleState.UNSTABLE):
        # Without a report only the whole can have passed.
        return {}
    if not red:
        return {}
    analyses = await session.scalars(select(Execution.analysis).where(Execution.id.in_(kept)))
    names = {key_of_test(name): name for each in analyses for name in (each or {}).get("failing_tests", ())}
    return {key: names.get(key, "") for key in red}


async def recall_history(session: AsyncSession, cycle: TestCycle) -> None:
    """Judges the newest execution of a finished cycle by what earlier ones say, and notes it for later ones.

    It is called when the execution is analysed and when it is known where the cycle belongs, whichever comes first;
    the later call has the last word.
    """
    execution = await latest_execution(session, cycle.id)
    state = CycleState(execution.state)
    if not state.finished or state is CycleState.CANCELLED:
        return
    await refine_green(session, cycle, execution)
    stream = Stream.of(cycle)
    # What passed before it failed was not worth noting then.
    for run in (await runs_on(session, stream, cycle))[-SAME_COMMIT_RUNS:]:
        await note_passes(session, stream, run)
    await forget_old(session, stream)
    findings = [finding for finding in await _findings(session, execution) if finding.fingerprint]
    if findings and execution.analysis is not None:
        await _judge(session, stream, cycle, execution, findings)


async def refine_green(session: AsyncSession, cycle: TestCycle, execution: Execution) -> None:
    """Notes which tests passed that failed on the same commit before; for them a green execution is unstable."""
    healed = await healed_keys(session, cycle, execution)
    execution.healed = sorted({name for name in healed.values() if name})[:HEALED_TESTS]
    if execution.state == CycleState.PASSED and healed:
        execution.counts = execution.counts | {"flaky": execution.counts.get("flaky", 0) + len(healed)}
        execution.state = CycleState.UNSTABLE
        if cycle.state == CycleState.PASSED:
            cycle.state = CycleState.UNSTABLE


async def _judge(
    session: AsyncSession, stream: Stream, cycle: TestCycle, execution: Execution, findings: Sequence[Finding]
) -> None:
    base = await _base_branch(session, cycle)
    on_base = await base_runs(session, stream, base) if base else []
    runs = {run.execution_id: run for run in (*on_base, *await all_runs(session, stream))}
    tests = {key for finding in findings for key in _keys(finding)}
    head = next((run.seen.sha for run in runs.values() if run.execution_id == execution.id), cycle.head_sha)
    before = [run for run in on_base if run.counts and run.execution_id < execution.id and run.seen.sha != head]
    revisions = _revisions(before, await outcomes_of(session, before))
    samples = _samples(runs, await outcomes_of(session, runs.values(), tests), base)
    fingerprints = {finding.fingerprint for finding in findings}
    first = await first_sightings(session, stream, fingerprints)
    elsewhere = await seen_elsewhere(session, stream, cycle, fingerprints)
    failures = [Failure(each.fingerprint, _keys(each), each.fingerprint in elsewhere) for each in findings]
    told: dict[int, dict[str, Any]] = {}
    for finding, standing in zip(findings, standings(failures, head, revisions, samples), strict=True):
        seen = first.get(finding.fingerprint)
        earlier = seen if seen is not None and seen.sha != head else None
        words = history_words(standing, base, len(finding.content.get("tests") or ()), earlier)
        told[finding.rank] = _facts(standing, words, seen)
    analysis: dict[str, Any] = execution.analysis or {}
    execution.analysis = analysis | {
        "history": {"base": base, "revisions": len(revisions)},
        "findings": [
            {key: value for key, value in found.items() if key not in _FACTS} | told.get(rank, {})
            for rank, found in enumerate(analysis.get("findings", ()))
        ],
    }


_FACTS = ("novelty", "history", "first_seen", "since")


def _facts(standing: Standing, words: str, first: Sighting | None) -> dict[str, Any]:
    facts = {
        "novelty": standing.novelty,
        "history": words,
        "first_seen": _sighting(first),
        "since": _sighting(standing.since),
    }
    return {name: value for name, value in facts.items() if value}


def _sighting(seen: Sighting | None) -> dict[str, str] | None:
    return {"sha": seen.sha, "at": seen.at.isoformat()} if seen is not None else None


async def _findings(session: AsyncSession, execution: Execution) -> Sequence[Finding]:
    rows = await session.scalars(select(Finding).where(Finding.execution_id == execution.id).order_by(Finding.rank))
    return rows.all()


def _keys(finding: Finding) -> tuple[str, ...]:
    tests = finding.content.get("tests") or ()
    return tuple(key_of_test(test) for test in tests[:JUDGED_TESTS]) or (key_of_cause(finding.fingerprint),)


async def _base_branch(session: AsyncSession, cycle: TestCycle) -> str:
    """Gives the branch to compare with: a pull request's base, a branch itself; empty when it is not known."""
    context: dict[str, Any] = cycle.ci_context or {}
    if cycle.pull_request_id is not None:
        return (await session.get_one(PullRequest, cycle.pull_request_id)).base_ref
    return "" if context.get("prNumber") else context.get("branch") or ""


def _revisions(runs: Sequence[Run], kept: Mapping[str, Sequence[Kept]]) -> list[Revision]:
    """Puts the runs of each commit together; of a test that ran in several of them the worst outcome stands."""
    found: dict[str, Revision] = {}
    for run in runs:
        rows = kept.get(run.execution_id, ())
        if run.state is CycleState.ERROR and not rows:
            continue
        one = found.setdefault(run.seen.sha or run.cycle_id, Revision(run.seen, {}, {}))
        outcomes, blamed = dict(one.outcomes), dict(one.blamed)
        for row in rows:
            outcomes[row.test] = max(row.outcome, outcomes.get(row.test, row.outcome), key=_WORST.index)
            if row.outcome is Outcome.FAILED:
                blamed[row.test] = row.fingerprint
        found[run.seen.sha or run.cycle_id] = Revision(one.seen, outcomes, blamed)
    return list(found.values())


def _samples(runs: Mapping[str, Run], kept: Mapping[str, Sequence[Kept]], base: str) -> Mapping[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for execution_id in sorted(kept):
        run = runs[execution_id]
        for row in kept[execution_id]:
            sample = Sample(run.seen.sha or run.cycle_id, row.outcome, bool(base) and run.branch == base)
            found.setdefault(row.test, []).append(sample)
    return found
