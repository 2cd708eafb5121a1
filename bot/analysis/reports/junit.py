"""Streams JUnit XML in all its dialects in constant memory."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from xml.parsers import expat

from bot.analysis.limits import Limits
from bot.analysis.model import Counts
from bot.analysis.reports.base import Budget, Report, ResultSink, Status, TestResult
from bot.analysis.reports.collector import StopReading, told
from bot.analysis.reports.ids import test_id
from bot.analysis.reports.xml_stream import Guard, feed
from bot.analysis.sniff import xml_root

ROOTS = frozenset({"testsuites", "testsuite", "testcase"})
_PROBLEMS: dict[str, Status] = {"failure": "failed", "error": "errored"}
_RETRIES = frozenset({"flakyFailure", "flakyError", "rerunFailure", "rerunError", "rerun"})
_SKIPS = frozenset({"skipped", "disabled", "ignored"})
_OUTPUTS = frozenset({"system-out", "system-err"})
_NOT_RUN = frozenset({"disabled", "notrun", "skipped", "ignored"})


class JUnitReader:
    """JUnit XML as written by surefire, pytest, jest, mocha, gtest, catch2, bazel, PHPUnit and others."""

    name = "JUnit XML"

    def sniff(self, head: bytes) -> bool:
        """Whether the root element is one of JUnit's."""
        return (xml_root(head) or "") in ROOTS

    def read(self, chunks: Iterable[bytes], limits: Limits, budget: Budget, sink: ResultSink | None) -> Report:
        """Counts are exact up to where reading stopped; `reason` says where and why it did."""
        return _Parse(limits, budget, sink).run(chunks)


