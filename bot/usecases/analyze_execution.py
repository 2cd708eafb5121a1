"""Logs and results of an execution become findings and a verdict."""

from dataclasses import asdict
from typing import Any

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from bot.analysis import Analysis, Input, analyze
from bot.analysis import TestResult as Case
from bot.analysis.clusters import clusters_of
from bot.domain.cycle import CycleState, outcome, step
from bot.store.cycles import add_results, artifacts_of, clear_results, latest_execution, supersede
from bot.store.models import Execution, Finding, TestCycle, TestResult
from bot.usecases.excuse_failures import judge_cycle
from bot.usecases.heed_ci import heed, remarks, trouble, word_on
from bot.usecases.join_attempts import carry_results, join_earlier
from bot.usecases.llm_explain import explain
from bot.usecases.publishing import request_publication
from bot.usecases.recall_baseline import keep_baseline, pack_green_logs, recall_baseline
from bot.usecases.recall_history import recall_history, remember_failures
from bot.usecases.services import Services
from bot.usecases.tend_quarantine import tend_quarantine

ENOUGH_MESSAGE = 4_000
BATCH = 5_000


class Collector:
    """Keeps the test cases of one analysis as rows; the reader calls it from its own thread."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.retried: dict[str, str] = {}
        """Fingerprints of what tests failed of that passed on a retry."""

    def case(self, test_id: str, status: str, seconds: float | None, flaky: bool) -> None:
        key = f"{test_id}\0{len(self.rows)}" if test_id in self.rows else test_id
        self.rows[key] = {"test": test_id[:1024], "status": status, "seconds": seconds, "flaky": flaky, "message": ""}

    def failure(self, result: Case) -> None:
        if row := self.rows.get(result.id):
            row["message"] = result.message[:ENOUGH_MESSAGE]
        if result.flaky:
            (cause,) = clusters_of([(0, result)])
            self.retried[result.id] = cause.fingerprint


async def analyze_execution(services: Services, execution_id: str) -> None:
    """Analyses an execution once more from its stored files; doing it twice gives the same rows."""
    async with services.database.read() as session:
        execution = await session.get(Execution, execution_id)
        if execution is None or execution.state != CycleState.ANALYZING:
            return
        files = await artifacts_of(session, execution_id)
        cycle = await session.get_one(TestCycle, execution.cycle_id)
        baseline = await recall_baseline(session, services, cycle, files)

    collector = Collector()
    inputs = [Input.of_bytes(file.name, file.content) for file in files]
    analysis = await to_thread.run_sync(lambda: analyze(inputs, baseline=baseline, sink=collector))
    analysis = heed(execution, analysis)
    green = await to_thread.run_sync(pack_green_logs, files) if _is_green(execution, analysis) else []
    told = await explain(services, execution, analysis, inputs) if _is_read_by_people(cycle) else analysis

    # In batches of their own, so that nobody waits long for the database; the last transaction is what counts.
    async with services.database.write() as session:
        await clear_results(session, execution_id)
    rows = list(collector.rows.values())
    for start in range(0, len(rows), BATCH):
        async with services.database.write() as session:
            await add_results(session, execution, TestResult, rows[start : start + BATCH])
    await carry_results(services, execution)

    async with services.database.write() as session:
        cycle = await session.get_one(TestCycle, execution.cycle_id, with_for_update=True)
        execution = await session.get_one(Execution, execution_id)
        if execution.state != CycleState.ANALYZING:
            return
        await add_results(session, execution, Finding, _findings(told))
        execution.counts = asdict(analysis.counts)
        execution.analysis = _stored(told)
        execution.problem = execution.problem or _problem(execution, analysis)
        execution.notes = "; ".join(filter(None, (execution.notes, *remarks(execution, analysis), *_remarks(told))))
        await remember_failures(session, execution, analysis.failing_tests, collector.retried)
        state = await join_earlier(session, execution, _judge(execution, analysis))
        await end_execution(session, services, cycle, execution, state)
        await recall_history(session, cycle)
        await tend_quarantine(session, services, cycle, execution)
        await judge_cycle(session, services, cycle)
        if execution.state == CycleState.PASSED:
            await keep_baseline(session, cycle, execution, green)


async def end_execution(
    session: AsyncSession, services: Services, cycle: TestCycle, execution: Execution, state: CycleState
) -> None:
    """Gives an execution its final state, its cycle as well if it is the newest, and has it told."""
    execution.finished_at = execution.finished_at or services.clock()
    execution.state = state
    if (await latest_execution(session, cycle.id)).id == execution.id:
        cycle.state = step(CycleState(cycle.state), state)
        cycle.finished_at = execution.finished_at
        await session.flush()
        await supersede(session, cycle)
    await request_publication(session, services, cycle)


async def fail_execution(services: Services, execution_id: str, reason: str) -> None:
    """Ends an execution that can't go on, so that nobody waits for it."""
    async with services.database.write() as session:
        execution = await session.get(Execution, execution_id)
        if execution is None:
            return
        cycle = await session.get_one(TestCycle, execution.cycle_id, with_for_update=True)
        await session.refresh(execution)
        if CycleState(execution.state).finished:
            return
        execution.problem = reason
        await end_execution(session, services, cycle, execution, CycleState.ERROR)


