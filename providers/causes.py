"""Causes as markdown: a line of each, its proof, and what of it fails no check."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from providers.dialect import Dialect
from providers.report import Evidence, Finding, Novelty
from providers.sizes import Size
from providers.text import log_line, one_line, plural

_WORST_FIRST = (Novelty.NEW, Novelty.UNKNOWN, Novelty.KNOWN, Novelty.FLAKY)
_WORDS = {Novelty.NEW: "New", Novelty.KNOWN: "Already failing", Novelty.FLAKY: "Flaky"}

OWNERS = 2
"""Owners of a cause that are named."""
PARTS = 2
"""Parts of the repository that are named of a cause."""

BAR = "│"
"""Stands before each quoted line, also to keep it from starting with a command."""

_ALL = Size(blocks=1, more=0, evidence=60, tests=60)
"""What is shown of a cause that somebody asked for."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A finding and the suite it was found in; `suite` is empty when there is only one.

    `number` is its place in the report, by which people name it; 0 when there is no other.
    """

    finding: Finding
    suite: str = ""
    number: int = 0


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sorts causes as they are numbered: what fails no check comes last."""
    return sorted(findings, key=weight)


def weight(finding: Finding) -> tuple[bool, int, int]:
    return bool(finding.excuse), _WORST_FIRST.index(finding.novelty), -len(finding.tests)


def block(cause: Cause, size: Size, dialect: Dialect) -> str:
    """Writes a cause with what mends and proves it; what is not news is folded whole."""
    finding = cause.finding
    parts = _told(finding, dialect)
    words, proof = _proof(finding, size, dialect)
    if finding.excuse or finding.novelty is Novelty.KNOWN:
        parts = [dialect.fold(" · ".join(("Cause", *words)), "\n\n".join((*parts, *proof)))] if parts or proof else []
    elif proof:
        parts.append(dialect.fold(" · ".join(words), "\n\n".join(proof)))
    return "\n\n".join((line(cause, dialect), *parts))


def in_full(finding: Finding, dialect: Dialect) -> str:
    """Writes all that is known of a cause, with nothing folded: it stands in a fold itself."""
    _, proof = _proof(finding, _ALL, dialect)
    return "\n\n".join((line(Cause(finding), dialect), *_told(finding, dialect), *proof))


def line(cause: Cause, dialect: Dialect) -> str:
    """Writes a cause in one line; of one that fails no check it says why."""
    finding = cause.finding
    word = "" if finding.excuse else _WORDS.get(finding.novelty, "")
    name = " · ".join(
        filter(None, (str(cause.number or ""), word, _parts(finding, dialect), dialect.code(finding.title)))
    )
    facts = []
    if len(finding.tests) == 1:
        facts.append(f"in {dialect.code(finding.tests[0], 120)}")
    elif finding.tests:
        facts.append(plural(len(finding.tests), "test"))
    if cause.suite:
        facts.append(f"suite {dialect.code(cause.suite, 60)}")
    facts += [dialect.running(finding.excuse, 240)] if finding.excuse else _whence(finding, dialect)
    return f"**{name}**" + (f" — {' · '.join(facts)}" if facts else "")


def _parts(finding: Finding, dialect: Dialect) -> str:
    more = f" and {len(finding.parts) - PARTS} more" if len(finding.parts) > PARTS else ""
    return f"{', '.join(dialect.running(part, 50) for part in finding.parts[:PARTS])}{more}"


def _whence(finding: Finding, dialect: Dialect) -> list[str]:
    """Says what is known of where a cause comes from: its history, the code, whose that is."""
    facts = []
    if finding.history:
        facts.append(dialect.running(finding.history, 160))
    if finding.suspects:
        changed = ", changed here" if finding.suspects[0] in finding.changed else ""
        facts.append(f"likely {dialect.code(finding.suspects[0], 120)}{changed}")
    elif finding.location is not None and (len(finding.tests) != 1 or finding.location.path not in finding.tests[0]):
        facts.append(f"at {dialect.code(f'{finding.location.path}:{finding.location.line}', 120)}")
    if finding.owners:
        facts.append(_owned(finding.owners, dialect))
    return facts


def _owned(owners: Sequence[str], dialect: Dialect) -> str:
    """As code, in which no host takes a name for a mention."""
    more = f" and {len(owners) - OWNERS} more" if len(owners) > OWNERS else ""
    return f"owned by {', '.join(dialect.code(owner, 60) for owner in owners[:OWNERS])}{more}"


def lines(causes: Sequence[Cause], most: int, dialect: Dialect) -> str:
    """Lists causes, a line each."""
    shown = [f"- {line(cause, dialect)}" for cause in causes[:most]]
    if len(causes) > most:
        shown.append(f"- and {plural(len(causes) - most, 'more cause')}, see the full report")
    return "\n".join(shown)


def apart(causes: Sequence[Cause], most: int, dialect: Dialect, *, folded: bool) -> str:
    """Lists causes that fail no check under a line that counts their failures; nothing when there are none."""
    number = sum(max(1, len(cause.finding.tests)) for cause in causes)
    if not number:
        return ""
    words = f"{plural(number, 'failure')} that fail{'s' if number == 1 else ''} no check"
    if not most:
        return f"{words}."
    text = lines(causes, most, dialect)
    return dialect.fold(words, text) if folded else f"{words}:\n\n{text}"


def _told(finding: Finding, dialect: Dialect) -> list[str]:
    """Gives the cause and the fix in words."""
    parts = [dialect.running(finding.cause)] if finding.cause else []
    if len(finding.fix) == 1:
        parts.append(f"**Fix** {dialect.running(finding.fix[0])}")
    elif finding.fix:
        steps = (f"{step}. {dialect.running(text, 300)}" for step, text in enumerate(finding.fix[:6], 1))
        parts.append("\n".join(("**Fix**", "", *steps)))
    return parts


def _proof(finding: Finding, size: Size, dialect: Dialect) -> tuple[list[str], list[str]]:
    """Gives the lines of the log, and the tests where there are several, and a word for each."""
    words, parts = [], []
    if finding.evidence and size.evidence:
        shown = finding.evidence[: size.evidence]
        words.append(f"Evidence ({_of(len(shown), len(finding.evidence), 'line')})")
        if finding.step:
            parts.append(f"In step {dialect.code(finding.step, 120)}:")
        parts.append(dialect.fence(_quote(shown)))
    if len(finding.tests) > 1 and size.tests:
        tests = [f"- {dialect.code(test)}" for test in finding.tests[: size.tests]]
        if len(finding.tests) > size.tests:
            tests.append(f"- and {plural(len(finding.tests) - size.tests, 'more test')}")
        words.append(plural(len(finding.tests), "test"))
        parts.append("\n".join(tests))
    return words, parts


def _quote(evidence: Sequence[Evidence]) -> list[str]:
    """Quotes lines under the name of their source."""
    lines = []
    for source, quoted in groupby(evidence, key=lambda line: line.source):
        block = list(quoted)
        width = max((len(str(line.line)) for line in block if line.line is not None), default=0)
        if source:
            lines.append(f"in {one_line(source, 100)}:")
        lines += [f"{line.line or '':>{width}}{' ' if width else ''}{BAR} {log_line(line.text)}" for line in block]
    return lines


def _of(shown: int, total: int, noun: str) -> str:
    return plural(total, noun) if shown == total else f"{shown} of {plural(total, noun)}"
