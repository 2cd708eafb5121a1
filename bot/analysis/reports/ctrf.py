"""CTRF, the Common Test Report Format (ctrf.io, specification 1.0)."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import first_text, mapping, mappings, seconds, text, texts, whole

_STATUS: dict[str, Status] = {"passed": "passed", "failed": "failed"}


class CtrfHandler(JsonHandler):
    """`flaky` and `retryAttempts` tell of a pass that was not the first try."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"results\.tests")

    def record(self, path: str, value: Any) -> None:
        test = mapping(value)
        if not test:
            return
        tries = [text(item.get("status")) for item in mappings(test.get("retryAttempts"))]
        failure = test
        status: Status = _STATUS.get(text(test.get("status")).lower(), "skipped")
        flaky = status == "passed" and (test.get("flaky") is True or "failed" in tries)
        if flaky and not first_text(test, "message", "trace"):
            failure = next((item for item in mappings(test.get("retryAttempts")) if item.get("message")), test)
        suite = test.get("suite")
        case = Case(
            text(test.get("name")),
            status,
            classname=" › ".join(texts(suite)),
            file=text(test.get("filePath")) or None,
            line=whole(test.get("line")),
            seconds=seconds(test.get("duration"), 0.001),
            flaky=flaky,
        )
        if case.broken or flaky:
            case.message = text(failure.get("message"))
            case.details = text(failure.get("trace")) or case.message
            case.stdout = text(test.get("stdout"))
            case.report_line = line_of(failure)
        self.out.add(case)


READER = JsonReader(
    "CTRF",
    (
        frozenset({"reportFormat", "results"}),
        frozenset({"results.tool", "results.summary"}),
        frozenset({"results.tool", "results.tests"}),
    ),
    CtrfHandler,
)
