"""Patterns of paths, matched without backtracking into what was decided: time is at most length times length."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Wild(Enum):
    """What a pattern leaves open."""

    ONE = "?"
    MANY = "*"


Piece = str | Wild

_WILD: Mapping[str, Wild] = MappingProxyType({wild.value: wild for wild in Wild})
_EXPRESSION = re.compile(r"\\(?P<literal>[^A-Za-z0-9])|(?P<many>\.[*+])|(?P<one>\.)|(?P<plain>[^\\.*+?()\[\]{}|^$])")


@dataclass(frozen=True, slots=True)
class WholeGlob:
    """A pattern of a whole text; a wildcard stands for any characters."""

    pieces: tuple[Piece, ...]

    @classmethod
    def of_expression(cls, expression: str) -> "WholeGlob | None":
        """Reads a regular expression of plain characters, `.`, `.*` and `.+`; None for any other."""
        pieces: list[Piece] = []
        end = 0
        while end < len(expression):
            found = _EXPRESSION.match(expression, end)
            if found is None or expression[found.end() : found.end() + 1] in ("*", "+", "?"):
                return None
            end = found.end()
            if found["many"]:
                pieces += [Wild.MANY] if found["many"] == ".*" else [Wild.ONE, Wild.MANY]
            else:
                pieces.append(Wild.ONE if found["one"] else found["literal"] or found["plain"])
        return cls(tuple(pieces)) if pieces else None

    def matches(self, text: str) -> bool:
        return _fits(self.pieces, text)


@dataclass(frozen=True, slots=True)
class PathGlob:
    """A pattern as in `.gitignore`: `*` and `?` stay within a folder's name, `**` crosses folders.

    `parts` are the names from the root; None stands for any number of folders. A pattern that matches a folder
    matches all in it, unless its last name is `*`.
    """

    parts: tuple[tuple[Piece, ...] | None, ...]

    @classmethod
    def of(cls, pattern: str, *, floating: bool = False) -> "PathGlob":
        """Reads a pattern; one without a slash but at its end matches at any depth, and if `floating` any without one
        at its start.
        """
        names = [name for name in pattern.strip("/").split("/") if name]
        anchored = pattern.startswith("/") or (len(names) > 1 and not floating)
        parts = [None if name == "**" else _pieces(name) for name in names]
        if not anchored:
            parts.insert(0, None)
        # All in a folder: of `docs/*` only what stands in it, of `docs/` whatever is below it.
        below = pattern.endswith("/")
        if below:
            parts.append(_pieces("*"))
        if not pattern.endswith("/*") and parts[-1:] != [None]:
            parts.append(None)
        return cls(tuple(parts))

    def matches(self, path: str) -> bool:
        """Tells whether a path from the root, without a slash before it, is meant."""
        return _path_fits(self.parts, path.split("/"))


def text_glob(pattern: str) -> WholeGlob:
    """Reads a pattern of a whole text; unlike in paths `*` stands for slashes too."""
    return WholeGlob(tuple(_WILD.get(char, char) for char in pattern))


def _pieces(name: str) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    escaped = False
    for char in name:
        if escaped or char not in "\\*?":
            pieces.append(char)
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == "?":
            pieces.append(Wild.ONE)
        elif pieces[-1:] != [Wild.MANY]:
            pieces.append(Wild.MANY)
    return tuple(pieces)


def _fits(pieces: Sequence[Piece], text: str) -> bool:
    """The earliest end of each stretch between two wildcards leaves most room for the rest, so none is tried twice."""
    at = piece = 0
    star, resume = -1, 0
    while at < len(text):
        if piece < len(pieces) and (pieces[piece] is Wild.ONE or pieces[piece] == text[at]):
            at, piece = at + 1, piece + 1
        elif piece < len(pieces) and pieces[piece] is Wild.MANY:
            star, resume, piece = piece, at, piece + 1
        elif star >= 0:
            resume += 1
            at, piece = resume, star + 1
        else:
            return False
    return all(rest is Wild.MANY for rest in pieces[piece:])


def _path_fits(parts: Sequence[tuple[Piece, ...] | None], names: Sequence[str]) -> bool:
    """The same over the names of a path."""
    at = part = 0
    star, resume = -1, 0
    while at < len(names):
        wanted = parts[part] if part < len(parts) else ()
        if part < len(parts) and wanted is None:
            star, resume, part = part, at, part + 1
        elif part < len(parts) and wanted is not None and _fits(wanted, names[at]):
            at, part = at + 1, part + 1
        elif star >= 0:
            resume += 1
            at, part = resume, star + 1
        else:
            return False
    return all(rest is None for rest in parts[part:])
