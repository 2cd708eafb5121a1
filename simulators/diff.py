"""A file's unified diff as rows, with the annotations that stand under its lines."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One changed file; `patch` holds its hunks without the file header, None where the host shows no diff."""

    path: str
    patch: str | None = None
    previous_path: str | None = None

    def count(self, sign: str) -> int:
        """Added (`+`) or removed (`-`) lines."""
        return sum(line.startswith(sign) for line in (self.patch or "").splitlines())


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
