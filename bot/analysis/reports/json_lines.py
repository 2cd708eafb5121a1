"""What all event streams share: one JSON object a line, other lines in between."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import orjson

from bot.analysis.inputs import CutError
from bot.analysis.limits import Limits
from bot.analysis.reports.base import Budget, Report, ResultSink
from bot.analysis.reports.collector import Collector, StopReading
from bot.analysis.reports.json_parser import pieces
from bot.analysis.reports.values import JsonMap, mappings

_SNIFFED_LINES = 200


class LinesHandler:
    """Reads one report: subclasses get each event and remember what they need of it."""

    def __init__(self, out: Collector) -> None:
        self.out = out
        self.limits = out.limits
        self.line = 0
        self.begin()

    def begin(self) -> None:
        """Set up what is remembered from event to event."""

    def event(self, event: JsonMap) -> None:
        """One event; `self.line` is its line."""

    def finished(self) -> None:
        """The stream is at its end, or as far as it can be read."""

    def run(self, chunks: Iterable[bytes]) -> Report:
        """Read it all; lines that are no JSON are left out, and told where they look like a cut event."""
        reason = None
        try:
            for number, raw in lines(chunks, self.limits.token_bytes):
                self.line = number
                for event in self._events(raw):
                    self.event(event)
        except CutError as cut:
            reason = str(cut)
        except StopReading as stop:
            reason = str(stop)
        try:
            self.finished()
        except StopReading as stop:
            reason = reason or str(stop)
        return self.out.finish(reason)

    def _events(self, raw: bytes) -> list[JsonMap]:
        if len(raw) > self.limits.token_bytes:
            self.out.note(f"line {self.line} is longer than {self.limits.token_bytes} bytes")
            return []
        value = decoded(raw)
        if value is None:
            if raw.startswith(b"{"):
                self.out.note(f"line {self.line} is not well-formed JSON")
            return []
        return [value] if isinstance(value, dict) else mappings(value)


def lines(chunks: Iterable[bytes], limit: int) -> Iterator[tuple[int, bytes]]:
    """The numbered lines, stripped; of a line longer than `limit` bytes only a little more than that."""
    for number, line in _cut(chunks, limit):
        yield number, line.strip()


def text_lines(chunks: Iterable[bytes], limit: int) -> Iterator[tuple[int, str]]:
    """The numbered lines with their indentation, cut to `limit` bytes, without the newline."""
    for number, line in _cut(chunks, limit):
        yield number, line[:limit].decode("utf-8", "replace").rstrip("\r\n")


def _cut(chunks: Iterable[bytes], limit: int) -> Iterator[tuple[int, bytes]]:
    waiting: list[bytes] = []
    size, number = 0, 1
    for piece in pieces(chunks):
        if size <= limit:
            waiting.append(piece)
            size += len(piece)
        if piece.endswith(b"\n"):
            yield number, b"".join(waiting)
            waiting, size = [], 0
            number += 1
    if size:
        yield number, b"".join(waiting)


def decoded(raw: bytes) -> object | None:
    """The JSON value of a line, None for other things; what only lenient writers write (NaN) is read as well."""
    if raw[:1] not in (b"{", b"["):
        return None
    try:
        value: object = orjson.loads(raw)
    except ValueError:
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            return None
    return value


@lru_cache(maxsize=4)
def beginning(head: bytes) -> tuple[tuple[JsonMap, ...], int]:
    """The events among the first lines, and how many of these lines are something else."""
    if b"{" not in head:
        return (), 0
    read = [decoded(raw) for _, raw in islice(lines([head], len(head)), _SNIFFED_LINES) if raw]
    events = tuple(event for event in read if isinstance(event, dict))
    return events, len(read) - len(events) - sum(isinstance(event, list) for event in read)


@dataclass(frozen=True, slots=True)
class LinesReader:
    """A reader for event streams that are known by one of their first events."""

    name: str
    looks: Callable[[JsonMap], bool]
    handler: type[LinesHandler]

    def sniff(self, head: bytes) -> bool:
        """Whether most of the first lines are JSON, and one of them is this family's."""
        events, others = beginning(head)
        return len(events) >= others and any(self.looks(event) for event in events)

    def read(self, chunks: Iterable[bytes], limits: Limits, budget: Budget, sink: ResultSink | None) -> Report:
        """Counts are exact up to where reading stopped; `reason` says where and why it did."""
        return self.handler(Collector(limits, budget, sink)).run(chunks)
