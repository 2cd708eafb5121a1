"""What all JSON reports share: one document, read as a stream of which only the test records are built."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

import ijson  # type: ignore[import-untyped]

from bot.analysis.inputs import CutError
from bot.analysis.limits import Limits
from bot.analysis.reports.base import Budget, Report, ResultSink
from bot.analysis.reports.collector import Collector, StopReading
from bot.analysis.reports.values import JsonMap

_TELLING = frozenset(
    {"message", "stack", "trace", "longrepr", "estack", "failureMessages", "backtrace", "error_message", "displayError"}
)
_DEPTH_FACTOR = 4  # a suite of a report is an object in an array, and a step in it two more
_NODES = 100_000
_SHAPE_EVENTS = 4_000


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
        self._nodes = 0
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
        events = ijson.sendable_list()
        parser = ijson.basic_parse_coro(events, use_float=True)
        stack, build, walk = self._stack, self._build, self._event
        waiting = 0
        try:
            try:
                for piece in pieces(chunks):
                    parser.send(piece)
                    waiting += len(piece)
                    if events:
                        waiting = 0
                        for event, value in events:
                            if stack:
                                build(event, value)
                            else:
                                walk(event, value)
                        events.clear()
                    elif waiting > self.limits.token_bytes:
                        raise StopReading(f"a single JSON token longer than {self.limits.token_bytes} bytes")
                    self.line += piece.endswith(b"\n")
            except CutError as cut:
                return str(cut)
            parser.close()
        except (ijson.JSONError, ValueError) as error:
            return f"not well-formed JSON at line {self.line}: {_first_line(error)}"
        except StopReading as stop:
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
            self._record_path, self._nodes = path, 0
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
            child = value[: self.limits.detail_chars]
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


def pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks as UTF-8 without a byte order mark, cut after each newline; what is no UTF-8 is replaced."""
    decoder: codecs.IncrementalDecoder | None = None
    for chunk in chunks:
        if decoder is None:
            wide = chunk[:2] in (b"\xff\xfe", b"\xfe\xff")
            decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("replace")
        yield from decoder.decode(chunk).encode("utf-8", "replace").splitlines(keepends=True)
    if decoder is not None and (rest := decoder.decode(b"", True)):
        yield rest.encode("utf-8", "replace")


@lru_cache(maxsize=4)
def shape_of(head: bytes) -> frozenset[str]:
    """The paths of the members in the beginning of a JSON document, arrays without a number; empty for other things."""
    found: set[str] = set()
    scopes: list[tuple[str, bool]] = []
    key = ""
    events = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events, use_float=True)
    try:
        for piece in pieces([head]):
            parser.send(piece)
            if len(events) > _SHAPE_EVENTS:
                break
    except (ijson.JSONError, ValueError):
        pass
    for event, value in events[:_SHAPE_EVENTS]:
        if event == "map_key":
            key = f"{scopes[-1][0]}.{value}".lstrip(".") if scopes else value
            if len(scopes) < 8:
                found.add(key)
        elif event in ("start_map", "start_array"):
            path = "" if not scopes else key if scopes[-1][1] else scopes[-1][0]
            scopes.append((path, event == "start_map"))
            found.add("[" if not scopes[:-1] and event == "start_array" else "{")
        elif event in ("end_map", "end_array") and scopes:
            scopes.pop()
    return frozenset(found)


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


def _first_line(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return said.split("\n", 1)[0].strip()[:200] or type(error).__name__
