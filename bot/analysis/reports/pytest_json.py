"""pytest-json-report, and the event stream of pytest-reportlog."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_lines import LinesHandler, LinesReader
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import JsonMap, first_text, mapping, mappings, seconds, text, whole

_STATUS: dict[str, Status] = {"passed": "passed", "xpassed": "passed", "failed": "failed", "error": "errored"}
_STAGES = ("setup", "call", "teardown")


class PytestJsonHandler(JsonHandler):
    """One record a test, with its three stages; collectors that failed are told."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"tests|collectors")

    def record(self, path: str, value: Any) -> None:
        item = mapping(value)
        if path == "tests":
            case = _named(text(item.get("nodeid")), _STATUS.get(text(item.get("outcome")), "skipped"))
            stages = [mapping(item.get(stage)) for stage in _STAGES]
            if item.get("outcome") == "rerun":
                # It was tried again; the stages are those of the last try.
                last = text(mapping(item.get("call")).get("outcome"))
                case.status, case.flaky = _STATUS.get(last, "errored"), last == "passed"
            line = whole(item.get("lineno"))
            case.line = line + 1 if line is not None else None
            case.seconds = sum(filter(None, (seconds(stage.get("duration")) for stage in stages)), 0.0)
            broken = next((stage for stage in stages if text(stage.get("outcome")) in ("failed", "error")), {})
            if case.broken:
                _tell(case, mapping(broken.get("crash")), text(broken.get("longrepr")))
                case.stdout = text(broken.get("stdout"))
                case.report_line = line_of(broken)
            self.out.attempt(case.id, case)
        elif text(item.get("outcome")) == "failed":
            case = _named(text(item.get("nodeid")), "errored")
            _tell(case, {}, text(item.get("longrepr")))
            case.report_line = line_of(item)
            self.out.suite_error(case)


class ReportLogHandler(LinesHandler):
    """Three events a test; the worst of them is its result, and `rerun` announces another try."""

    def begin(self) -> None:
        self.open: dict[str, Case] = {}

    def event(self, event: JsonMap) -> None:
        kind, node = event.get("$report_type"), text(event.get("nodeid"))
        outcome, when = text(event.get("outcome")), text(event.get("when"))
        if kind == "CollectReport" and outcome == "failed":
            case = _named(node, "errored")
            self._tell(case, event)
            self.out.suite_error(case)
        elif kind == "TestReport":
            case = self.open.setdefault(node, _named(node, "passed"))
            case.seconds = (case.seconds or 0.0) + (seconds(event.get("duration")) or 0.0)
            if outcome in ("failed", "rerun") and not case.broken:
                case.status = "failed" if when == "call" else "errored"
                self._tell(case, event)
            elif outcome == "skipped" and not case.broken:
                case.status = "skipped"
            if when == "teardown" or outcome == "rerun":
                self.out.attempt(node, self.open.pop(node))

    def finished(self) -> None:
        for node, case in self.open.items():
            self.out.attempt(node, case)

    def _tell(self, case: Case, event: JsonMap) -> None:
        represented = event.get("longrepr")
        crash = mapping(mapping(represented).get("reprcrash"))
        entries = mappings(mapping(mapping(represented).get("reprtraceback")).get("reprentries"))
        lines = [_entry(mapping(entry.get("data"))) for entry in entries]
        _tell(case, crash, "\n".join(lines) or text(represented) or text(mapping(represented).get("longrepr")))
        case.report_line = self.line
        place = event.get("location")
        line = whole(place[1]) if isinstance(place, list) and len(place) > 1 else None
        case.line = line + 1 if line is not None else None


def _entry(data: JsonMap) -> str:
    """One step of a traceback as pytest prints it: its lines, then the place."""
    place = mapping(data.get("reprfileloc"))
    where = f"\n\n{text(place.get('path'))}:{text(place.get('lineno'))}: {text(place.get('message'))}" if place else ""
    return text(data.get("lines")) + where


def _named(node: str, status: Status) -> Case:
    file, _, name = node.partition("::")
    return Case(name or file, status, file=file or None, id=node)


def _tell(case: Case, crash: JsonMap, details: str) -> None:
    case.details = details or text(crash.get("message"))
    case.message = first_text(crash, "message") or next(
        (line[1:].strip() for line in details.split("\n") if line.startswith("E ")), ""
    )


READER = JsonReader(
    "pytest-json-report",
    (frozenset({"exitcode", "summary"}), frozenset({"tests.nodeid"}), frozenset({"collectors.nodeid"})),
    PytestJsonHandler,
)
REPORT_LOG = LinesReader("pytest-reportlog", lambda event: "$report_type" in event, ReportLogHandler)
