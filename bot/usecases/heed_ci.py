"""How an execution is judged that a host's CI ran: its own word on the end counts, the files say why.

`Execution.outcome` has that word. A run that failed is never green, whatever its logs say; one that passed is never
red by words in its logs, and tests that failed in it are ones that the CI allows to fail: UNSTABLE.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.analysis import Analysis
from bot.domain.cycle import CycleState
from bot.store.models import Execution
from providers.runs import RunOutcome

BROKEN_OFF = "BROKEN_OFF"
"""The word on a run of which nothing more was heard: whatever it had, it is no whole result."""
NOTHING_FOUND = "the CI run failed, but what it left shows neither a failed test nor a cause"
ALLOWED = "the CI run passed all the same: these failures are allowed"


def heed(execution: Execution, analysis: Analysis) -> Analysis:
    """Takes away causes that only the words of a log make where the CI says that all went well."""
    if execution.outcome != RunOutcome.PASSED:
        return analysis
    findings = tuple(finding for finding in analysis.findings if finding.tests) if _red(analysis) else ()
    failing = analysis.failing_tests if _red(analysis) else ()
    return replace(analysis, findings=findings, failing_tests=failing)


def word_on(execution: Execution, analysis: Analysis) -> CycleState | None:
    """Gives what the execution amounts to by the CI's word; None where it has none."""
    if execution.outcome == RunOutcome.PASSED:
        return CycleState.UNSTABLE if _red(analysis) or analysis.counts.flaky else CycleState.PASSED
    if execution.outcome == RunOutcome.FAILED:
        return CycleState.FAILED if _red(analysis) or analysis.findings else CycleState.ERROR
    return _STATES.get(execution.outcome)


def trouble(execution: Execution, analysis: Analysis) -> str | None:
    """Says why there is no whole result; None where the CI has no word and the files alone tell."""
    if execution.outcome not in (RunOutcome.PASSED, RunOutcome.FAILED):
        return None
    return NOTHING_FOUND if word_on(execution, analysis) is CycleState.ERROR else ""


def remarks(execution: Execution, analysis: Analysis) -> list[str]:
    """Says what people should know of a whole result: files that could not be read, failures that are allowed."""
    if trouble(execution, analysis) is None:
        return []
    unread = [f"{analysis.inputs[item.input]}: {item.reason}" for item in analysis.unreadable if item.doubt]
    return [*unread, *([ALLOWED] if execution.outcome == RunOutcome.PASSED and _red(analysis) else [])]


def _red(analysis: Analysis) -> int:
    return analysis.counts.failed + analysis.counts.errored


_STATES: Mapping[str, CycleState] = MappingProxyType(
    {RunOutcome.CANCELLED: CycleState.CANCELLED, BROKEN_OFF: CycleState.ERROR}
)
