"""Test results of Azure Pipelines (Azure DevOps REST, Test: Runs, Results), as they are fetched from a build."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import first_text, mapping, seconds, text, whole

_STATUS: dict[str, Status] = {
    "passed": "passed",
    "warning": "passed",
    "failed": "failed",
    "timeout": "failed",
    "aborted": "errored",
    "error": "errored",
}
"""All others (NotExecuted, NotApplicable, Inconclusive, Blocked, None ...) gave no result."""
_BINARY = re.compile(r"(?i)\.(?:dll|exe|so|jar|appx|xap)$")

_MODULE = re.compile(r"(?:^|\.)(?:test_\w+|\w+_test)(?:\.|$)", re.ASCII)
"""A module of tests as Python names it; who wrote the report is not told."""


class AzureHandler(JsonHandler):
    """Runs with their results. Results that passed may be left out: then the run's totals tell how many there were."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"runs\.results")

    def begin(self) -> None:
        self.seen = 0
        self.passed = 0

    def record(self, path: str, value: Any) -> None:
        result = mapping(value)
        if not result:
            return
        status = _STATUS.get(text(result.get("outcome")).lower(), "skipped")
        name, title = text(result.get("automatedTestName")), text(result.get("testCaseTitle"))
        classname = _classname(text(result.get("automatedTestStorage")))
        case = Case(
            name or title,
            status,
            classname=classname,
            suite="pytest" if _MODULE.search(classname) and name.startswith("test") else "",
            seconds=seconds(result.get("durationInMs"), 0.001),
            # Tries of one test are grouped under the last one's outcome.
            flaky=status == "passed" and text(result.get("resultGroupType")).lower() == "rerun",
        )
        if case.broken or case.flaky:
            case.message = text(result.get("errorMessage")).strip()
            case.details = "\n".join(filter(None, (case.message, text(result.get("stackTrace")).rstrip())))
            case.report_line = line_of(result)
        self.seen += 1
        self.passed += status == "passed"
        self.out.add(case)

    def closing(self, path: str, members: dict[str, Any]) -> None:
        if path != "runs" or not first_text(members, "totalTests"):
            return
        rest = max((whole(members.get("totalTests")) or 0) - self.seen, 0)
        passed = min(max((whole(members.get("passedTests")) or 0) - self.passed, 0), rest)
        self.out.uncounted(passed=passed, skipped=rest - passed)
        self.seen = self.passed = 0


def _classname(storage: str) -> str:
    """Storage is the class of a test, or the binary that holds it, which the test's name does not depend on."""
    return "" if _BINARY.search(storage) else storage


READER = JsonReader(
    "Azure test results",
    (frozenset({"source", "build", "runs"}), frozenset({"runs.results.automatedTestName", "runs.results.outcome"})),
    AzureHandler,
)
