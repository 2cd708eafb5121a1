"""Reports as markdown: the same words in the same order on every host, each in its own dialect."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from providers.dialect import Dialect
from providers.headline import ICONS, headline, tally
from providers.report import Evidence, Finding, Novelty, Report, Suite, Verdict
from providers.sizes import CHECK_SIZES, COMMENT_SIZES, FLAT_SIZES, SUMMARY_SIZES, Size
from providers.text import duration, log_line, one_line, plural

_WORST_FIRST = (Novelty.NEW, Novelty.UNKNOWN, Novelty.KNOWN, Novelty.FLAKY)
_TELL_WHY = (Verdict.ERROR, Verdict.CANCELLED)
"""Verdicts whose headline holds the problem."""
_WORDS = {Novelty.NEW: "New", Novelty.KNOWN: "Already failing", Novelty.FLAKY: "Flaky"}

OWNERS = 2
"""Owners of a cause that are named."""

BAR = "│"
"""Stands before each quoted line, also to keep it from starting with a command."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A finding and the suite it was found in; `suite` is empty when there is only one."""

    finding: Finding
    suite: str = ""


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=_weight)


def comment(report: Report, dialect: Dialect) -> str:
    """Writes the comment of a pull request, at most 98 % of the host's limit long."""
    several = len(report.suites) > 1
    causes = sorted(
        (Cause(finding, suite.name if several else "") for suite in report.suites for finding in suite.findings),
        key=lambda cause: _weight(cause.finding),
    )
    title = dialect.running(headline(report.verdict, report.suites), 300)
    top = [f"{dialect.marker}\n### {ICONS[report.verdict]} {title}", *_notes(report, dialect)]
    if several:
        top.append("\n".join(_suite_line(suite, dialect) for suite in report.suites[:30]))
        if len(report.suites) > 30:
            top.append(f"and {plural(len(report.suites) - 30, 'more suite')}")
    else:
        top += _problem(report.suites, dialect)
    bottom = [_footer(report, report.suites, dialect)]
    sizes = COMMENT_SIZES if dialect.folds else FLAT_SIZES
    return _fit(top, causes, bottom, dialect, sizes, dialect.comment_limit)


def check_summary(suite: Suite, report: Report, dialect: Dialect) -> str:
    """Writes what stands on top of a check: the answer's reasons, a line each."""
    causes = [Cause(finding) for finding in worst_first(suite.findings)]
    top = [*_notes(report, dialect), *_problem([suite], dialect, always=True)]
    if not causes and suite.verdict.finished and suite.counts.total:
        top.append(f"{tally(suite.counts)}.")
    bottom = [_footer(report, [suite], dialect)]
    return _fit(top, causes, bottom, dialect, SUMMARY_SIZES, dialect.check_limit, folded=False)


def check_text(suite: Suite, dialect: Dialect) -> str:
    """Writes the causes in full; nothing when there are none."""
    causes = [Cause(finding) for finding in worst_first(suite.findings)]
    return _fit([], causes, [], dialect, CHECK_SIZES, dialect.check_limit) if causes else ""


def _fit(
    top: Sequence[str],
    causes: Sequence[Cause],
    bottom: Sequence[str],
    dialect: Dialect,
    sizes: Sequence[Size],
    limit: int,
    *,
    folded: bool = True,
) -> str:
    for size in sizes:
        blocks = [
            _block(cause, number if len(causes) > 1 else 0, size, dialect)
            for number, cause in enumerate(causes[: size.blocks], 1)
        ]
        rest = [*_rest(causes[size.blocks :], size, dialect, folded=folded)]
        text = "\n\n".join(part for part in (*top, *blocks, *rest, *bottom) if part)
        if dialect.length(text) <= limit * 98 // 100:
            return text
    return "\n\n".join((*top[:1], *bottom))


def _block(cause: Cause, number: int, size: Size, dialect: Dialect) -> str:
    """What is not news is folded whole."""
    finding = cause.finding
    line = _line(cause, number, dialect)
    parts = []
    if finding.cause:
        parts.append(dialect.running(finding.cause))
    if len(finding.fix) == 1:
        parts.append(f"**Fix** {dialect.running(finding.fix[0])}")
    elif finding.fix:
        steps = (f"{step}. {dialect.running(text, 300)}" for step, text in enumerate(finding.fix[:6], 1))
        parts.append("\n".join(("**Fix**", "", *steps)))
    words, proof = _proof(finding, size, dialect)
    if finding.novelty is Novelty.KNOWN:
        parts = [dialect.fold(" · ".join(("Cause", *words)), "\n\n".join((*parts, *proof)))] if parts or proof else []
    elif proof:
        parts.append(dialect.fold(" · ".join(words), "\n\n".join(proof)))
    return "\n\n".join((line, *parts))


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


