"""Mochawesome, also what Cypress projects use, and the results that `cypress run` gives its callers."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import JsonMap, first_text, mapping, mappings, seconds, text, texts

_STATUS: dict[str, Status] = {"passed": "passed", "failed": "failed"}


class MochawesomeHandler(JsonHandler):
    """Nested suites; a hook that failed is no test, but it is told."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"results\.(?:suites\.)*(?:tests|beforeHooks|afterHooks)")

    def record(self, path: str, value: Any) -> None:
        test, error = mapping(value), mapping(mapping(value).get("err"))
        state = text(test.get("state")).lower()
        hook = bool(test.get("isHook")) or not path.endswith("tests")
        status: Status = _STATUS.get(state, "failed" if test.get("fail") is True else "skipped")
        if hook and status != "failed":
            return
        file = next((path for scope in reversed(self.scopes) if (path := first_text(scope.members, "file"))), "")
        case = Case(
            text(test.get("fullTitle")) or text(test.get("title")),
            status,
            file=file.lstrip("/") or None,
            seconds=seconds(test.get("duration"), 0.001),
        )
        if case.broken:
            case.message = text(error.get("message"))
            case.details = first_text(error, "estack", "message")
            case.report_line = line_of(error)
        if hook:
            self.out.suite_error(case)
        else:
            self.out.add(case)


class CypressHandler(JsonHandler):
    """One record a spec file: its name comes after its tests."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"runs")

    def record(self, path: str, value: Any) -> None:
        run = mapping(value)
        file = first_text(mapping(run.get("spec")), "relative", "name")
        for test in mappings(run.get("tests")):
            self.out.add(_cypress_case(test, file))
        if not run.get("tests") and text(run.get("error")):
            error = Case("", "errored", file=file, message=text(run["error"]), report_line=line_of(run))
            self.out.suite_error(error)


def _cypress_case(test: JsonMap, file: str) -> Case:
    tries = mappings(test.get("attempts"))
    status: Status = _STATUS.get(text(test.get("state")), "skipped")
    flaky = status == "passed" and any(text(item.get("state")) == "failed" for item in tries)
    case = Case(" › ".join(texts(test.get("title"))), status, file=file or None, flaky=flaky)
    case.seconds = seconds(test.get("duration"), 0.001)
    if case.broken or flaky:
        errors = [mapping(item.get("error")) for item in tries]
        shown = text(test.get("displayError")) or next(filter(None, (text(item.get("message")) for item in errors)), "")
        case.message, case.details, case.report_line = shown.split("\n", 1)[0], shown, line_of(test)
    return case


READER = JsonReader("mochawesome", (frozenset({"stats.passes", "stats.failures", "results"}),), MochawesomeHandler)
CYPRESS = JsonReader(
    "Cypress",
    (frozenset({"runs.tests"}), frozenset({"runs.spec"}), frozenset({"cypressVersion", "runs"})),
    CypressHandler,
)
