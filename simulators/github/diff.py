"""A file's unified diff as rows, with the annotations that stand under its lines."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from simulators.github.models import ChangedFile, Json

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass
class Row:
    """One line of a diff; `old` and `new` are its numbers on each side."""

    kind: str
    text: str
    old: int | None = None
    new: int | None = None
    annotations: list[Json] = field(default_factory=list)


def rows(file: ChangedFile) -> list[Row]:
    """The lines of a patch."""
    result, old, new = [], 0, 0
    for line in (file.patch or "").splitlines():
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
    files: Iterable[ChangedFile], annotations: Iterable[Json]
) -> tuple[list[tuple[ChangedFile, list[Row]]], list[Json]]:
    """Each file with its rows, and the annotations that no shown line takes.

    An annotation stands under its last line on the new side (GitHub REST, Checks).
    """
    shown = [(file, rows(file)) for file in files]
    places = {(file.filename, row.new): row for file, lines in shown for row in lines if row.new is not None}
    apart = []
    for annotation in annotations:
        row = places.get((annotation["path"], annotation["end_line"]))
        if row is None:
            apart.append(annotation)
        else:
            row.annotations.append(annotation)
    return shown, apart