class _Parse:
    """The state of reading one report."""

    def __init__(self, limits: Limits, budget: Budget, sink: ResultSink | None) -> None:
        self.limits = limits
        self.budget = budget
        self.sink = sink
        self.report = Report()
        self.total = self.failed = self.errored = self.skipped = self.flaky = 0
        self.depth = 0
        self.max_depth = limits.depth
        self.suites: list[dict[str, str]] = []
        self.case: dict[str, str] | None = None
        self.status: Status = "passed"
        self.retried = False
        self.problem: tuple[str, str, int, dict[str, str]] | None = None
        self.details: list[str] = []
        self.output = ""
        self.text: list[str] = []
        self.text_room = 0
        self.text_tag = ""
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.root
        self.parser.EndElementHandler = self.end
        self.guard = Guard(self.parser)

    def run(self, chunks: Iterable[bytes]) -> Report:
        """Feed it all and say what came of it."""
        report = self.report
        notes: list[str] = []
        stopped = report.reason = feed(self.parser, chunks, self.limits, notes.append)
        if report.reason and self.case is not None and self.status in ("failed", "errored"):
            # The report breaks off inside a test that had failed already.
            self.details = self.details or self.text
            with suppress(StopReading):
                self.close_case(self.case)
        passed = self.total - self.failed - self.errored - self.skipped
        report.counts = Counts(self.total, passed, self.failed, self.errored, self.skipped, self.flaky)
        report.reason = stopped or self.guard.refused or (notes[0] if notes else None)
        return told(report, stopped=stopped is not None)

    def root(self, tag: str, attrs: dict[str, str]) -> None:
        """The first element; what is some other kind of XML is refused."""
        if tag.rpartition(":")[2] not in ROOTS:
            raise StopReading(f"not a JUnit report: root element <{tag[:100]}>")
        self.parser.StartElementHandler = self.start
        self.start(tag, attrs)

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.max_depth:
            raise StopReading(f"elements nested deeper than {self.max_depth}")
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "testcase":
            self.case = attrs
            self.status = "passed"
        elif tag == "testsuite":
            self.suites.append(attrs)
        elif tag in _PROBLEMS:
            self.open_problem(tag, attrs)
        elif tag in _SKIPS:
            if self.case is not None and self.status == "passed":
                self.status = "skipped"
        elif tag in _RETRIES:
            if self.case is not None:
                self.retried = True
                self.open_problem(tag, attrs)
        elif tag in _OUTPUTS and self.problem is not None and not self.text_tag:
            self.capture(tag, self.limits.output_chars)

    def end(self, tag: str) -> None:
        self.depth -= 1
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "testcase":
            if self.case is not None:
                self.close_case(self.case)
        elif tag == self.text_tag:
            self.release(tag)
        elif tag == "testsuite" and self.suites:
            self.suites.pop()

    def open_problem(self, tag: str, attrs: dict[str, str]) -> None:
        """A failure, an error or a retry begins; the first of the worst kind is the one that is kept."""
        known: Status | None = _PROBLEMS.get(tag)
        worse = known is not None and (
            self.problem is None or self.problem[0] in _RETRIES or (known == "errored") > (self.status == "errored")
        )
        first_try = known is None and self.problem is None
        if known is not None and self.case is not None and self.status != "errored":
            self.status = known
        if (worse or first_try) and self.budget.failures > 0 and not self.text_tag:
            line = self.parser.CurrentLineNumber
            self.problem = (tag, attrs.get("message", ""), line, attrs)
            self.details = []
            self.capture(tag, self.limits.detail_chars)

    def capture(self, tag: str, room: int) -> None:
        """Begin to collect text, which is not even looked at elsewhere."""
        self.text_tag, self.text, self.text_room = tag, [], room
        handler: Callable[[str], None] = self.tail if tag in _OUTPUTS else self.collect
        self.parser.CharacterDataHandler = handler

    def collect(self, data: str) -> None:
        if self.text_room > 0:
            self.text.append(data[: self.text_room])
            self.text_room -= len(data)

    def tail(self, data: str) -> None:
        self.output = (self.output + data)[-self.limits.output_chars :]

    def release(self, tag: str) -> None:
        """The element whose text was collected ends."""
        self.parser.CharacterDataHandler = None
        self.text_tag = ""
        if tag not in _OUTPUTS:
            self.details = self.text
            if self.case is None:
                self.close_suite_problem()

    def close_suite_problem(self) -> None:
        """Something broke outside any test case: it is told, but it is no test."""
        suite = self.suites[-1] if self.suites else {}
        result = self.result({"name": "", "classname": suite.get("name", "")}, "errored")
        self.report.suite_errors.append(result)
        self.budget.failures -= 1
        self.problem, self.output = None, ""

    def close_case(self, case: dict[str, str]) -> None:
        """Count a finished test case, and keep what is worth keeping."""
        self.total += 1
        status = self.status
        if status == "passed":
            if "status" in case and case["status"].lower() in _NOT_RUN:
                self.status = status = "skipped"
            elif self.retried:
                self.flaky += 1
        flaky = self.retried and status == "passed"
        if status == "failed":
            self.failed += 1
        elif status == "errored":
            self.errored += 1
        elif status == "skipped":
            self.skipped += 1
        sink = self.sink
        if sink is not None and self.budget.cases > 0:
            self.budget.cases -= 1
            sink.case(self.name_of(case), status, _seconds(case), flaky)
        if self.problem is not None:
            if status in ("failed", "errored") or flaky:
                result = self.result(case, status)
                self.report.failures.append(result)
                self.budget.failures -= 1
                if sink is not None:
                    sink.failure(result)
            self.problem, self.output = None, ""
        self.case, self.retried = None, False
        if self.total >= self.limits.cases:
            raise StopReading(f"more than {self.limits.cases} test cases")

    def name_of(self, case: dict[str, str]) -> str:
        suite = self.suites[-1] if self.suites else {}
        classname = case.get("classname") or case.get("class") or ""
        name, file = case.get("name", ""), case.get("file")
        cap = self.limits.name_chars
        return test_id(name[:cap], classname[:cap], file[:cap] if file else None, suite.get("name", "")[:cap])

    def result(self, case: dict[str, str], status: Status) -> TestResult:
        """The kept form of the case whose problem was just read."""
        cap, problem = self.limits.name_chars, self.problem
        tag, message, line, attrs = problem or ("", "", None, {})
        suite = self.suites[-1].get("name", "") if self.suites else ""
        file = case.get("file") or attrs.get("file")
        number = case.get("line") or attrs.get("line") or ""
        return TestResult(
            id=self.name_of(case),
            name=case.get("name", "")[:cap],
            classname=(case.get("classname") or case.get("class") or "")[:cap],
            suite=suite[:cap],
            status=status,
            file=file[:cap] if file else None,
            line=int(number) if re.fullmatch(r"[0-9]{1,9}", number) else None,
            flaky=tag in _RETRIES and status == "passed",
            duration=_seconds(case),
            message=message[: self.limits.message_chars],
            type=attrs.get("type", "")[:cap],
            details="".join(self.details),
            stdout=self.output,
            report_line=line,
        )


def _seconds(case: dict[str, str]) -> float | None:
    """The duration of a case; thousands separators are taken out, nonsense is None."""
    given = case.get("time")
    if not given:
        return None
    try:
        seconds = float(given.replace(",", "") if "," in given else given)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e9 else None
