"""Removes what a suite leaves behind, however it left it."""

import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def remove_tree(root: Path) -> None:
    """Removes a folder and all below it: read-only folders, and nests deeper than a path may be long.

    Symbolic links are removed, not followed. What resists is passed over; then the first OSError is raised at the end.
    """
    if root.is_symlink():
        root.unlink()
        return
    # Random, for a suite may have made any name that it can foresee.
    prefix = os.urandom(8).hex()
    names = (root / f".{prefix}-{number}" for number in itertools.count())
    failures: list[OSError] = []
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            pending += _empty(folder, root, names)
            if folder != root:
                folder.rmdir()
        except OSError as error:
            failures.append(error)
    try:
        root.rmdir()
    except FileNotFoundError:
        return
    except OSError as error:
        raise (failures or [error])[0] from None


def _empty(folder: Path, root: Path, names: Iterator[Path]) -> list[Path]:
    """Removes the files of a folder and moves its folders to the top, so that no path grows; gives these."""
    folders: list[Path] = []
    folder.chmod(stat.S_IRWXU)
    for entry in list(os.scandir(folder)):
        path = Path(entry.path)
        # What can't be removed is noticed when the folder is to go.
        with suppress(OSError):
            if not entry.is_dir(follow_symlinks=False):
                path.unlink()
            elif folder == root:
                folders.append(path)
            else:
                # Moving changes its "..", which needs the right to write in it.
                path.chmod(stat.S_IRWXU)
                folders.append(path.rename(next(names)))
    return folders
