"""NUnit 2 (`test-results`) and NUnit 3 (`test-run`, or a bare `test-suite`) result files."""

from typing import ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.values import seconds
from bot.analysis.reports.xml_stream import XmlHandler, XmlReader

_STATUS: dict[str, Status] = {
    "passed": "passed",
    "success": "passed",
    "warning": "passed",
    "failed": "failed",
    "failure": "failed",
    "error": "failed",
    "cancelled": "failed",
    "notrunnable": "failed",
    "skipped": "skipped",
    "ignored": "skipped",
    "inconclusive": "skipped",
    "explicit": "skipped",
}

_LABELS = frozenset({"Error", "Invalid", "Cancelled", "Ignored", "Explicit"})
"""Kinds of a result; any other label says what happened."""


class NUnitHandler(XmlHandler):
    """Runs of one name (parameters that look alike) are one test, of which the worst run counts."""

    texts: ClassVar[frozenset[str]] = frozenset({"message", "stack-trace", "output"})

    def begin(self) -> None:
        self.case: Case | None = None
        self.suites: list[dict[str, str]] = []
        self.in_failure = False

    def opened(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "test-case":
            self.case = self._case(attrs)
        elif tag == "test-suite":
            self.suites.append(attrs)
        elif tag == "failure":
            self.in_failure = True
            if self.case is not None:
                self.case.report_line = self.line

    def closed(self, tag: str, text: str) -> None:
        case = self.case
        if tag == "test-suite" and self.suites:
            self.suites.pop()
        elif tag == "failure":
            self.in_failure = False
        elif tag == "message" and self.in_failure and case is None:
            self._suite_failure(text.strip())
        elif case is None:
            return
        elif tag == "test-case":
            self.out.row(case.id, case)
            self.case = None
        elif tag == "output":
            case.stdout = text
        elif tag == "message" and self.in_failure:
            case.message = case.details = text.strip()
        elif tag == "stack-trace" and self.in_failure:
            case.details = f"{case.message}\n{text.rstrip()}"

    def _case(self, attrs: dict[str, str]) -> Case:
        full, classname = attrs.get("fullname") or attrs.get("name", ""), attrs.get("classname", "")
        if classname and not full.startswith(classname):
            full = f"{classname}.{full}"
        suite, label = self.suites[-1] if self.suites else {}, attrs.get("label", "")
        return Case(
            attrs.get("name", ""),
            _status(attrs),
            classname=classname,
            suite=suite.get("fullname") or suite.get("name", ""),
            seconds=seconds(attrs.get("duration") or attrs.get("time")),
            message="" if label in _LABELS else label,
            id=full or "(test without a name)",
        )

    def _suite_failure(self, message: str) -> None:
        """Tests tell of a broken set-up themselves; a suite that can't run, or can't end, is told by itself alone."""
        suite = self.suites[-1] if self.suites else {}
        if suite.get("site") == "TearDown" or (suite.get("runstate") == "NotRunnable" and suite.get("total") == "0"):
            name = suite.get("fullname") or suite.get("name", "")
            self.out.suite_error(Case("", "errored", classname=name, message=message, report_line=self.line))


def _status(attrs: dict[str, str]) -> Status:
    """By `result` where there is one, by `executed` and `success` in files of NUnit before 2.5."""
    result = attrs.get("result", "").lower()
    if result:
        return _STATUS.get(result, "skipped")
    if attrs.get("executed", "True").lower() == "false":
        return "skipped"
    return "failed" if attrs.get("success", "True").lower() == "false" else "passed"


READER = XmlReader("NUnit", frozenset({"test-results", "test-run", "test-suite"}), NUnitHandler)
