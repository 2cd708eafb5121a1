"""Finds known secrets that a line wrap has cut in two or more, each piece by itself."""

import re
from collections.abc import Iterable, Iterator

Span = tuple[int, int]

PIECE = 8
"""Shorter pieces at either side of a wrap are left: they say little, and words would be torn apart."""
_LONGEST = 1 << 13
_ESCAPED = b"\\n"
_END = re.compile(rb"(?:\\{1,3}r)?\\{1,3}n")
# What logs put before a line: a time, a colour, a mark of the stream, an indent.
_BEFORE = re.compile(
    rb"(?:\[?[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{5,20}+(?:Z|[+-][0-9]{2}:?[0-9]{2})?\]?|[ \t>|]{1,16}+"
    rb"|\x1b\[[0-9;]{0,12}m|\[?[0-9]{2}:[0-9]{2}:[0-9.,]{2,12}+\]?|[a-z]{1,12}-?[0-9]{0,3}[ \t]{1,4}\|){0,6}+"
)


class WrappedSecrets:
    """Looks at both ends of each line for a piece of a secret, so that lines may come one by one.

    `forms` are secrets as they may be written, in one line each.
    """

    def __init__(self, forms: Iterable[bytes]) -> None:
        self._places: dict[bytes, list[tuple[bytes, int]]] = {}
        for form in sorted(set(forms)):
            if len(form) >= 2 * PIECE:
                for at in range(min(len(form), _LONGEST) - PIECE + 1):
                    self._places.setdefault(form[at : at + PIECE], []).append((form, at))

    def spans(self, data: bytes) -> Iterator[Span]:
        """Where pieces stand: the beginning of a secret at the end of a line, its end at the beginning of one, or its
        middle as a whole line."""
        places, before = self._places, _BEFORE.match
        if not places:
            return
        end = -1
        for line in data.split(b"\n"):
            start, end = end + 1, end + 1 + len(line)
            if end - start < PIECE:
                continue
            tail = line if line[-1:] != b"\r" else line[:-1]
            text = before(line)
            if tail[-PIECE:] in places or (text and line[text.end() :][:PIECE] in places):
                yield from self._in_line(data, start, end)
            if _ESCAPED in line:
                yield from self._at_escapes(data, start, end)

    def _at_escapes(self, data: bytes, start: int, end: int) -> Iterator[Span]:
        """Looks at both sides of each line break that is written as an escape."""
        after = start
        for ends in _END.finditer(data, start, end):
            at, following = ends.span()
            if data[max(at - PIECE, after) : at] in self._places:
                yield from self._in_line(data, after, at)
            if data[following : following + PIECE] in self._places:
                further = _END.search(data, following, end)
                yield from self._in_line(data, following, further.start() if further else end)
            after = following

    def _in_line(self, data: bytes, start: int, end: int) -> Iterator[Span]:
        if end - start < PIECE:
            return
        text = _BEFORE.match(data, start, end)
        first = text.end() if text else start
        end -= data.endswith(b"\r", start, end)
        for form, at in self._places.get(data[end - PIECE : end], ()):
            before = _common_end(data[first : end - PIECE], form[:at])
            begin = end - PIECE - before
            if before == at or (begin == first and end - begin >= 2 * PIECE):
                yield begin, end
        for form, at in self._places.get(data[first : first + PIECE], ()):
            after = _common_start(data[first + PIECE : end], form[at + PIECE :])
            if at and at + PIECE + after == len(form):
                yield first, first + PIECE + after


def _common_end(text: bytes, form: bytes) -> int:
    return _common_start(text[-len(form) :][::-1], form[::-1]) if form else 0


def _common_start(text: bytes, form: bytes) -> int:
    shorter = min(len(text), len(form))
    if text[:shorter] == form[:shorter]:
        return shorter
    return next(at for at in range(shorter) if text[at] != form[at])
