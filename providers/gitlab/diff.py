"""Lines of a unified diff, as remarks on them are placed (GitLab REST, Discussions, threads in the diff)."""

import re
from collections.abc import Mapping

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def new_lines(patch: str) -> Mapping[int, int | None]:
    """Gives the lines that the diff shows of the new file: their numbers there and in the old file, None if added."""
    found: dict[int, int | None] = {}
    old = new = 0
    for line in patch.splitlines():
        hunk = _HUNK.match(line)
        if hunk is not None:
            old, new = int(hunk[1]), int(hunk[2])
        elif new and line.startswith("+"):
            found[new] = None
            new += 1
        elif new and line.startswith("-"):
            old += 1
        elif new and not line.startswith("\\"):
            found[new] = old
            old, new = old + 1, new + 1
    return found
