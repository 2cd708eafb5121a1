"""What a report says of its suites as a whole: the parts of the repository that failed, and remarks on the results."""

from collections import Counter
from collections.abc import Iterable, Sequence

from providers.dialect import Dialect
from providers.report import Finding, Suite
from providers.text import plural

PARTS = 8
"""Parts of the repository that are counted, those with most causes."""
NOTES = 10
"""Remarks that are shown."""


def parts_line(findings: Iterable[Finding], dialect: Dialect) -> str:
    """Counts the causes that fail a check in each part of the repository; nothing where they are not in several."""
    found = Counter(part for finding in findings if not finding.excuse for part in finding.parts)
    if len(found) < 2:
        return ""
    told = [f"{dialect.running(part, 50)} {plural(number, 'cause')}" for part, number in found.most_common(PARTS)]
    return " · ".join((*told, *([f"{len(found) - PARTS} more parts"] if len(found) > PARTS else ())))


def noted(suites: Sequence[Suite], dialect: Dialect) -> list[str]:
    """Writes the remarks on whole results: one as a line, several folded."""
    named = len(suites) > 1
    lines = list(
        dict.fromkeys(
            f"{dialect.code(suite.name, 60)}: {dialect.running(note, 300)}" if named else dialect.running(note, 300)
            for suite in suites
            for note in suite.notes
            if note.strip()
        )
    )
    if len(lines) < 2:
        return [f"Note: {line}" for line in lines]
    shown = [f"- {line}" for line in lines[:NOTES]]
    if len(lines) > NOTES:
        shown.append(f"- and {plural(len(lines) - NOTES, 'more note')}")
    return [dialect.fold(plural(len(lines), "note"), "\n".join(shown))]