def _line(cause: Cause, number: int, dialect: Dialect) -> str:
    finding = cause.finding
    name = " · ".join(
        part
        for part in (
            str(number) if number else "",
            _WORDS.get(finding.novelty, ""),
            dialect.code(finding.title),
        )
        if part
    )
    facts = []
    if len(finding.tests) == 1:
        facts.append(f"in {dialect.code(finding.tests[0], 120)}")
    elif finding.tests:
        facts.append(plural(len(finding.tests), "test"))
    if cause.suite:
        facts.append(f"suite {dialect.code(cause.suite, 60)}")
    if finding.history:
        facts.append(dialect.running(finding.history, 160))
    if finding.suspects:
        changed = ", changed here" if finding.suspects[0] in finding.changed else ""
        facts.append(f"likely {dialect.code(finding.suspects[0], 120)}{changed}")
    elif finding.location is not None and (len(finding.tests) != 1 or finding.location.path not in finding.tests[0]):
        facts.append(f"at {dialect.code(f'{finding.location.path}:{finding.location.line}', 120)}")
    if finding.owners:
        facts.append(_owned(finding.owners, dialect))
    return f"**{name}**" + (f" — {' · '.join(facts)}" if facts else "")


def _owned(owners: Sequence[str], dialect: Dialect) -> str:
    """As code, in which no host takes a name for a mention."""
    more = f" and {len(owners) - OWNERS} more" if len(owners) > OWNERS else ""
    return f"owned by {', '.join(dialect.code(owner, 60) for owner in owners[:OWNERS])}{more}"


def _rest(causes: Sequence[Cause], size: Size, dialect: Dialect, *, folded: bool) -> Iterator[str]:
    if not causes:
        return
    left = len(causes) - size.more
    lines = [f"- {_line(cause, 0, dialect)}" for cause in causes[: size.more]]
    if left > 0:
        lines.append(f"- and {plural(left, 'more cause')}, see the full report")
    text = "\n".join(lines)
    yield dialect.fold(plural(len(causes), "more cause" if size.blocks else "cause"), text) if folded else text


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


def _suite_line(suite: Suite, dialect: Dialect) -> str:
    answer = dialect.running(headline(suite.verdict, [suite], causes=False), 200)
    words = f"- {ICONS[suite.verdict]} **{dialect.code(suite.name, 60)}** {answer}"
    return " · ".join(part for part in (words, *_facts(suite, dialect)) if part)


def _facts(suite: Suite, dialect: Dialect) -> Iterator[str]:
    if suite.details_url:
        yield dialect.link("full report", suite.details_url)
    elif suite.run_url:
        yield dialect.link("the run", suite.run_url)
    if suite.seconds is not None:
        yield duration(suite.seconds)
    if suite.attempt > 1:
        yield f"attempt {suite.attempt}"


def _footer(report: Report, suites: Sequence[Suite], dialect: Dialect) -> str:
    parts = [dialect.commit(one_line(report.head_sha, 40)[:7])]
    if len(suites) == 1:
        facts = [fact for fact in _facts(suites[0], dialect) if fact]
        linked = facts[:1] if facts and facts[0].startswith("[") else []
        parts = [*linked, *parts, *facts[len(linked) :]]
    engines = sorted({suite.engine for suite in suites if suite.findings and suite.engine not in ("", "embedded")})
    parts += dict.fromkeys(dialect.running(suite.history, 160) for suite in suites if suite.history and suite.findings)
    parts += [f"causes by {dialect.running(engine, 60)}" for engine in engines]
    return " · ".join(parts)


def _notes(report: Report, dialect: Dialect) -> list[str]:
    return [f"> {dialect.running(note, 500)}" for note in report.notes[:5] if note.strip()]


def _problem(suites: Sequence[Suite], dialect: Dialect, *, always: bool = False) -> list[str]:
    """Tells why a result is not whole, where the headline has no room for it."""
    return [
        dialect.running(suite.problem, 1000)
        for suite in suites
        if suite.problem and (always or suite.verdict not in _TELL_WHY or len(suite.problem) > 200)
    ]


def _weight(finding: Finding) -> tuple[int, int]:
    return _WORST_FIRST.index(finding.novelty), -len(finding.tests)


def _of(shown: int, total: int, noun: str) -> str:
    return plural(total, noun) if shown == total else f"{shown} of {plural(total, noun)}"
