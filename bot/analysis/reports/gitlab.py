"""GitLab's own report of a pipeline's tests, made of their JUnit files (GitLab REST, Pipelines, Test report)."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.ids import test_id
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import JsonMap, first_text, mapping, seconds, text

_STATUS: dict[str, Status] = {"success": "passed", "failed": "failed", "error": "errored"}
_CASES = "test_suites.test_cases"
# GitLab puts the job in the place of the suite, by whose name pytest's classes are known elsewhere.
_PYTHON = re.compile(r"(?:\w+\.)*(?:test_\w+|\w+_test)(?:\.[A-Z]\w*)*", re.ASCII)
_PYTEST_ERROR = re.compile(r"^E\s+(\S.*)$", re.MULTILINE)


class GitlabHandler(JsonHandler):
    """A suite is a job; one with files that GitLab could not read has a `suite_error`."""

    records: ClassVar[re.Pattern[str]] = re.compile(re.escape(_CASES))

    def record(self, path: str, value: Any) -> None:
        test = mapping(value)
        if not test:
            return
        status = _STATUS.get(text(test.get("status")), "skipped")
        name, classname, file = text(test.get("name")), text(test.get("classname")), text(test.get("file")) or None
        case = Case(name, status, classname, file=file, seconds=seconds(test.get("execution_time")))
        case.suite = next((text(scope.members.get("name")) for scope in self.scopes if scope.is_map and scope.path), "")
        if not file and _PYTHON.fullmatch(classname):
            case.id = test_id(name, classname, None, "pytest")
        if case.broken:
            _tell(case, test)
        self.out.add(case)

    def closing(self, path: str, members: JsonMap) -> None:
        if path == "test_suites" and (problem := text(members.get("suite_error"))):
            self.out.note(f"GitLab could not read a report of {text(members.get('name'))[:200]}: {problem[:200]}")


def _tell(case: Case, test: JsonMap) -> None:
    output = first_text(test, "system_output").strip()
    found = _PYTEST_ERROR.search(output)
    case.message = found[1] if found else output.split("\n", 1)[0]
    case.details = "\n".join(filter(None, (output, text(test.get("stack_trace")).strip())))
    case.report_line = line_of(test)


READER = JsonReader(
    "GitLab test report",
    (
        frozenset({"total_count", "success_count", "test_suites"}),
        frozenset({"test_suites.test_cases", "test_suites.success_count"}),
    ),
    GitlabHandler,
)
