"""Which lines a change touches, found by ourselves since Azure DevOps tells none."""

from dataclasses import dataclass
from difflib import SequenceMatcher

MOST_LINES = 4000
"""Lines that differ at either side; beyond, the comparison takes seconds."""


@dataclass(frozen=True, slots=True)
class ChangedLines:
    """The lines of a file, from 1, that a change added or altered; `widths` are how long they are, in UTF-16 units."""

    widths: dict[int, int]

    def __contains__(self, line: object) -> bool:
        return line in self.widths


def changed_lines(before: str, after: str) -> ChangedLines:
    """Compares two versions of a file; nothing where they differ in too much."""
    old, new = _lines(before), _lines(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    old, middle = old[start : len(old) - end], new[start : len(new) - end]
    if len(old) > MOST_LINES or (old and len(middle) > MOST_LINES):
        return ChangedLines({})
    if old:
        blocks = SequenceMatcher(None, old, middle, autojunk=False).get_opcodes()
        touched = [line for tag, _, _, first, last in blocks if tag != "equal" for line in range(first, last)]
    else:
        touched = list(range(len(middle)))
    return ChangedLines({start + line + 1: _units(middle[line]) for line in touched})


def _common(left: list[str], right: list[str]) -> int:
    """Counts the lines at the start that are the same."""
    pairs = zip(left, right, strict=False)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), min(len(left), len(right)))


def _lines(text: str) -> list[str]:
    """Splits where git does, not where Unicode would."""
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _units(line: str) -> int:
    return len(line) + sum(char > "\uffff" for char in line)
