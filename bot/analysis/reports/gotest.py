"""`go test -json` (cmd/test2json), also as gotestsum writes it with reruns."""

import re
from collections import deque
from dataclasses import dataclass, field

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_lines import LinesHandler, LinesReader
from bot.analysis.reports.values import JsonMap, seconds, text

_ENDS: dict[str, Status] = {"pass": "passed", "fail": "failed", "skip": "skipped"}
_FRAMING = re.compile(r"\s*(?:=== |--- (?:FAIL|PASS|SKIP|BENCH)|(?:FAIL|PASS|ok)\b|exit status |testing: )")
_OPEN = 20_000


@dataclass(slots=True)
class _Output:
    """The end of what one test printed, in lines, at most `room` characters."""

    room: int
    line: int | None = None
    lines: deque[str] = field(default_factory=deque)
    size: int = 0

    def add(self, words: str, line: int) -> None:
        if not _FRAMING.match(words):
            self.line = self.line or line
        self.lines.append(words[-self.room :])
        self.size += len(words)
        while self.size > self.room and len(self.lines) > 1:
            self.size -= len(self.lines.popleft())

    def told(self) -> str:
        """Without the runner's own lines."""
        return "".join(words for words in self.lines if not _FRAMING.match(words))


class GoTestHandler(LinesHandler):
    """Tests and their subtests count; a package that fails without a failed test is told."""

    def begin(self) -> None:
        self.open: dict[tuple[str, str], _Output] = {}
        self.packages: dict[str, _Output] = {}
        self.builds: dict[str, _Output] = {}
        self.failed: set[str] = set()
        self.parents: set[tuple[str, str]] = set()

    def event(self, event: JsonMap) -> None:
        action, package, test = text(event.get("Action")), text(event.get("Package")), text(event.get("Test"))
        if action == "build-output":
            self._print(self.builds, text(event.get("ImportPath")), text(event.get("Output")))
        elif action == "output":
            if test:
                output = self.open.get((package, test))
                if output is not None:
                    output.add(text(event.get("Output")), self.line)
            else:
                self._print(self.packages, package, text(event.get("Output")))
        elif action == "run" and test:
            if len(self.open) < _OPEN:
                self.open[package, test] = _Output(self.limits.output_chars)
        elif action in _ENDS:
            if test:
                self._end(package, test, _ENDS[action], seconds(event.get("Elapsed")))
            else:
                self._end_package(package, _ENDS[action], text(event.get("FailedBuild")))

    def finished(self) -> None:
        if self.open:
            self.out.note(f"{len(self.open)} tests began and did not end")

    def _print(self, where: dict[str, _Output], name: str, words: str) -> None:
        output = where.get(name)
        if output is None and len(where) < _OPEN:
            output = where[name] = _Output(self.limits.output_chars)
        if output is not None:
            output.add(words, self.line)

    def _end(self, package: str, test: str, status: Status, time: float | None) -> None:
        output = self.open.pop((package, test), None)
        case = Case(test, status, classname=package, seconds=time, id=f"{package}::{test}" if package else test)
        if case.broken:
            self.failed.add(package)
            if "/" in test:
                self.parents.add((package, test.rpartition("/")[0]))
            _tell(case, output)
            case.consequence = (package, test) in self.parents and not case.details
        self.out.attempt(case.id, case)

    def _end_package(self, package: str, status: Status, build: str) -> None:
        output = self.packages.pop(package, None)
        if status != "failed":
            return
        # A panic or a time-out ends the process: what was running has failed.
        for key in [key for key in self.open if key[0] == package]:
            self._end(package, key[1], "failed", None)
        if package in self.failed:
            self.failed.discard(package)
            return
        case = Case("", "errored", classname=package or "go test")
        _tell(case, self.builds.get(build) or output)
        case.message = case.message or f"package {package} failed"
        self.out.suite_error(case)


def _tell(case: Case, output: _Output | None) -> None:
    if output is not None:
        case.details = output.told().strip("\n")
        lines = (line.strip() for line in case.details.split("\n"))
        case.message = next((line for line in lines if line and not line.startswith("# ")), "")
        case.report_line = output.line


def _looks(event: JsonMap) -> bool:
    return isinstance(event.get("Action"), str) and ("Package" in event or "ImportPath" in event)


READER = LinesReader("go test", _looks, GoTestHandler)
