"""Findings as remarks on the lines where they show."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from providers.causes import worst_first
from providers.report import Annotation, Finding, Level, Novelty
from providers.text import clean, cut, log_line, one_line, plural

# Each further 50 cost a request; nobody reads more.
MOST = 300

_LEVELS = {
    Novelty.NEW: Level.FAILURE,
    Novelty.UNKNOWN: Level.FAILURE,
    Novelty.KNOWN: Level.WARNING,
    Novelty.FLAKY: Level.WARNING,
}


def annotations(findings: Iterable[Finding]) -> tuple[Annotation, ...]:
    """Makes one remark for each place and cause inside the repository, worst first."""
    found: dict[tuple[str, int, str], Annotation] = {}
    for finding in worst_first(findings):
        where = finding.location
        if where is None or not 0 < where.line < 2**31 or (path := _inside(where.path)) is None:
            continue
        title = one_line(finding.title, 200) or "Test failure"
        found.setdefault(
            (path, where.line, title),
            Annotation(path, where.line, where.line, _level(finding), title, _message(finding), _details(finding)),
        )
    return tuple(found.values())[:MOST]


def _level(finding: Finding) -> Level:
    return Level.NOTICE if finding.excuse else _LEVELS[finding.novelty]


def _inside(path: str) -> str | None:
    """Gives the path as the host writes it, None when it can't be a file of the repository."""
    pure = PurePosixPath(path.replace("\\", "/"))
    if path != clean(path) or "\n" in path or not pure.parts or pure.is_absolute() or ".." in pure.parts:
        return None
    if ":" in pure.parts[0] or pure.parts[0] in ("~", ".git") or len(path) > 1000:
        return None
    return str(pure)


def _message(finding: Finding) -> str:
    """Plain text; hosts render no markup here."""
    parts = [f"Fails no check: {one_line(finding.excuse, 240)}"] if finding.excuse else []
    parts += [clean(cut(finding.cause, 4000))] if finding.cause else []
    parts += [f"Fix: {clean(cut(step, 1000))}" for step in finding.fix[:6]]
    tests = [one_line(test, 200) for test in finding.tests[:3]]
    if len(finding.tests) > len(tests):
        tests.append(f"and {plural(len(finding.tests) - len(tests), 'more test')}")
    if tests:
        parts.append("Seen in " + ", ".join(tests))
    return "\n".join(part for part in parts if part.strip()) or one_line(finding.title, 1000) or "A test failed here."


def _details(finding: Finding) -> str:
    return "\n".join(log_line(line.text) for line in finding.evidence[:50])
