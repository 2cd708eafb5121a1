"""Allure 2's `*-result.json`: one file a test."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import first_text, mapping, mappings, number, text

_STATUS: dict[str, Status] = {"passed": "passed", "failed": "failed", "broken": "errored"}


class AllureHandler(JsonHandler):
    """The whole document is one record. `broken` is a test that did not fail by an assertion."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"")

    def record(self, path: str, value: Any) -> None:
        test = mapping(value)
        details = mapping(test.get("statusDetails"))
        labels = {text(label.get("name")): text(label.get("value")) for label in mappings(test.get("labels"))}
        start, stop = number(test.get("start")), number(test.get("stop"))
        status: Status = _STATUS.get(text(test.get("status")).lower(), "skipped")
        case = Case(
            text(test.get("name")),
            status,
            classname=labels.get("testClass", ""),
            suite=first_text(labels, "suite", "parentSuite", "package"),
            seconds=(stop - start) / 1000 if start is not None and stop is not None else None,
            flaky=status == "passed" and details.get("flaky") is True,
            id=_id(text(test.get("fullName")), text(test.get("name"))),
        )
        if case.broken:
            case.message = text(details.get("message"))
            case.details = text(details.get("trace")) or case.message
            case.report_line = line_of(details)
        self.out.add(case)


def _id(full: str, name: str) -> str:
    """The full name, with the parameters that only the short one has."""
    owner, mark, leaf = full.rpartition("#")
    return f"{owner}::{name if name.startswith(leaf) else leaf}" if mark else full


READER = JsonReader(
    "Allure",
    (
        frozenset({"uuid", "status", "name", "stage"}),
        frozenset({"uuid", "historyId"}),
        frozenset({"uuid", "testCaseId"}),
        frozenset({"uuid", "statusDetails"}),
    ),
    AllureHandler,
)
