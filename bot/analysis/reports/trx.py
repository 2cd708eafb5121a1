"""TRX, the results of Visual Studio Test, `dotnet test` and MSTest (schema TeamTest/2010)."""

from typing import ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import HELD, Case
from bot.analysis.reports.values import clock
from bot.analysis.reports.xml_stream import XmlHandler, XmlReader

_STATUS: dict[str, Status] = {
    "passed": "passed",
    "passedbutrunaborted": "passed",
    "warning": "passed",
    "completed": "passed",
    "failed": "failed",
    "timeout": "failed",
    "error": "errored",
}
"""All others (NotExecuted, NotRunnable, Inconclusive, Aborted, Pending ...) gave no result."""

_RESULTS = frozenset({"UnitTestResult", "TestResult", "GenericTestResult", "WebTestResult", "ManualTestResult"})


class TrxHandler(XmlHandler):
    """Class names come at the end of the file, so cases wait for theirs."""

    texts: ClassVar[frozenset[str]] = frozenset({"Message", "StackTrace", "StdOut", "Text"})

    def begin(self) -> None:
        self.open: list[Case] = []
        self.parents: set[int] = set()
        self.waiting: dict[str, list[Case]] = {}
        self.order: list[Case] = []
        self.defined = ""
        self.aborted: Case | None = None

    def opened(self, tag: str, attrs: dict[str, str]) -> None:
        if tag in _RESULTS:
            self._open(attrs)
        elif tag == "ErrorInfo" and self.open:
            self.open[-1].report_line = self.line
        elif tag in ("UnitTest", "GenericTest", "ManualTest"):
            self.defined = attrs.get("id", "")
        elif tag == "TestMethod":
            for case in self.waiting.pop(self.defined, ()):
                _name(case, attrs.get("className", ""))
        elif tag == "RunInfo" and attrs.get("outcome", "").lower() in ("error", "failed", "aborted"):
            self.aborted = Case("", "errored", classname="test run", report_line=self.line)

    def closed(self, tag: str, text: str) -> None:
        if tag in _RESULTS and self.open:
            self._close()
        elif tag == "Text" and self.aborted is not None:
            self.aborted.message, self.aborted.details = text.strip().split("\n", 1)[0], text
        elif tag == "RunInfo":
            if self.aborted is not None and not self.out.broken and not any(case.broken for case in self.order):
                self.out.suite_error(self.aborted)
            self.aborted = None
        elif not self.open or not text:
            return
        elif tag == "StdOut":
            self.open[-1].stdout = text[-self.limits.output_chars :]
        elif tag == "Message" and self.open[-1].report_line is not None:
            self.open[-1].message = self.open[-1].details = text.strip()
        elif tag == "StackTrace":
            self.open[-1].details = f"{self.open[-1].message}\n{text.rstrip()}"

    def finished(self) -> None:
        for case in self.order:
            self.out.add(case)

    def _open(self, attrs: dict[str, str]) -> None:
        status = _STATUS.get(attrs.get("outcome", "").lower(), "skipped")
        case = Case(attrs.get("testName", ""), status, seconds=clock(attrs.get("duration")))
        case.id = case.name
        if self.open:
            self.parents.add(id(self.open[-1]))
        self.open.append(case)
        if len(self.order) < HELD:
            self.waiting.setdefault(attrs.get("testId", ""), []).append(case)

    def _close(self) -> None:
        case = self.open.pop()
        if id(case) in self.parents:
            # It stands for its data rows, which were counted one by one.
            self.parents.discard(id(case))
            return
        if len(self.order) < HELD:
            self.order.append(self.out.spared(case))
        else:
            self.out.add(case)


def _name(case: Case, classname: str) -> None:
    case.classname = classname.split(",", 1)[0]
    if case.classname and not case.name.startswith(case.classname):
        case.id = f"{case.classname}.{case.name}"


READER = XmlReader("TRX", frozenset({"TestRun"}), TrxHandler)
