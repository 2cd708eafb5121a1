"""The event stream of `dart test --reporter json` and `flutter test --machine` (protocol 0.1)."""

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_lines import LinesHandler, LinesReader
from bot.analysis.reports.values import JsonMap, mapping, text, whole

_STATUS: dict[str, Status] = {"success": "passed", "failure": "failed", "error": "errored"}


class DartHandler(LinesHandler):
    """Hidden tests (the loading of files) do not count unless they fail; an error before a success is a retry."""

    def begin(self) -> None:
        self.paths: dict[object, str] = {}
        self.open: dict[object, tuple[Case, float]] = {}
        self.done = False

    def event(self, event: JsonMap) -> None:
        kind = event.get("type")
        if kind == "suite":
            suite = mapping(event.get("suite"))
            self.paths[text(suite.get("id"))] = text(suite.get("path"))
        elif kind == "testStart":
            self._start(mapping(event.get("test")), event)
        elif kind == "error":
            self._error(event)
        elif kind == "print":
            case, _ = self.open.get(text(event.get("testID")), (None, 0))
            if case is not None and event.get("messageType") == "print":
                case.stdout = f"{case.stdout}{text(event.get('message'))}\n"[-self.limits.output_chars :]
        elif kind == "testDone":
            self._done(event)
        elif kind == "done":
            self.done = True

    def finished(self) -> None:
        for case, _ in self.open.values():
            if case.message:
                case.status = "errored"
                self.out.add(case)
        if not self.done:
            self.out.note("it breaks off before its last event")

    def _start(self, test: JsonMap, event: JsonMap) -> None:
        path = self.paths.get(text(test.get("suiteID")), "").replace("\\", "/")
        line = whole(test.get("root_line")) if test.get("root_url") else whole(test.get("line"))
        case = Case(text(test.get("name")), "passed", file=path or None, line=line)
        self.open[text(test.get("id"))] = case, whole(event.get("time")) or 0

    def _error(self, event: JsonMap) -> None:
        case, _ = self.open.get(text(event.get("testID")), (None, 0))
        if case is not None and not case.message:
            case.message = text(event.get("error")).strip() or "failed"
            case.details = f"{case.message}\n{text(event.get('stackTrace'))}".rstrip()
            case.report_line = self.line

    def _done(self, event: JsonMap) -> None:
        case, began = self.open.pop(text(event.get("testID")), (None, 0))
        if case is None:
            return
        status: Status = _STATUS.get(text(event.get("result")), "errored")
        if event.get("hidden") is True and status == "passed":
            return
        case.status = "skipped" if event.get("skipped") is True else status
        case.flaky = case.status == "passed" and bool(case.message)
        case.seconds = max((whole(event.get("time")) or 0) - began, 0) / 1000
        self.out.add(case)


READER = LinesReader("Dart", lambda event: "protocolVersion" in event and event.get("type") == "start", DartHandler)
