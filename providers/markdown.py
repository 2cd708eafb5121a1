"""Reports as markdown: the same words in the same order on every host, each in its own dialect."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from providers.answers import answer_parts
from providers.attempts import attempt_lines, running_line
from providers.causes import Cause, apart, block, lines, weight
from providers.causes import worst_first as worst_first
from providers.dialect import Dialect
from providers.headline import ICONS, headline, tally
from providers.overview import noted, parts_line
from providers.report import Answer, Report, Suite, Verdict
from providers.sizes import CHECK_SIZES, COMMENT_SIZES, FLAT_SIZES, SUMMARY_SIZES, Size
from providers.text import duration, one_line, plural

_TELL_WHY = (Verdict.ERROR, Verdict.CANCELLED)
"""Verdicts whose headline holds the problem."""
RERUN = "`/agnox rerun failed`"


def comment(report: Report, dialect: Dialect) -> str:
    """Writes the comment of a pull request, at most 98 % of the host's limit long."""
    several = len(report.suites) > 1
    causes = _numbered(
        Cause(finding, suite.name if several else "") for suite in report.suites for finding in suite.findings
    )
    title = dialect.running(headline(report.verdict, report.suites, running=report.running), 300)
    top = [f"{dialect.marker}\n### {ICONS[report.verdict]} {title}", *_notes(report, dialect)]
    if several:
        top.append("\n".join(_suite_line(suite, dialect) for suite in report.suites[:30]))
        if len(report.suites) > 30:
            top.append(f"and {plural(len(report.suites) - 30, 'more suite')}")
    else:
        top += _problem(report.suites, dialect)
    top += [*attempt_lines(report.suites[:30], dialect), running_line(report, dialect)]
    top.append(parts_line(report.findings, dialect))
    bottom = [*noted(report.suites, dialect), _footer(report, report.suites, dialect, hint=True)]
    sizes = COMMENT_SIZES if dialect.folds else FLAT_SIZES
    return _fit(top, causes, bottom, dialect, sizes, dialect.comment_limit, answers=report.answers)


def check_summary(suite: Suite, report: Report, dialect: Dialect) -> str:
    """Writes what stands on top of a check: the answer's reasons, a line each."""
    causes = _numbered(map(Cause, suite.findings))
    top = [*_notes(report, dialect), *_problem([suite], dialect, always=True)]
    top += [*attempt_lines([suite], dialect), running_line(report, dialect)]
    if not causes and suite.verdict.finished and suite.counts.total:
        top.append(f"{tally(suite.counts)}.")
    bottom = [*noted([suite], dialect), _footer(report, [suite], dialect)]
    return _fit(top, causes, bottom, dialect, SUMMARY_SIZES, dialect.check_limit, folded=False)


def check_text(suite: Suite, dialect: Dialect) -> str:
    """Writes the causes in full; nothing when there are none."""
    causes = _numbered(map(Cause, suite.findings))
    return _fit([], causes, [], dialect, CHECK_SIZES, dialect.check_limit, together=True) if causes else ""


def _numbered(causes: Iterable[Cause]) -> list[Cause]:
    ordered = sorted(causes, key=lambda cause: weight(cause.finding))
    return [replace(cause, number=number) for number, cause in enumerate(ordered, 1)] if len(ordered) > 1 else ordered


def _fit(
    top: Sequence[str],
    causes: Sequence[Cause],
    bottom: Sequence[str],
    dialect: Dialect,
    sizes: Sequence[Size],
    limit: int,
    *,
    folded: bool = True,
    together: bool = False,
    answers: Sequence[Answer] = (),
) -> str:
    """Takes the first size that fits; `together` has what fails no check shown like the rest."""
    counting = [cause for cause in causes if together or not cause.finding.excuse]
    excused = [cause for cause in causes if not together and cause.finding.excuse]
    for size in sizes:
        parts = (
            *top,
            *(block(cause, size, dialect) for cause in counting[: size.blocks]),
            _rest(counting[size.blocks :], size, dialect, folded=folded),
            apart(excused, size.apart, dialect, folded=folded),
            *answer_parts(answers, size, dialect),
            *bottom,
        )
        text = "\n\n".join(filter(None, parts))
        if dialect.length(text) <= limit * 98 // 100:
            return text
    return "\n\n".join((*top[:1], *bottom))


def _rest(causes: Sequence[Cause], size: Size, dialect: Dialect, *, folded: bool) -> str:
    if not causes:
        return ""
    text = lines(causes, size.more, dialect)
    return dialect.fold(plural(len(causes), "more cause" if size.blocks else "cause"), text) if folded else text


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
    if suite.attempt > 1 and len(suite.attempts) < 2:
        yield f"attempt {suite.attempt}"


def _footer(report: Report, suites: Sequence[Suite], dialect: Dialect, *, hint: bool = False) -> str:
    parts = [dialect.commit(one_line(report.head_sha, 40)[:7])]
    if len(suites) == 1:
        facts = [fact for fact in _facts(suites[0], dialect) if fact]
        linked = facts[:1] if facts and facts[0].startswith("[") else []
        parts = [*linked, *parts, *facts[len(linked) :]]
    engines = sorted({suite.engine for suite in suites if suite.findings and suite.engine not in ("", "embedded")})
    parts += dict.fromkeys(dialect.running(suite.history, 160) for suite in suites if suite.history and suite.findings)
    parts += [f"causes by {dialect.running(engine, 60)}" for engine in engines]
    if hint and any(suite.rerunnable_failed and suite.name not in report.running for suite in suites):
        parts.append(f"try again with {RERUN}")
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
