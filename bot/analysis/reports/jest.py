"""Jest's `--json` and Vitest's `--reporter=json` (the same shape)."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import JsonMap, first_text, mapping, mappings, seconds, text, texts, whole

_STATUS: dict[str, Status] = {"passed": "passed", "failed": "failed"}

_TITLE = re.compile(r"^\s*● .*\n", re.MULTILINE)


class JestHandler(JsonHandler):
    """One record a test file: its name comes after its tests."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"testResults")

    def record(self, path: str, value: Any) -> None:
        suite = mapping(value)
        file = first_text(suite, "name", "testFilePath")
        tests = mappings(suite.get("assertionResults")) or mappings(suite.get("testResults"))
        for test in tests:
            self.out.add(self._case(test, file, line_of(suite)))
        message = first_text(suite, "message", "failureMessage")
        if text(suite.get("status")) == "failed" and not any(text(test.get("status")) == "failed" for test in tests):
            # The file itself did not load, or a hook outside all tests failed.
            error = Case("", "errored", file=file, message=_headline(_TITLE.sub("", message).strip()), details=message)
            error.report_line = line_of(suite)
            self.out.suite_error(error)

    def _case(self, test: JsonMap, file: str, line: int | None) -> Case:
        status: Status = _STATUS.get(text(test.get("status")).lower(), "skipped")
        failures, earlier = texts(test.get("failureMessages")), texts(test.get("retryReasons"))
        flaky = status == "passed" and bool(earlier)
        titles = [*texts(test.get("ancestorTitles")), text(test.get("title")) or text(test.get("fullName"))]
        case = Case(" › ".join(titles), status, file=file or None, flaky=flaky)
        case.line = whole(mapping(test.get("location")).get("line"))
        case.seconds = seconds(test.get("duration"), 0.001)
        if case.broken or flaky:
            case.details = "\n".join(failures or earlier)
            case.message = _headline(case.details)
            case.report_line = line_of(test) or line
        return case


def _headline(details: str) -> str:
    """The message is what stands before the stack."""
    return re.split(r"\n\s+at |\n\n", details, maxsplit=1)[0]


READER = JsonReader(
    "Jest or Vitest",
    (
        frozenset({"numTotalTests"}),
        frozenset({"testResults", "testResults.assertionResults"}),
        frozenset({"numTotalTestSuites"}),
    ),
    JestHandler,
)
