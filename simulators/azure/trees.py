"""What changed between two trees, and how a page or a client is shown it."""

import difflib
from collections.abc import Mapping

from simulators.azure.models import FileChange

Tree = Mapping[str, bytes]


def changes(old: Tree, new: Tree) -> list[FileChange]:
    """The changed paths, sorted; a file that moved unchanged is a rename."""
    added = {path for path in new if path not in old}
    deleted = {path for path in old if path not in new}
    found = [FileChange(path, "edit") for path in new if path in old and new[path] != old[path]]
    for path in sorted(added):
        source = next((gone for gone in sorted(deleted) if old[gone] == new[path]), None)
        if source is None:
            found.append(FileChange(path, "add"))
        else:
            deleted.discard(source)
            found.append(FileChange(path, "rename", source))
    found += [FileChange(path, "delete") for path in deleted]
    return sorted(found, key=lambda change: change.path)


def patch(change: FileChange, old: Tree, new: Tree) -> str | None:
    """The hunks of one file's unified diff; None if it is not text."""
    before = old.get(change.original_path or change.path, b"")
    after = new.get(change.path, b"")
    try:
        left, right = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        return None
    lines = list(difflib.unified_diff(left, right, lineterm=""))
    return "\n".join(lines[2:])
