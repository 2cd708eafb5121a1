"""Logs and results of an execution become findings and a verdict."""

from dataclasses import asdict
from typing import Any

from anyio import to_thread

from bot.analysis import Analysis, Input, analyze
from bot.analysis.reports import TestResult
from bot.domain.cycle import CycleState, outcome, step
from bot.store.cycles import artifacts_of, latest_execution, replace_results
from bot.store.models import Execution, TestCycle
from bot.usecases.publishing import request_publication
from bot.usecases.services import Services

ENOUGH_MESSAGE = 4_000


class Collector:
    """Keeps the test cases of one analysis as rows; the reader calls it from its own thread."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    def case(self, test_id: str, status: str, seconds: float | None, flaky: bool) -> None:
        key = f"{test_id}\0{len(self.rows)}" if test_id in self.rows else test_id
        self.rows[key] = {"test": test_id[:1024], "status": status, "seconds": seconds, "flaky": flaky, "message": ""}

    def failure(self, result: TestResult) -> None:
        if row := self.rows.get(result.id):
            row["message"] = result.message[:ENOUGH_MESSAGE]


async def analyze_execution(services: Services, execution_id: str) -> None:
    """Analyses an execution once more from its stored files; doing it twice gives the same rows."""
    async with services.database.read() as session:
        execution = await session.get(Execution, execution_id)
        if execution is None or execution.state != CycleState.ANALYZING:
            return
        inputs = [Input.of_bytes(file.name, file.content) for file in await artifacts_of(session, execution_id)]

    collector = Collector()
    analysis = await to_thread.run_sync(lambda: analyze(inputs, sink=collector))

    async with services.database.write() as session:
        execution = await session.get_one(Execution, execution_id)
        if execution.state != CycleState.ANALYZING:
            return
        await replace_results(session, execution, collector.rows.values(), _findings(analysis))
        execution.counts = asdict(analysis.counts)
        execution.analysis = analysis.to_dict()
        execution.problem = execution.problem or _problem(execution, analysis)
        execution.finished_at = execution.finished_at or services.clock()
        execution.state = _judge(execution, analysis)
        cycle = await session.get_one(TestCycle, execution.cycle_id)
        if (await latest_execution(session, cycle.id)).id == execution.id:
            cycle.state = step(CycleState(cycle.state), CycleState(execution.state))
            cycle.finished_at = execution.finished_at
        await request_publication(session, services, cycle)


def _judge(execution: Execution, analysis: Analysis) -> CycleState:
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


def _problem(execution: Execution, analysis: Analysis) -> str:
    """Says why there is no whole result, in words for the person who must mend it."""
    if analysis.unreadable:
        first = analysis.unreadable[0]
        more = f" (and {len(analysis.unreadable) - 1} more)" if len(analysis.unreadable) > 1 else ""
        return f"{analysis.inputs[first.input]} could not be read: {first.reason}{more}"
    if analysis.counts.total == 0 and execution.exit_code is not None:
        return f"no test report was found; the command ended with exit code {execution.exit_code}"
    if analysis.counts.failed + analysis.counts.errored == 0 and execution.exit_code:
        return f"no test failed, but the command ended with exit code {execution.exit_code}"
    return ""


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
