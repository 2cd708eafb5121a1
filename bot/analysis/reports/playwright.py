"""Playwright Test's `json` reporter."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.ids import is_absolute, project_path
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import JsonMap, first_text, mapping, mappings, seconds, text, whole

_OUTCOME: dict[str, Status] = {"expected": "passed", "flaky": "passed", "unexpected": "failed"}


class PlaywrightHandler(JsonHandler):
    """A spec is one test for each project (browser); its results are the tries."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"(?:suites\.)+specs|errors")

    def begin(self) -> None:
        self.root = ""

    def closing(self, path: str, members: JsonMap) -> None:
        if path == "config":
            self.root = text(members.get("rootDir"))

    def record(self, path: str, value: Any) -> None:
        item = mapping(value)
        if path == "errors":
            self._global_error(item)
            return
        suites = [scope.members for scope in self.scopes if scope.is_map and scope.path.startswith("suites")]
        file = text(item.get("file")) or next((text(suite["file"]) for suite in suites if suite.get("file")), "")
        titles = [text(suite.get("title")) for suite in suites]
        names = [title for title in titles if title and title != file]
        for test in mappings(item.get("tests")):
            self.out.add(_case(item, test, self._path(file), " › ".join([*names, text(item.get("title"))])))

    def _path(self, file: str) -> str:
        """Files are told from the tests' folder: from the repository's where that is known."""
        whole_path = project_path(f"{self.root}/{file}")
        return file if is_absolute(whole_path) else whole_path

    def _global_error(self, error: JsonMap) -> None:
        message = first_text(error, "message", "value")
        if message:
            place = mapping(error.get("location"))
            case = Case("", "errored", classname="Playwright", message=message.split("\n\n", 1)[0])
            case.file, case.line = text(place.get("file")) or None, whole(place.get("line"))
            case.details, case.report_line = first_text(error, "stack", "message"), line_of(error)
            self.out.suite_error(case)


def _case(spec: JsonMap, test: JsonMap, file: str, name: str) -> Case:
    results = mappings(test.get("results"))
    outcome = text(test.get("status"))
    project = text(test.get("projectName"))
    status = _OUTCOME.get(outcome, "skipped")
    case = Case(
        f"{name} [{project}]" if project else name,
        status,
        file=file or None,
        line=whole(spec.get("line")),
        seconds=sum(filter(None, (seconds(result.get("duration"), 0.001) for result in results)), 0.0),
        flaky=outcome == "flaky",
    )
    if case.broken or case.flaky:
        errors = [
            error for result in results for error in mappings(result.get("errors")) or [mapping(result.get("error"))]
        ]
        error = next((error for error in errors if first_text(error, "message", "value", "stack")), {})
        case.message = first_text(error, "message", "value")
        stack = text(error.get("stack"))
        case.details = stack if case.message and case.message in stack else f"{case.message}\n{stack}".strip()
        case.report_line = line_of(error) or line_of(test)
        if not case.message and results:
            ended, expected = text(results[-1].get("status")), text(test.get("expectedStatus"))
            case.message = f"ended as {ended or 'failed'}, {expected or 'passed'} was expected"
    return case


READER = JsonReader(
    "Playwright",
    (frozenset({"config", "suites"}), frozenset({"suites.specs"}), frozenset({"config.projects", "config.rootDir"})),
    PlaywrightHandler,
)
