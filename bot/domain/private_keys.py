"""Finds private keys in PEM, which run over many lines."""

import re
from collections.abc import Iterator
from itertools import pairwise

_MARK = re.compile(rb"-----(BEGIN|END) (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_HINT = b"PRIVATE KEY"
# Paths and names are as long, but not so mixed, or go on with other characters.
_BODY = re.compile(rb"(?<![.@_-])(?=[^A-Z]{0,48}[A-Z])(?=[^a-z]{0,48}[a-z])[A-Za-z0-9+/=]{16,}+(?![.:@_(-])")
_LAST = re.compile(rb"[A-Za-z0-9+/]{1,15}={0,2}")
_ENCLOSING = re.compile(rb"[\n<>\"]")
_LINES = 200
_QUIET = 12
"""A key that never ends must not eat the rest of a log: after so many lines in all, or so many without key material."""


class PrivateKeys:
    """Follows a text that comes in pieces, each of whole lines if it can be."""

    def __init__(self) -> None:
        self._left = 0
        self._quiet = 0
        self._in_body = False

    @property
    def inside(self) -> bool:
        """Whether the text so far ends within a key."""
        return self._left > 0

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where key material stands in the next piece."""
        at, begun = 0, False
        for mark in _MARK.finditer(data) if _HINT in data else ():
            start, stop, begins = at, mark.start(), mark[1] == b"BEGIN"
            if begun and not begins and start < stop and not _ENCLOSING.search(data, start, stop):
                yield start, stop
            elif self._left:
                yield from self._lines(data, start, stop)
            at, begun, self._in_body, self._quiet = mark.end(), begins, False, 0
            # The rest of its own line is one more.
            self._left = _LINES + 1 if begins else 0
        if self._left:
            yield from self._lines(data, at, len(data))

    def _lines(self, data: bytes, start: int, stop: int) -> Iterator[tuple[int, int]]:
        stop, lines = _after_lines(data, start, stop, self._left)
        self._left -= lines
        yield from self._material(data, start, stop)

    def _material(self, data: bytes, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """What looks like key material, and the short last line behind it; a log may put time stamps before it."""
        runs, stop = self._runs(data, start, stop)
        yield from runs
        for (_, end), (following, _) in pairwise([*runs, (stop, stop)]):
            newline = data.find(b"\n", end, following)
            if newline >= 0:
                yield from _short(data, newline + 1, following, last=following == stop)
        if self._in_body:
            first = runs[0][0] if runs else stop
            yield from _short(data, start, first, last=first == stop)
        if start < stop:
            newline = data.find(b"\n", runs[-1][1], stop) if runs else start
            self._in_body = bool(runs) and newline in (-1, stop - 1)

    def _runs(self, data: bytes, start: int, stop: int) -> tuple[list[tuple[int, int]], int]:
        """The runs of key material, and where the key is over at the latest."""
        runs: list[tuple[int, int]] = []
        for match in _BODY.finditer(data, start, stop):
            self._quiet += data.count(b"\n", runs[-1][1] if runs else start, match.start())
            if self._quiet > _QUIET:
                break
            self._quiet = 0
            runs.append(match.span())
        else:
            self._quiet += data.count(b"\n", runs[-1][1] if runs else start, stop)
        if self._quiet > _QUIET:
            self._left = 0
            stop = _after_lines(data, runs[-1][1] if runs else start, stop, _QUIET)[0]
        return runs, stop


def mark_spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Where keys begin and end."""
    return (mark.span() for mark in _MARK.finditer(data))


def _after_lines(data: bytes, start: int, stop: int, most: int) -> tuple[int, int]:
    """Where so many lines end, and how many there were."""
    for lines in range(most):
        newline = data.find(b"\n", start, stop)
        if newline < 0:
            return stop, lines + (start < stop)
        start = newline + 1
    return start, most


def _short(data: bytes, start: int, stop: int, *, last: bool) -> Iterator[tuple[int, int]]:
    """The last word of a line, if it can be the end of a key; up to `stop` there is no other key material."""
    newline = data.find(b"\n", start, stop)
    if newline < 0 and not last:
        return
    line = data[start : stop if newline < 0 else newline].rstrip()
    word = line[max(line.rfind(b" "), line.rfind(b"\t")) + 1 :]
    if _LAST.fullmatch(word):
        yield start + len(line) - len(word), start + len(line)
