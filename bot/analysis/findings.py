"""Makes findings out of clusters of failing tests, or out of the best part of a log."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.analysis.classify import category_of, fix_kind_of
from bot.analysis.clusters import Cluster, fingerprint
from bot.analysis.evidence import Quote, evidence_of, locate, step_of
from bot.analysis.frames import Frame, frames_of
from bot.analysis.headline import telling, weight
from bot.analysis.inputs import Input, Source
from bot.analysis.judgement import Facts, Judgement, judge
from bot.analysis.knowledge import Known, best_known
from bot.analysis.limits import Limits
from bot.analysis.logs import LogScan
from bot.analysis.masks import uncoloured
from bot.analysis.model import Evidence, Excerpt, Finding, Location
from bot.analysis.problems import Problem, problem_of_lines
from bot.analysis.reports.base import TestResult
from bot.analysis.suspects import suspects_of
from bot.analysis.words import cause_of, fix_of, gives_no_reason, where_of

_AROUND = 8
"""Lines before and after one that leads, where it is not part of what is shown."""
_END = 300
"""Lines at the end of a log that tell by which tool it was built."""
CLAIMED = 0.6
"""The least weight of a line and what is known of it that puts it into words; less only helps to judge."""
_LEADS = (1.0, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)
"""The weights of the lines that announce a failure, best first; those after them have half, other lines less."""
_LATER, _SHOWN, _IN_PASSING = 0.5, 0.4, 0.5
_PASSING_BY = re.compile(r"(?i)\bwarn(?:ing)?\b|^W: |retrying|\bignored\b")
_TEST, _KNOWN_OTHER, _OTHER = 0.9, 0.8, 0.6
"""How often the category of a failing test is right: told as such, known by its words, or only voted for."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a finding is made of."""

    problem: Problem
    known: Known | None
    judgement: Judgement
    cause: str
    fingerprint: str
    tests: Sequence[str]
    evidence: Sequence[Evidence]
    frames: Sequence[Frame]
    log: str = ""
    step: str = ""


def wanted_lines(clusters: Sequence[Cluster]) -> set[str]:
    """The lines of these causes that are worth finding in a log."""
    lines = (line.strip() for cluster in clusters for line in cluster.problem.key_lines)
    return {line for line in lines if len(line) > 5}


def report_findings(
    clusters: Sequence[Cluster], inputs: Sequence[Input], logs: Mapping[int, LogScan], limits: Limits
) -> list[Finding]:
    """One finding a cluster, in the order given; those over the limit are told together in a last one."""
    shown, rest = clusters[: limits.findings], clusters[limits.findings :]
    known = {id(cluster): _known_of_test(cluster) for cluster in shown}
    quotes = {id(cluster): _quotes(cluster, known[id(cluster)][1], limits) for cluster in shown}
    by_input: dict[int, list[Quote]] = {}
    for cluster in shown:
        by_input.setdefault(cluster.results[0][0], []).extend(quotes[id(cluster)])
    found: dict[int, dict[Quote, int]] = {}
    for index, wanted in by_input.items():
        try:
            found[index] = locate(Source(inputs[index], limits.report_bytes).chunks(), wanted)
        except OSError:
            # It was readable a moment ago; the quotes stand all the same, only without a line.
            found[index] = {}
    findings = []
    for number, cluster in enumerate(shown, 1):
        index, problem, entry = cluster.results[0][0], cluster.problem, known[id(cluster)][0]
        tests = cluster.tests
        evidence = [evidence_of(index, quote, found[index], logs) for quote in quotes[id(cluster)]]
        told = _Told(
            problem=problem,
            known=entry,
            judgement=_judged(problem, entry),
            cause=cause_of(problem, len(tests), entry, blocked=cluster.blocked),
            fingerprint=cluster.fingerprint,
            tests=tests,
            evidence=evidence,
            frames=[frame for frame in (problem.top, *problem.frames) if frame is not None],
            step=step_of(evidence, logs),
        )
        findings.append(_finding(number, told))
    if rest:
        findings.append(_rest(len(shown) + 1, rest))
    return findings


def log_findings(
    excerpts: Sequence[Excerpt],
    logs: Mapping[int, LogScan],
    limits: Limits,
    judges: Callable[[Facts], Judgement] = judge,
) -> list[Finding]:
    """The best part of each log, where no report tells more; `judges` says what kind of failure it is."""
    findings: list[Finding] = []
    for index, log in logs.items():
        shown = [excerpt for excerpt in excerpts if excerpt.input == index]
        leads = telling(log.kept, log.chances, log.marker or log.lines)
        if not shown or not (log.failed or any(weight(log.kept[number]) for number in leads)):
            continue
        # With no telling word in it, the end of the best part is at least where it stopped.
        leads = leads or list(shown[0].lines[-1:])
        around = [(excerpt.score, uncoloured(log.kept[number])) for excerpt in shown for number in excerpt.lines]
        known, at = _known_of_log(log, leads, shown)
        problem = _problem_at(leads[0], log, shown)
        claimed = known if known is not None and _claims(known, at, leads[0], problem, log) else None
        if claimed is not None and gives_no_reason(log.kept[leads[0]]):
            leads = list(dict.fromkeys((at, *leads)))
            problem = _problem_at(at, log, shown)
        quoted = leads[: limits.evidence]
        if claimed is not None and at not in quoted:
            quoted = [*quoted[: limits.evidence - 1], at]
        evidence = [Evidence(index, number, log.kept[number].rstrip()) for number in quoted]
        frames, tests = _places(around), list(log.failing_tests) if log.failed else []
        judgement = judges(Facts(around, known, problem.type, problem.message, problem.top, frames, tests))
        if claimed is not None or problem.type:
            cause = cause_of(problem, 0, claimed)
        else:
            cause = where_of(judgement.category, log.kept[leads[0]], judgement.confidence)
        told = _Told(
            problem=problem,
            known=claimed,
            judgement=judgement,
            cause=cause,
            fingerprint=fingerprint(problem),
            tests=tests,
            evidence=evidence,
            frames=frames,
            log="\n".join(list(log.kept.values())[-_END:]),
            step=step_of(evidence, logs),
        )
        findings.append(_finding(len(findings) + 1, told))
    return findings


