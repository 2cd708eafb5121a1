"""Mocha's `json` reporter."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import JsonMap, mapping, number, seconds, text


class MochaHandler(JsonHandler):
    """`tests` has all cases without saying how they ended: failures by their error, the rest from the other lists."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"tests|pending|passes|failures")

    def begin(self) -> None:
        self.failed = 0

    def record(self, path: str, value: Any) -> None:
        test = mapping(value)
        error = mapping(test.get("err"))
        if path == "tests":
            if error:
                self.failed += 1
                self.out.add(_case(test, "errored" if error.get("errorMode") else "failed"))
        elif path == "failures":
            # They stood in `tests` already, unless that list is missing or was written without errors.
            self.failed -= 1
            if self.failed < 0:
                self.out.add(_case(test, "failed"))
        else:
            self.out.add(_case(test, "skipped" if path == "pending" else "passed"))


def _case(test: JsonMap, status: Status) -> Case:
    error = mapping(test.get("err"))
    retried = (number(test.get("currentRetry")) or 0) > 0
    case = Case(
        text(test.get("fullTitle")) or text(test.get("title")),
        status,
        file=text(test.get("file")) or None,
        seconds=seconds(test.get("duration"), 0.001),
        flaky=retried and status == "passed",
    )
    if case.broken:
        case.message = text(error.get("message")).strip()
        case.details = text(error.get("stack")) or case.message
        case.type = text(error.get("name"))
        case.report_line = line_of(error)
    return case


READER = JsonReader("Mocha", (frozenset({"stats.passes", "stats.failures", "tests"}),), MochaHandler)