def _judge(execution: Execution, analysis: Analysis) -> CycleState:
    if (word := word_on(execution, analysis)) is not None:
        return word
    counts = analysis.counts
    if counts.total == 0 and execution.exit_code is None and not execution.problem:
        # Only logs were sent: their own words decide, since there is no exit code to ask.
        verdicts = {"passed": CycleState.PASSED, "failed": CycleState.FAILED, "unstable": CycleState.UNSTABLE}
        return verdicts.get(analysis.verdict, CycleState.ERROR)
    return outcome(
        red=counts.failed + counts.errored,
        flaky=counts.flaky,
        total=counts.total,
        exit_code=execution.exit_code,
        problem=bool(execution.problem) or analysis.verdict == "error",
    )


def _is_green(execution: Execution, analysis: Analysis) -> bool:
    if (word := word_on(execution, analysis)) is not None:
        return word is CycleState.PASSED
    return analysis.verdict == "passed" and not execution.exit_code and not execution.problem


def _is_read_by_people(cycle: TestCycle) -> bool:
    """What the CI of a host ran on a branch itself is only compared with: a model's words would be for nobody."""
    return cycle.ci_run_id is None or cycle.pull_request_id is not None


def _problem(execution: Execution, analysis: Analysis) -> str:
    """Says why there is no whole result, in words for the person who must mend it."""
    if (told := trouble(execution, analysis)) is not None:
        return told
    unread = [item for item in analysis.unreadable if item.doubt]
    if unread:
        more = f" (and {len(unread) - 1} more)" if len(unread) > 1 else ""
        return f"{analysis.inputs[unread[0].input]} could not be read: {unread[0].reason}{more}"
    red, code = analysis.counts.failed + analysis.counts.errored, execution.exit_code
    if analysis.counts.total == 0 and code is not None:
        return f"no test report was found; the command ended with exit code {code}"
    if analysis.counts.total == 0 and analysis.verdict == "unknown":
        return "no test report was sent, and the log does not say how the tests ended"
    if red == 0 and code:
        return f"no test failed, but the command ended with exit code {code}"
    return ""


def _remarks(analysis: Analysis) -> list[str]:
    limits = [f"{analysis.inputs[item.input]}: {item.reason}" for item in analysis.unreadable if not item.doubt]
    return [*limits, *(f"causes by {note}" for note in analysis.notes)]


def _stored(analysis: Analysis) -> dict[str, Any]:
    """Gives an analysis as it is published, and what its causes are known by besides."""
    stored = analysis.to_dict()
    for found, finding in zip(stored["findings"], analysis.findings, strict=True):
        found["fingerprint"] = finding.fingerprint[:64]
    return stored


def _findings(analysis: Analysis) -> list[dict[str, Any]]:
    return [
        {
            "rank": rank,
            "fingerprint": finding.fingerprint[:64],
            "title": finding.title,
            "category": finding.category,
            "content": asdict(finding),
        }
        for rank, finding in enumerate(analysis.findings)
    ]
