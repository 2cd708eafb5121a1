"""Which lines of a comment its author says, as opposed to what is quoted, shown as code or hidden."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n?|\n")
_QUOTE = re.compile(r"\s{0,3}>")
_QUOTE_FENCE = re.compile(r"\s{0,3}>>>\s*")
_FENCE = re.compile(r"(?P<at>\s*(?P<marker>(?:(?:[-+*]|\d{1,9}[.)])\s+)*))(?P<mark>`{3,}(?=[^`]*$)|~{3,})")
_TOKEN = re.compile(r"`+|<!--|<pre\b|-->|</pre>", re.IGNORECASE)
_HIDDEN = {"<!--": "-->", "<pre": "</pre>"}
_TAB = 4
_CODE = 4
"""Columns of indentation that make code of a line."""

Place = tuple[int, int]
"""Line and column, from 0."""


def prose_lines(text: str) -> Iterator[str]:
    """Gives the lines that begin in plain text, each cut off where something hidden begins; linear in the length.

    Passed over are quotes, code that is fenced, indented or in backticks, `<pre>` and HTML comments, the unclosed ones
    too (CommonMark 0.31, sections 4.4, 4.5, 4.6, 5.1 and 6.1; a pair of `>>>` is a quote of several lines). A line
    that only continues a quoted paragraph counts as said: people answer right below what they quote.
    """
    lines = _LINE_END.split(text)
    reader = _Reader(_closers(lines), _last_quote_fence(lines))
    for number, line in enumerate(lines):
        said = reader.read(number, line)
        if said is not None:
            yield said


@dataclass(frozen=True, slots=True)
class _Fence:
    """A block that lasts until its mark stands alone on a line, or its list item ends."""

    mark: str
    column: int
    floor: int = 0
    """A line that is indented less ends the list item that the block is in."""

    def closed_by(self, line: str) -> bool:
        bare = line.strip()
        alike = len(bare) >= len(self.mark) and bare == self.mark[0] * len(bare)
        return alike and _indentation(line) < self.column + _CODE

    def left_by(self, line: str) -> bool:
        return bool(line.strip()) and _indentation(line) < self.floor


@dataclass(slots=True)
class _Reader:
    """What the lines so far have opened."""

    closers: dict[Place, Place]
    last_quote_fence: int
    fence: _Fence | None = None
    hidden_until: str = ""
    span_until: Place = (0, 0)
    code: bool = True
    """Whether an indented line would be code: it can't interrupt a paragraph."""

    def read(self, number: int, line: str) -> str | None:
        """Gives what of a line is said; None when it does not begin in plain text."""
        if self.fence is not None:
            if self.fence.closed_by(line):
                self.fence = None
                return None
            if not self.fence.left_by(line):
                return None
            self.fence = None
        if not self.hidden_until and self.span_until <= (number, 0):
            if self._is_code(line):
                return None
            self.fence = self._opened_by(number, line)
            if self.fence is not None or _QUOTE.match(line):
                return None
        return self._scan(number, line)

    def _is_code(self, line: str) -> bool:
        self.code = not line.strip() or (self.code and _indentation(line) >= _CODE)
        return self.code

    def _opened_by(self, number: int, line: str) -> _Fence | None:
        if _QUOTE_FENCE.fullmatch(line):
            return _Fence(">>>", 0) if number < self.last_quote_fence else None
        found = _FENCE.match(line)
        if found is None:
            return None
        column = _width(found["at"])
        # Without a list item of its own on the line, that of an earlier line may be up to three columns to the left.
        return _Fence(found["mark"], column, column if found["marker"] else max(0, column - _CODE + 1))

    def _scan(self, number: int, line: str) -> str | None:
        """Follows code in backticks and hidden parts, which may go on in later lines."""
        inside = bool(self.hidden_until) or self.span_until > (number, 0)
        end = len(line)
        for token in _TOKEN.finditer(line):
            here, word = (number, token.start()), token[0].lower()
            if self.hidden_until:
                if word == self.hidden_until:
                    self.hidden_until = ""
            elif here < self.span_until:
                continue
            elif word in _HIDDEN:
                self.hidden_until = _HIDDEN[word]
                end = min(end, token.start())
            elif here in self.closers:
                self.span_until = self.closers[here]
        return None if inside else line[:end]


def _closers(lines: Sequence[str]) -> dict[Place, Place]:
    """Finds for each run of backticks the end of the next one of its length in the same paragraph."""
    found: dict[Place, Place] = {}
    waiting: dict[int, Place] = {}
    for number, line in enumerate(lines):
        if not line.strip() or _FENCE.match(line) or _QUOTE.match(line):
            waiting.clear()
            continue
        for token in _TOKEN.finditer(line):
            if token[0][0] == "`":
                length = token.end() - token.start()
                if length in waiting:
                    found[waiting[length]] = (number, token.end())
                waiting[length] = (number, token.start())
    return found


def _last_quote_fence(lines: Sequence[str]) -> int:
    return max((number for number, line in enumerate(lines) if _QUOTE_FENCE.fullmatch(line)), default=-1)


def _indentation(line: str) -> int:
    """Counts the columns before the first character; a tab goes to the next multiple of four."""
    return _width(line[: len(line) - len(line.lstrip())])


def _width(blank: str) -> int:
    return len(blank.expandtabs(_TAB))
