"""TestNG's own `testng-results.xml`."""

from typing import ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.values import seconds
from bot.analysis.reports.xml_stream import XmlHandler, XmlReader

_STATUS: dict[str, Status] = {
    "pass": "passed",
    "success_percentage_failure": "passed",
    "fail": "failed",
    "skip": "skipped",
}


class TestNGHandler(XmlHandler):
    """Test methods count; configuration methods (`is-config`) are told only when they fail."""

    texts: ClassVar[frozenset[str]] = frozenset({"message", "full-stacktrace", "short-stacktrace", "value"})

    def begin(self) -> None:
        self.case: Case | None = None
        self.attrs: dict[str, str] = {}
        self.suite = self.classname = ""
        self.arguments: list[str] = []
        self.retried: set[str] = set()

    def opened(self, tag: str, attrs: dict[str, str]) -> None:
        if tag in ("suite", "test"):
            self.suite = attrs.get("name", "")
        elif tag == "class":
            self.classname = attrs.get("name", "")
        elif tag == "test-method":
            status = _STATUS.get(attrs.get("status", "").lower(), "skipped")
            name = attrs.get("name", "") or attrs.get("signature", "").split("(", 1)[0]
            time = seconds(attrs.get("duration-ms"), 0.001)
            self.case = Case(name, status, classname=self.classname, suite=self.suite, seconds=time)
            self.attrs, self.arguments = attrs, []
        elif tag == "exception" and self.case is not None:
            self.case.type, self.case.report_line = attrs.get("class", ""), self.line

    def closed(self, tag: str, text: str) -> None:
        case = self.case
        if case is None:
            return
        if tag == "value":
            self.arguments.append(text.strip())
        elif tag == "message":
            case.message = text.strip()
        elif tag in ("full-stacktrace", "short-stacktrace") and text.strip():
            case.details = text.strip()
        elif tag == "test-method":
            self.case = None
            if self.attrs.get("is-config") == "true":
                if case.broken:
                    self.out.suite_error(case)
                return
            key = "\n".join((case.suite, case.classname, self.attrs.get("signature", case.name), *self.arguments))
            if self.attrs.get("retried") == "true":
                # A try that is followed by another one; it is written as a skip with an exception.
                case.status = "failed"
                self.retried.add(key)
            if key in self.retried:
                self.out.attempt(key, case)
            else:
                self.out.add(case)


READER = XmlReader("TestNG", frozenset({"testng-results"}), TestNGHandler)
