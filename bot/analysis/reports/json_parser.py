"""JSON text in pieces: its encoding, its events, and what the beginning of a document tells of it."""

import codecs
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from functools import lru_cache
from itertools import islice
from typing import Any

import ijson  # type: ignore[import-untyped]

from bot.analysis.reports.mending import with_head

_SHAPE_EVENTS = 4_000
_SHAPE_DEPTH = 8

ERRORS: tuple[type[Exception], ...] = (ijson.JSONError, ValueError)
"""What a parser raises for text that is not well-formed."""


class Parser:
    """ijson pushed by hand: its parser in C where there is one, the one in Python elsewhere."""

    def __init__(self) -> None:
        self._events = ijson.sendable_list()
        self._parser = ijson.basic_parse_coro(self._events, use_float=True)

    def send(self, piece: bytes) -> list[tuple[str, Any]]:
        """The events of a piece that is not empty. Raises `ijson.JSONError` or ValueError."""
        self._events.clear()
        self._parser.send(piece)
        return self._events  # type: ignore[no-any-return]

    def end(self) -> None:
        """The document must be complete. Raises as `send` does."""
        self._parser.close()

    def close(self) -> None:
        """No more is read of it; the parser in Python complains when it is only forgotten."""
        with suppress(*ERRORS):
            self._parser.close()


def problem(error: Exception) -> str:
    """What a parser's error says, in one line."""
    said = error.args[0] if error.args else ""
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return said.split("\n", 1)[0].strip()[:200] or type(error).__name__


def pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks as UTF-8 without a byte order mark, cut after each newline; what is no UTF-8 is replaced."""
    decoder: codecs.IncrementalDecoder | None = None
    for chunk in with_head(chunks):
        if decoder is None:
            wide = chunk[:2] in (b"\xff\xfe", b"\xfe\xff")
            decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("replace")
        yield from decoder.decode(chunk).encode("utf-8", "replace").splitlines(keepends=True)
    if decoder is not None and (rest := decoder.decode(b"", True)):
        yield rest.encode("utf-8", "replace")


def _events(head: bytes) -> Iterator[tuple[str, Any]]:
    """What the beginning of a document holds, until it ends or breaks."""
    with suppress(*ERRORS), closing(Parser()) as parser:
        for piece in pieces([head]):
            yield from parser.send(piece)


@lru_cache(maxsize=4)
def shape_of(head: bytes) -> frozenset[str]:
    """The paths of the members in the beginning of a JSON document, arrays without a number; empty for other things."""
    found: set[str] = set()
    scopes: list[tuple[str, bool]] = []
    key = ""
    for event, value in islice(_events(head), _SHAPE_EVENTS):
        if event == "map_key":
            key = f"{scopes[-1][0]}.{value}".lstrip(".") if scopes else value
            if len(scopes) < _SHAPE_DEPTH:
                found.add(key)
        elif event in ("start_map", "start_array"):
            path = "" if not scopes else key if scopes[-1][1] else scopes[-1][0]
            scopes.append((path, event == "start_map"))
            found.add("[" if not scopes[:-1] and event == "start_array" else "{")
        elif event in ("end_map", "end_array") and scopes:
            scopes.pop()
    return frozenset(found)
