"""What is wrong with a policy, where, and what would be right."""

from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]
MOST = 20
"""Mistakes of one file that are told."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake; `line` and `column` count characters from 1, `key` is the path in the document, as `checks.name`.

    `accepted` says what would be right, `nearest` is what was meant, most likely; both may be empty.
    """

    line: int
    column: int
    key: str
    message: str
    accepted: str = ""
    nearest: str = ""

    @property
    def text(self) -> str:
        """The mistake in one sentence, without its place."""
        subject = f"{self.key}: " if self.key else ""
        meant = f"; did you mean {self.nearest}?" if self.nearest else ""
        accepted = f" (accepted: {self.accepted})" if self.accepted else ""
        return f"{subject}{self.message}{meant}{accepted}"


class PolicyErrors(ValueError):
    """A policy that can't be used: all that is wrong with it, in the order of the file, at most twenty."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        found = sorted(set(mistakes), key=lambda mistake: (mistake.line, mistake.column, mistake.text))
        self.mistakes = tuple(found[:MOST])
        super().__init__("; ".join(f"line {one.line}, column {one.column}: {one.text}" for one in self.mistakes))


def position(text: str, offset: int) -> tuple[int, int]:
    """Gives the line and column of a character, both from 1; only line feeds end lines, as in editors."""
    # A file ends with its last word: that is where people look for what is missing after it.
    offset = min(offset, len(text.rstrip()))
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def dotted(path: Path) -> str:
    """Writes a path in the document: `tests.on[0]`, `paths["a/**"].label`."""
    words = ""
    for step in path:
        if isinstance(step, int):
            words += f"[{step}]"
        elif step.replace("_", "a").isalnum():
            words += f".{shown(step)}" if words else shown(step)
        else:
            words += f'["{shown(step)}"]'
    return words


def shown(text: str) -> str:
    """What was written, as it may be told back: in one line, and cut."""
    line = "".join(char if char.isprintable() else "?" for char in text[:61])
    return line if len(line) <= 60 else f"{line[:59]}…"
