"""Rust's libtest `--format json`, also as cargo-nextest writes it (`libtest-json`, `libtest-json-plus`)."""

import re

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_lines import LinesHandler, LinesReader
from bot.analysis.reports.values import JsonMap, seconds, text

_STATUS: dict[str, Status] = {"ok": "passed", "failed": "failed", "ignored": "skipped"}
_ATTEMPT = re.compile(r"#\d+$")
_PANIC = re.compile(
    r"panicked at (?:'(?P<old>.*)', )?(?P<file>[^\s:']+\.rs):(?P<line>\d+)(?::\d+)?:?\n?(?P<new>[^\n]*)"
)


class LibtestHandler(LinesHandler):
    """nextest names tests `crate::binary$test` and further tries `...#2`."""

    def begin(self) -> None:
        self.suite = 0

    def event(self, event: JsonMap) -> None:
        kind, ended = event.get("type"), text(event.get("event"))
        if kind == "suite" and ended == "started":
            self.suite += 1
        elif kind == "test" and ended in _STATUS:
            binary, _, name = _ATTEMPT.sub("", text(event.get("name"))).rpartition("$")
            case = Case(name, _STATUS[ended], classname=binary, seconds=seconds(event.get("exec_time")))
            if case.broken:
                self._tell(case, text(event.get("stdout")) or text(event.get("message")))
            self.out.attempt(f"{self.suite if not binary else ''}\n{binary}\n{name}", case)

    def _tell(self, case: Case, output: str) -> None:
        case.details, case.report_line = output[-self.limits.detail_chars :], self.line
        panic = _PANIC.search(output)
        if panic is None:
            case.message = next((line for line in output.split("\n") if line.strip()), "")
            return
        case.message = (panic["old"] or panic["new"] or "").strip()
        case.line = int(panic["line"][:9])
        # The file is where it panicked; a test's name stands without it.
        case.id = f"{case.classname}::{case.name}" if case.classname else case.name
        case.file = panic["file"]


def _looks(event: JsonMap) -> bool:
    return event.get("type") in ("suite", "test") and text(event.get("event")) in ("started", "discovery", *_STATUS)


READER = LinesReader("Rust libtest", _looks, LibtestHandler)
