"""Makes findings out of clusters of failing tests, or out of the best part of a log."""

from collections.abc import Mapping, Sequence

from bot.analysis.classify import category_of, fix_kind_of
from bot.analysis.clusters import Cluster, fingerprint
from bot.analysis.evidence import Quote, locate
from bot.analysis.frames import Frame, frames_of
from bot.analysis.headline import telling, weight
from bot.analysis.inputs import Input, Source
from bot.analysis.limits import Limits
from bot.analysis.logs import LogScan
from bot.analysis.model import Evidence, Excerpt, Finding, Location
from bot.analysis.problems import Problem, problem_of_lines
from bot.analysis.reports.base import TestResult
from bot.analysis.suspects import suspects_of
from bot.analysis.words import cause_of, fix_of

_AROUND = 8
"""Lines before and after one that leads, where it is not part of what is shown."""
_END = 300
"""Lines at the end of a log that tell by which tool it was built."""


def wanted_lines(clusters: Sequence[Cluster]) -> set[str]:
    """The lines of these causes that are worth finding in a log."""
    lines = (line.strip() for cluster in clusters for line in cluster.problem.key_lines)
    return {line for line in lines if len(line) > 5}


def report_findings(
    clusters: Sequence[Cluster], inputs: Sequence[Input], logs: Mapping[int, LogScan], limits: Limits
) -> list[Finding]:
    """One finding a cluster, in the order given; those over the limit are told together in a last one."""
    shown, rest = clusters[: limits.findings], clusters[limits.findings :]
    quotes = {id(cluster): _quotes(cluster, limits) for cluster in shown}
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
        index = cluster.results[0][0]
        evidence = [_evidence(index, quote, found[index], logs) for quote in quotes[id(cluster)]]
        problem = cluster.problem
        lines = [(1.0, text) for text in (problem.type, problem.message, *problem.key_lines)]
        findings.append(_finding(number, problem, cluster.fingerprint, cluster.tests, evidence, lines, from_test=True))
    if rest:
        findings.append(_rest(len(shown) + 1, rest))
    return findings


def log_findings(excerpts: Sequence[Excerpt], logs: Mapping[int, LogScan], limits: Limits) -> list[Finding]:
    """The best part of each log, where no report tells more."""
    findings: list[Finding] = []
    for index, log in logs.items():
        shown = [excerpt for excerpt in excerpts if excerpt.input == index]
        leads = telling(log.kept, log.chances, log.marker or log.lines)
        if not shown or not (log.failed or any(weight(log.kept[number]) for number in leads)):
            continue
        # With no telling word in it, the end of the best part is at least where it stopped.
        leads = leads or list(shown[0].lines[-1:])
        near = range(leads[0] - _AROUND, leads[0] + _AROUND + 1)
        part = next((excerpt.lines for excerpt in shown if leads[0] in excerpt.lines), tuple(near))
        problem = problem_of_lines([log.kept[number] for number in part if number in log.kept], log.kept[leads[0]])
        around = [(excerpt.score, log.kept[number]) for excerpt in shown for number in excerpt.lines]
        evidence = [Evidence(index, number, log.kept[number].rstrip()) for number in leads[: limits.evidence]]
        tests = list(log.failing_tests) if log.failed else []
        number = len(findings) + 1
        log_text = "\n".join(list(log.kept.values())[-_END:])
        findings.append(
            _finding(number, problem, fingerprint(problem), tests, evidence, around, from_test=False, log=log_text)
        )
    return findings


def _quotes(cluster: Cluster, limits: Limits) -> list[Quote]:
    result: TestResult = cluster.results[0][1]
    first = result.report_line or 1
    last = first + result.details.count("\n") + result.message.count("\n") + 2
    lines = dict.fromkeys(line.strip() for line in cluster.problem.key_lines if line.strip())
    return [Quote(line, first, last) for line in list(lines)[: limits.evidence]]


def _evidence(index: int, quote: Quote, found: Mapping[Quote, int], logs: Mapping[int, LogScan]) -> Evidence:
    """The line in the log if it stands there, in the report otherwise."""
    text = quote.text
    for at, log in logs.items():
        if text in log.found:
            return Evidence(at, log.found[text], text)
    return Evidence(index, found.get(quote), text)


def _finding(
    number: int,
    problem: Problem,
    key: str,
    tests: list[str],
    evidence: list[Evidence],
    lines: Sequence[tuple[float, str]],
    *,
    from_test: bool,
    log: str = "",
) -> Finding:
    category = category_of(lines, from_test=from_test)
    frames = [frame for frame in (problem.top, *problem.frames) if frame is not None]
    if not from_test:
        frames = _places(lines)
    top = problem.top or next((frame for frame in frames if frame.ours), None)
    known = bool(problem.type) + (problem.top is not None)
    return Finding(
        id=f"f{number}",
        title=problem.title or "Failed without a message",
        category=category,
        fix_kind=fix_kind_of(category, top, from_test=from_test or bool(tests)),
        confidence=round((0.5 if from_test else 0.3) + 0.2 * known, 2),
        tests=tuple(tests),
        cause=cause_of(problem, len(tests) if from_test else 0),
        fix=fix_of(category),
        evidence=tuple(evidence),
        suspects=tuple(suspects_of(frames, tests, category, log)),
        location=Location(problem.top.path, problem.top.line) if problem.top else None,
        fingerprint=key,
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
