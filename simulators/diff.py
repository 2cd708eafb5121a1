"""A file's unified diff as rows, with the annotations that stand under its lines."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Self

Change = Literal["added", "modified", "removed", "renamed"]

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class Patched:
    """A file with its hunks, without the file header; None where the host shows no diff."""

    path: str
    patch: str | None = None

    def count(self, sign: str) -> int:
        """Added (`+`) or removed (`-`) lines."""
        return sum(line.startswith(sign) for line in (self.patch or "").splitlines())

    @property
    def new_text(self) -> str:
        """The lines of the new side that the hunks show."""
        lines = [line[1:] for line in (self.patch or "").splitlines() if line[:1] in ("+", " ")]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class FileDiff(Patched):
    """One changed file, as git tells of it."""

    previous_path: str | None = None

    @property
    def change(self) -> Change:
        """What became of the file, as its diff tells."""
        if self.previous_path is not None:
            return "renamed"
        patch = self.patch or ""
        if patch.startswith("@@ -0,0 "):
            return "added"
        return "removed" if " +0,0 @@" in patch.partition("\n")[0] else "modified"


@dataclass(frozen=True, slots=True)
class ChangedFile(Patched):
    """One changed file, as GitHub and GitLab list it."""

    status: Change = "modified"
    previous_path: str | None = None

    @classmethod
    def of(cls, file: FileDiff) -> Self:
        """The file with what became of it."""
        return cls(file.path, file.patch, file.change, file.previous_path)

    @property
    def diff(self) -> FileDiff:
        """The file as pages show it."""
        return FileDiff(self.path, self.patch, self.previous_path)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on lines of the new side, counted from 1; `level` is failure, warning or notice."""

    path: str
    start_line: int
    end_line: int
    level: str
    message: str
    title: str | None = None
    details: str | None = None


@dataclass(slots=True)
class Row:
    """One line of a diff, kind hunk, added, removed or context; `old` and `new` are its numbers on each side."""

    kind: str
    text: str
    old: int | None = None
    new: int | None = None
    annotations: list[Annotation] = field(default_factory=list)


def rows(patch: str | None) -> list[Row]:
    """The lines of a patch."""
    result, old, new = list[Row](), 0, 0
    for line in (patch or "").splitlines():
        if (hunk := _HUNK.match(line)) is not None:
            old, new = int(hunk[1]), int(hunk[2])
            result.append(Row("hunk", line))
        elif line.startswith("+"):
            result.append(Row("added", line[1:], new=new))
            new += 1
        elif line.startswith("-"):
            result.append(Row("removed", line[1:], old=old))
            old += 1
        elif not line.startswith("\\"):
            result.append(Row("context", line[1:], old, new))
            old, new = old + 1, new + 1
    return result


def annotated(
    files: Iterable[FileDiff], annotations: Iterable[Annotation]
) -> tuple[list[tuple[FileDiff, list[Row]]], list[Annotation]]:
    """Each file with its rows, and the annotations that no shown line takes.

    An annotation stands under its last line on the new side (GitHub REST, Checks).
    """
    shown = [(file, rows(file.patch)) for file in files]
    places = {(file.path, row.new): row for file, lines in shown for row in lines if row.new is not None}
    apart = []
    for annotation in annotations:
        row = places.get((annotation.path, annotation.end_line))
        if row is None:
            apart.append(annotation)
        else:
            row.annotations.append(annotation)
    return shown, apart
