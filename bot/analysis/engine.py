"""The embedded engine: from inputs to one analysis. Deterministic; reads nothing but what it is given."""

import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

from bot.analysis.baseline import GreenRuns
from bot.analysis.clusters import clusters_of
from bot.analysis.excerpts import excerpts_of
from bot.analysis.findings import log_findings, report_findings, wanted_lines
from bot.analysis.inputs import Input, Source
from bot.analysis.judgement import Facts, Judgement, judge
from bot.analysis.limits import Limits
from bot.analysis.logs import LogScan, baseline_set, scan
from bot.analysis.model import Analysis, Counts, Excerpt, Stats, Unreadable, Verdict
from bot.analysis.ranker import Ranker
from bot.analysis.reports import READERS, Budget, Report, ResultSink
from bot.analysis.sniff import describe_binary, describe_json, kind_of, xml_root


def analyze(
    inputs: Sequence[Input],
    *,
    baseline: Input | GreenRuns | None = None,
    limits: Limits | None = None,
    sink: ResultSink | None = None,
    ranker: Ranker | None = None,
    judges: Callable[[Facts], Judgement] = judge,
) -> Analysis:
    """Reports and logs of one run together, as one answer.

    `baseline` is the log of a green run of the same job, or what is kept of several ones. `sink` is given the test
    cases while they are read. `ranker` and `judges` take the place of the models that are shipped, where others are
    learned or measured.
    Never raises for what is in an input: that stands in `Analysis.unreadable`.
    """
    return _Run(inputs, limits or Limits(), sink, ranker, judges).run(baseline)


@dataclass(slots=True)
class _Run:
    """One analysis while it is made."""

    inputs: Sequence[Input]
    limits: Limits
    sink: ResultSink | None
    ranker: Ranker | None
    judges: Callable[[Facts], Judgement]
    reports: dict[int, Report] = field(default_factory=dict)
    logs: dict[int, LogScan] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    size: int = 0

    def run(self, baseline: Input | GreenRuns | None) -> Analysis:
        started = time.perf_counter()
        self.read_reports(Budget(self.limits))
        problems = [(i, result) for i, report in self.reports.items() for result in report.problems]
        clusters = clusters_of(problems)
        self.read_logs(wanted_lines(clusters[: self.limits.findings]), baseline)
        excerpts: list[Excerpt] = []
        for index, log in self.logs.items():
            excerpts += excerpts_of(index, log, self.ranker)
        excerpts.sort(key=lambda excerpt: -excerpt.score)
        verdict = self.verdict()
        findings = report_findings(clusters, self.inputs, self.logs, self.limits)
        if not findings and verdict in ("failed", "error", "unknown"):
            findings = log_findings(excerpts, self.logs, self.limits, self.judges)
        return Analysis(
            inputs=tuple(given.name for given in self.inputs),
            verdict=verdict,
            counts=sum((report.counts for report in self.reports.values()), Counts()),
            failing_tests=self.failing_tests(),
            excerpts=tuple(excerpts),
            findings=tuple(findings),
            unreadable=tuple(sorted(self.unreadable, key=lambda item: item.input)),
            stats=Stats(
                bytes=self.size,
                lines=sum(log.lines for log in self.logs.values()),
                lines_kept=sum(len(excerpt.lines) for excerpt in excerpts),
                seconds=round(time.perf_counter() - started, 4),
            ),
            usable=bool(self.logs) or any(report.is_report for report in self.reports.values()),
        )

    def refuse(self, index: int, reason: str, *, doubt: bool = True) -> None:
        self.unreadable.append(Unreadable(index, reason, doubt))

    def read_reports(self, budget: Budget) -> None:
        """Read what is a report, note what is a log, refuse the rest."""
        for index, given in enumerate(self.inputs):
            source = Source(given, self.limits.report_bytes)
            try:
                head = source.head()
                reader = next((reader for reader in READERS if reader.sniff(head)), None)
                reason = None if reader else self.no_report(index, given, head)
                report = reader.read(source.chunks(), self.limits, budget, self.sink) if reader else None
            except OSError as error:
                reason, report = _os_reason(error), None
            if report is not None:
                self.size += source.bytes
                self.reports[index] = report
                reason = report.reason
                lost = report.counts.failed + report.counts.errored + report.counts.flaky - len(report.failures)
                if lost > 0:
                    self.refuse(index, f"the details of {lost} more failing tests: they are only counted")
            if reason:
                self.refuse(index, reason)

    def no_report(self, index: int, given: Input, head: bytes) -> str | None:
        """Why this input is neither a report nor a log, or None after noting it as a log."""
        match kind_of(head, given.name):
            case "text":
                self.logs[index] = LogScan()
                return None
            case "empty":
                return "empty"
            case "binary":
                return describe_binary(head)
            case "html":
                return "an HTML page, neither a report nor a log"
            case "json":
                return describe_json(head)
            case "xml":
                root = xml_root(head)
                return (
                    f"not a JUnit report: root element <{root[:100]}>" if root else "not XML: no root element in sight"
                )

    def green_of(self, baseline: Input | GreenRuns | None) -> Callable[[str], Set[int] | None]:
        """What to compare a log with, by its name: the one log that was given, or what is kept under its name."""
        if isinstance(baseline, GreenRuns):
            return baseline.of
        green: Set[int] | None = None
        if baseline is not None and self.logs:
            try:
                green = baseline_set(Source(baseline, self.limits.log_bytes).chunks(), self.limits)
            except OSError as error:
                note = f"compared with nothing: the baseline {baseline.name} was not read ({_os_reason(error)})"
                self.refuse(min(self.logs), note, doubt=False)
        return lambda _: green

    def read_logs(self, wanted: set[str], baseline: Input | GreenRuns | None) -> None:
        """Go through the logs, with the green run at hand if there is one that can be read."""
        green_of = self.green_of(baseline)
        for index in list(self.logs):
            given = self.inputs[index]
            source = Source(given, self.limits.log_bytes)
            try:
                log = scan(source.chunks(), self.limits, wanted, green_of(given.name))
            except OSError as error:
                del self.logs[index]
                self.refuse(index, _os_reason(error))
                continue
            self.size += source.bytes
            self.logs[index] = log
            if log.cut:
                self.refuse(index, log.cut)
            if log.long_line:
                self.refuse(index, log.long_line, doubt=False)

    def verdict(self) -> Verdict:
        """The worst that is known; what could not be read to its end never passes."""
        reports, logs = list(self.reports.values()), list(self.logs.values())
        if any(report.counts.failed or report.counts.errored for report in reports):
            return "failed"
        if any(report.suite_errors for report in reports):
            return "error"
        if any(log.failed for log in logs):
            return "failed"
        ran = any(report.counts.total > report.counts.skipped for report in reports)
        if any(item.doubt for item in self.unreadable) or not (ran or any(log.passed for log in logs)):
            return "unknown"
        return "unstable" if any(report.counts.flaky for report in reports) else "passed"

    def failing_tests(self) -> tuple[str, ...]:
        """By the reports where there are any tests in them, by the logs otherwise."""
        if any(report.counts.total for report in self.reports.values()):
            failures = [result for report in self.reports.values() for result in report.failures]
            return tuple(dict.fromkeys(result.id for result in failures if result.status in ("failed", "errored")))
        return tuple(dict.fromkeys(name for log in self.logs.values() if log.failed for name in log.failing_tests))


def _os_reason(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()
