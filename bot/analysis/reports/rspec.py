"""RSpec's `--format json`."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import mapping, number, seconds, text, texts, whole

_STATUS: dict[str, Status] = {"passed": "passed", "failed": "failed"}


class RSpecHandler(JsonHandler):
    """Examples; what broke outside them stands in `messages` and is counted in the summary."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"examples|messages")

    def begin(self) -> None:
        self.messages: list[tuple[int, str]] = []
        self.outside = 0.0

    def record(self, path: str, value: Any) -> None:
        if path == "messages":
            if isinstance(value, str) and len(self.messages) < 20:
                self.messages.append((self.line, value))
            return
        example = mapping(value)
        error = mapping(example.get("exception"))
        case = Case(
            text(example.get("full_description")) or text(example.get("description")),
            _STATUS.get(text(example.get("status")), "skipped"),
            file=text(example.get("file_path")) or None,
            line=whole(example.get("line_number")),
            seconds=seconds(example.get("run_time")),
        )
        if case.broken:
            case.type, case.message = text(error.get("class")), text(error.get("message")).strip()
            case.details = "\n".join([case.message, *texts(error.get("backtrace"))])
            case.report_line = line_of(error)
        self.out.add(case)

    def closing(self, path: str, members: dict[str, Any]) -> None:
        if path == "summary":
            self.outside = number(members.get("errors_outside_of_examples_count")) or 0

    def finished(self) -> None:
        for line, message in self.messages if self.outside else ():
            lines = [part.strip() for part in message.split("\n") if part.strip()]
            if any("error occurred" in part for part in lines):
                title = lines[1] if len(lines) > 1 else lines[0]
                case = Case("", "errored", classname="RSpec", message=title, details=message, report_line=line)
                self.out.suite_error(case)


READER = JsonReader(
    "RSpec",
    (
        frozenset({"examples", "version"}),
        frozenset({"examples", "summary_line"}),
        frozenset({"examples.full_description"}),
    ),
    RSpecHandler,
)