def _problem_at(lead: int, log: LogScan, shown: Sequence[Excerpt]) -> Problem:
    """What the part of a log tells in which this line stands, or else the lines around it."""
    near = range(lead - _AROUND, lead + _AROUND + 1)
    part = next((excerpt.lines for excerpt in shown if lead in excerpt.lines), tuple(near))
    return problem_of_lines([log.kept[number] for number in part if number in log.kept], log.kept[lead])


def _claims(known: Known, at: int, lead: int, problem: Problem, log: LogScan) -> bool:
    """Whether what is known is said to be the cause: where the leading line names an error, it must be about that."""
    if known.weight < CLAIMED:
        return False
    return at == lead or not problem.type or (bool(problem.behind) and problem.behind in log.kept[at])


def _known_of_test(cluster: Cluster) -> tuple[Known | None, str]:
    """What is known of a failing test, and the line of the report that says so (empty where it was put together)."""
    problem, result = cluster.problem, cluster.results[0][1]
    standing = [line for line in (*problem.key_lines, *result.message.split("\n")[:3]) if line.strip()]
    lines = [(1.0, line) for line in standing] + [(0.95, f"{problem.type}: {problem.message}"), (0.95, problem.behind)]
    known = best_known(lines)
    if known is None or known.weight < CLAIMED:
        return None, ""
    return known, standing[known.line] if known.line < len(standing) else ""


def _known_of_log(log: LogScan, leads: Sequence[int], shown: Sequence[Excerpt]) -> tuple[Known | None, int]:
    """What is known of a log, and the line that says so: one that announces the failure before one that is near it."""
    weights = {number: _LEADS[place] if place < len(_LEADS) else _LATER for place, number in enumerate(leads)}
    for excerpt in shown:
        for number in excerpt.lines:
            weights.setdefault(number, _SHOWN * excerpt.score)
    lines = [(value, uncoloured(log.kept[number])) for number, value in weights.items()]
    known = best_known([(value * (_IN_PASSING if _PASSING_BY.search(text) else 1), text) for value, text in lines])
    return known, list(weights)[known.line] if known is not None else 0


def _judged(problem: Problem, known: Known | None) -> Judgement:
    """The kind of a failing test: `test` unless its words speak of something outside."""
    if known is not None and known.entry.category not in ("unknown", "test"):
        category, sure = known.entry.category, _KNOWN_OTHER
    else:
        lines = [(1.0, text) for text in (problem.type, problem.message, problem.behind, *problem.key_lines)]
        category = category_of(lines)
        sure = _TEST if category == "test" else _OTHER
    fix_kind = fix_kind_of(category, problem.top)
    if known is not None and known.entry.fix_kind != "unknown":
        fix_kind = known.entry.fix_kind
    return Judgement(category, sure, fix_kind)


def _quotes(cluster: Cluster, first_line: str, limits: Limits) -> list[Quote]:
    result: TestResult = cluster.results[0][1]
    first = result.report_line or 1
    last = first + result.details.count("\n") + result.message.count("\n") + 2
    lines = dict.fromkeys(line.strip() for line in (*cluster.problem.key_lines, first_line) if line.strip())
    return [Quote(line, first, last) for line in list(lines)[: limits.evidence]]


def _finding(number: int, told: _Told) -> Finding:
    problem, category = told.problem, told.judgement.category
    return Finding(
        id=f"f{number}",
        title=problem.title or "Failed without a message",
        category=category,
        fix_kind=told.judgement.fix_kind,
        confidence=round(told.judgement.confidence, 2),
        tests=tuple(told.tests),
        cause=told.cause,
        fix=fix_of(category, told.known, told.judgement.confidence),
        evidence=tuple(told.evidence),
        suspects=tuple(suspects_of(told.frames, told.tests, category, told.log)),
        location=Location(problem.top.path, problem.top.line) if problem.top else None,
        fingerprint=told.fingerprint,
        step=told.step,
    )


def _places(lines: Sequence[tuple[float, str]]) -> list[Frame]:
    """The frames in these lines, those of lines that announce an error first."""
    texts = [text for _, text in lines]
    telling = [text for text in texts if weight(text) > 1]
    return [*frames_of(telling), *frames_of(texts)]


def _rest(number: int, rest: Sequence[Cluster]) -> Finding:
    tests = tuple(dict.fromkeys(test for cluster in rest for test in cluster.tests))
    return Finding(
        id=f"f{number}",
        title=f"{len(rest)} more causes",
        category="unknown",
        fix_kind="unknown",
        confidence=0.0,
        tests=tests,
        cause=f"{len(rest)} more causes were found in {len(tests)} tests; they are not told one by one.",
        fix=(),
        evidence=(),
        suspects=(),
        location=None,
        fingerprint="",
    )
