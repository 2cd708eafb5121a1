"""The answer in one line: what a tired reader needs before anything else."""

from collections.abc import Collection, Sequence

from providers.report import Counts, Finding, Novelty, Suite, Verdict
from providers.text import one_line, plural

ICONS = {
    Verdict.PENDING: "⏳",
    Verdict.RUNNING: "⏳",
    Verdict.PASSED: "✅",
    Verdict.FAILED: "❌",
    Verdict.UNSTABLE: "⚠️",
    Verdict.ERROR: "💥",
    Verdict.CANCELLED: "⏹️",
}


_EXCUSES = ("flaky", "quarantined", "ignored", "allowed")
"""The first words of excuses."""


def headline(verdict: Verdict, suites: Sequence[Suite], *, causes: bool = True, running: Collection[str] = ()) -> str:
    """Says how the suites ended, as plain text that may hold untrusted words (`Suite.problem`).

    `running` names what has not ended besides.
    """
    counts = sum((suite.counts for suite in suites), Counts())
    problem = next((one_line(s.problem, 200).rstrip(".") for s in suites if s.problem and s.verdict is verdict), "")
    found = [finding for suite in suites for finding in suite.findings]
    excused = [finding for finding in found if finding.excuse]
    waiting = sum(not suite.verdict.finished for suite in suites)
    tail = _still_running(suites, running) if verdict.finished else ""
    match verdict:
        case Verdict.PENDING:
            if not suites:
                return "The tests are running" if running else "No test result yet"
            return f"The tests are waiting: {problem}" if problem else "The tests are waiting to start"
        case Verdict.RUNNING:
            if len(suites) == 1:
                return "The tests are running"
            return f"The tests are running, {len(suites) - waiting} of {len(suites)} suites are done"
        case Verdict.CANCELLED:
            text = "The tests were cancelled" if len(suites) == 1 else f"{_share(verdict, suites)} cancelled"
            return f"{text}: {problem}{tail}" if problem else f"{text}{tail}"
        case Verdict.ERROR:
            text = "No test result" if len(suites) == 1 else f"{_share(verdict, suites)} without a result"
            if counts.red:
                text = f"{_failed(counts)}, and not all ran"
            return f"{text}: {problem or 'the run did not finish'}{tail}"
        case Verdict.FAILED:
            counting = [finding for finding in found if not finding.excuse] if causes else []
            return f"{_failed(counts)}{_some(excused)}{_causes(counting)}{tail}"
        case Verdict.UNSTABLE:
            return f"{_unstable(counts, excused)}{tail}"
        case Verdict.PASSED:
            return f"{tally(counts)}{tail}"


def _share(verdict: Verdict, suites: Sequence[Suite]) -> str:
    return f"{sum(suite.verdict is verdict for suite in suites)} of {len(suites)} suites"


def tally(counts: Counts) -> str:
    """Counts the outcomes of a run that is not red."""
    if not counts.total:
        return "The tests passed"
    if counts.skipped >= counts.total:
        return f"No test ran: all {counts.total:,} were skipped"
    facts = [f"{plural(counts.passed, 'test')} passed"]
    if counts.red:
        facts.append(f"{counts.red:,} failed")
    if counts.skipped:
        facts.append(f"{counts.skipped:,} skipped")
    if counts.flaky:
        facts.append(f"{counts.flaky:,} only after a retry")
    return ", ".join(facts)


def _failed(counts: Counts) -> str:
    if not counts.red:
        return "The tests failed"
    if counts.total <= counts.red:
        return f"{plural(counts.red, 'test')} failed"
    return f"{counts.red:,} of {plural(counts.total, 'test')} failed"


def _unstable(counts: Counts, excused: Sequence[Finding]) -> str:
    if not counts.red and not excused:
        return tally(counts)
    why = _kinds(excused) or "none that fails a check"
    return f"{_failed(counts)} — {'all ' if counts.red > 1 and excused else ''}{why}"


def _some(excused: Sequence[Finding]) -> str:
    number = sum(len(finding.tests) for finding in excused)
    return f", {number:,} of them {_kinds(excused)}" if number else ""


def _kinds(excused: Sequence[Finding]) -> str:
    """Says in a few words why these fail no check."""
    first = {(finding.excuse.replace(":", " ").split() or [""])[0] for finding in excused}
    return " or ".join(kind for kind in _EXCUSES if kind in first) or ("excused" if excused else "")


def _still_running(suites: Sequence[Suite], running: Collection[str]) -> str:
    waiting = [suite.name for suite in suites if not suite.verdict.finished]
    number = len(waiting) + len(set(running).difference(waiting))
    return f" ({plural(number, 'run' if running else 'suite')} still running)" if number else ""


def _causes(findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    new = sum(finding.novelty is Novelty.NEW for finding in findings)
    known = all(finding.novelty is not Novelty.UNKNOWN for finding in findings)
    if new == len(findings):
        return f" — {plural(new, 'new cause')}"
    novelty = f", {new} new" if new else ", none new" if known else ""
    return f" — {plural(len(findings), 'cause')}{novelty}"
