"""Robot Framework's `output.xml` (schema versions 3 to 5)."""

from typing import ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.values import seconds, whole
from bot.analysis.reports.xml_stream import XmlHandler, XmlReader

_STATUS: dict[str, Status] = {"PASS": "passed", "FAIL": "failed", "SKIP": "skipped", "NOT RUN": "skipped"}


class RobotHandler(XmlHandler):
    """Suites, tests and the message of the test's status; failing keywords give the details."""

    texts: ClassVar[frozenset[str]] = frozenset({"status", "msg"})

    def begin(self) -> None:
        self.suites: list[tuple[str, str]] = []
        self.case: Case | None = None
        self.at = 0
        self.status: dict[str, str] = {}
        self.level = ""
        self.failures: list[str] = []

    def opened(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "suite":
            self.suites.append((attrs.get("name", ""), attrs.get("source", "")))
        elif tag == "test" and self.suites:
            names, source = [name for name, _ in self.suites], self.suites[-1][1]
            name = attrs.get("name", "")
            self.case = Case(name, "skipped", suite=".".join(names), file=source or None, line=whole(attrs.get("line")))
            self.case.id = ".".join([*names, name])
            self.at, self.failures = self.depth, []
        elif tag == "status":
            self.status = attrs
        elif tag == "msg":
            self.level = attrs.get("level", "")

    def closed(self, tag: str, text: str) -> None:
        case = self.case
        if tag == "suite" and self.suites:
            self.suites.pop()
        elif case is None:
            return
        elif tag == "msg" and self.level == "FAIL" and len(self.failures) < 20:
            self.failures.append(text)
            case.report_line = case.report_line or self.line - text.count("\n")
        elif tag == "status" and self.depth == self.at:
            case.status = _STATUS.get(self.status.get("status", ""), "skipped")
            case.message = text.strip()
            case.seconds = seconds(self.status.get("elapsed"))
            case.details = "\n".join(self.failures) or text
            if case.report_line is None:
                case.report_line = self.line
        elif tag == "test":
            if case.status == "passed":
                case.message = case.details = ""
            self.out.add(case)
            self.case = None


READER = XmlReader("Robot Framework", frozenset({"robot"}), RobotHandler)
