"""The attempts of a suite as markdown: side by side, what passed in a later one, and what is still to come."""

from collections.abc import Iterator, Sequence

from providers.dialect import Dialect
from providers.headline import ICONS
from providers.report import Attempt, Report, Suite, Verdict

SHOWN = 5
"""Attempts that are told: the first one, and the newest."""
HEALED = 3
RUNNING = 5

_WORDS = {
    Verdict.PENDING: "waiting",
    Verdict.RUNNING: "running",
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.UNSTABLE: "passed",
    Verdict.ERROR: "no result",
    Verdict.CANCELLED: "cancelled",
}


def attempt_lines(suites: Sequence[Suite], dialect: Dialect) -> Iterator[str]:
    """Tells of each suite that ran more than once how each attempt ended, and what only passed in a later one."""
    several = len(suites) > 1
    for suite in suites:
        name = f"{dialect.code(suite.name, 60)}: " if several else ""
        if len(suite.attempts) > 1:
            shown = [_attempt(one, dialect) for one in suite.attempts]
            if len(shown) > SHOWN:
                shown[1 : 1 - SHOWN] = ["…"]
            yield f"{name}{' · '.join(shown)}"
        if suite.healed:
            word = "passed" if several else "Passed"
            yield f"{name}{word} on a re-run, so flaky: {_named(suite.healed, HEALED, dialect)}"


def running_line(report: Report, dialect: Dialect) -> str:
    """Names what has not ended; empty when all has."""
    names = list(dict.fromkeys(report.running))
    return f"⏳ Still running: {_named(names, RUNNING, dialect)}" if names else ""


def _attempt(one: Attempt, dialect: Dialect) -> str:
    name = f"attempt {one.number}"
    result = f"{one.counts.red:,} failed" if one.counts.red else _WORDS[one.verdict]
    asked = f" (asked for by {dialect.code(one.requested_by, 60)})" if one.requested_by else ""
    return f"{dialect.link(name, one.url) or name} {ICONS[one.verdict]} {result}{asked}"


def _named(names: Sequence[str], most: int, dialect: Dialect) -> str:
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(dialect.code(name, 120) for name in names[:most]) + rest
