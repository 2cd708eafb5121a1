"""What all JSON reports share: one document, read as a stream of which only the test records are built."""

import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bot.analysis.inputs import CutError
from bot.analysis.limits import Limits
from bot.analysis.reports.base import Budget, Report, ResultSink
from bot.analysis.reports.collector import Collector, StopReading
from bot.analysis.reports.json_parser import ERRORS, Parser, pieces, problem, shape_of
from bot.analysis.reports.values import JsonMap

_TELLING = frozenset(
    {"message", "stack", "trace", "longrepr", "estack", "failureMessages", "backtrace", "error_message", "displayError"}
)
_DEPTH_FACTOR = 4  # a suite of a report is an object in an array, and a step in it two more
_NODES = 100_000
_CHARS = 2_000_000
_SPARE_CHARS = 200
"""Of one record so many values, and so many characters before its strings are cut short."""


class Built(dict[str, Any]):
    """An object of a record, with the line of the report where it begins, or tells what happened."""

    __slots__ = ("line", "told")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.told = False


def line_of(value: object) -> int | None:
    """The line of the report where this object of a record stands."""
    return value.line if isinstance(value, Built) else None


@dataclass(slots=True)
class Scope:
    """An object or array that is being read; of an object, its plain members so far."""

    path: str
    is_map: bool
    key: str = ""
    members: JsonMap = field(default_factory=dict)


class JsonHandler:
    """Reads one report: subclasses get each test record, built, with the objects around it.

    `records` matches the path (names joined by dots, arrays without a number) of the arrays whose items are records.
    """

    records: ClassVar[re.Pattern[str]]

    def __init__(self, out: Collector) -> None:
        self.out = out
        self.limits = out.limits
        self.line = 1
        self.scopes: list[Scope] = []
        self.found = False
        self._stack: list[Any] = []
        self._keys: list[str] = []
        self._key = ""
        self._nodes = self._room = 0
        self._record_path = ""
        self.begin()

    def begin(self) -> None:
        """Set up what is remembered from record to record."""

    def record(self, path: str, value: Any) -> None:
        """One item of an array that `records` names."""

    def closing(self, path: str, members: JsonMap) -> None:
        """An object that is no record ends; `members` are its plain ones."""

    def finished(self) -> None:
        """The document is at its end, or as far as it can be read."""

    def run(self, chunks: Iterable[bytes]) -> Report:
        """Read it all."""
        reason = self._feed(chunks)
        try:
            self.finished()
        except StopReading as stop:
            reason = reason or str(stop)
        if reason is None and not self.found:
            self.out.note("nothing in it tells of a test")
        return self.out.finish(reason)

    def _feed(self, chunks: Iterable[bytes]) -> str | None:
        stack, build, walk = self._stack, self._build, self._event
        waiting = 0
        try:
            with closing(Parser()) as parser:
                for piece in pieces(chunks):
                    waiting += len(piece)
                    for event, value in parser.send(piece):
                        waiting = 0
                        if stack:
                            build(event, value)
                        else:
                            walk(event, value)
                    if waiting > self.limits.token_bytes:
                        raise StopReading(f"a single JSON token longer than {self.limits.token_bytes} bytes")
                    self.line += piece.endswith(b"\n")
                parser.end()
        except ERRORS as error:
            return f"not well-formed JSON at line {self.line}: {problem(error)}"
        except (StopReading, CutError) as stop:
            return str(stop)
        return None

    def _event(self, event: str, value: Any) -> None:
        scopes = self.scopes
        top = scopes[-1] if scopes else None
        if event == "map_key":
            if top is not None:
                top.key = value
        elif event in ("start_map", "start_array"):
            self._open(event == "start_map", top)
        elif event in ("end_map", "end_array"):
            if top is not None:
                scopes.pop()
                if top.is_map:
                    self.closing(top.path, top.members)
        elif top is None:
            return
        elif top.is_map:
            top.members[top.key] = value[: self.limits.detail_chars] if isinstance(value, str) else value
        elif self.records.fullmatch(top.path):
            self.record(top.path, value)

    def _open(self, is_map: bool, top: Scope | None) -> None:
        """A container begins: a record, or one more scope around records."""
        path = "" if top is None else f"{top.path}.{top.key}".lstrip(".") if top.is_map else top.path
        is_item = (top is not None and not top.is_map) or (top is None and is_map)
        if is_item and is_map and self.records.fullmatch(path):
            self._record_path, self._nodes, self._room = path, 0, _CHARS
            self._stack.append(Built(self.line))
            self._keys.append("")
            return
        if not is_map and self.records.fullmatch(path):
            self.found = True
        self.scopes.append(Scope(path, is_map))
        if len(self.scopes) > self.limits.depth * _DEPTH_FACTOR:
            raise StopReading(f"values nested deeper than {self.limits.depth * _DEPTH_FACTOR}")

    def _build(self, event: str, value: Any) -> None:
        stack = self._stack
        if event == "map_key":
            self._key = value
            return
        if event in ("end_map", "end_array"):
            built = stack.pop()
            self._key = self._keys.pop()
            if not stack:
                self.found = True
                if self._nodes > _NODES:
                    self.out.note(
                        f"of the record that ends at line {self.line} only the first {_NODES} values were read"
                    )
                self.record(self._record_path, built)
            return
        top = stack[-1]
        self._nodes += 1
        child: Any = value
        if event == "start_map":
            child = Built(self.line)
        elif event == "start_array":
            child = []
        elif isinstance(value, str):
            child = value[: self.limits.detail_chars if self._room > 0 else _SPARE_CHARS]
            self._room -= len(child)
            if self._key in _TELLING and child:
                self._tell()
        if self._nodes <= _NODES:
            if isinstance(top, dict):
                top[self._key] = child
            else:
                top.append(child)
        if event in ("start_map", "start_array"):
            stack.append(child)
            self._keys.append(self._key)
            if len(stack) > self.limits.depth * _DEPTH_FACTOR:
                raise StopReading(f"values nested deeper than {self.limits.depth * _DEPTH_FACTOR}")

    def _tell(self) -> None:
        """The innermost object tells on this line what happened, unless it has done so already."""
        owner = next((item for item in reversed(self._stack) if isinstance(item, Built)), None)
        if owner is not None and not owner.told:
            owner.line, owner.told = self.line, True


@dataclass(frozen=True, slots=True)
class JsonReader:
    """A reader for JSON documents that are known by members they have.

    One of the sets in `marks` must be there whole, in the first 64 KiB.
    """

    name: str
    marks: tuple[frozenset[str], ...]
    handler: type[JsonHandler]

    def sniff(self, head: bytes) -> bool:
        """Whether the members that tell this family are in sight."""
        shape = shape_of(head)
        return any(mark <= shape for mark in self.marks)

    def read(self, chunks: Iterable[bytes], limits: Limits, budget: Budget, sink: ResultSink | None) -> Report:
        """Counts are exact up to where reading stopped; `reason` says where and why it did."""
        return self.handler(Collector(limits, budget, sink)).run(chunks)
