"""Tells what a suite made from what came with its repository."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

_INDEX_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checkout:
    """A git working tree. Reads git's index itself: git would run what the tree's own configuration says."""

    root: Path
    index: bytes

    @classmethod
    def at(cls, folder: Path) -> "Checkout | None":
        """Reads the index of a working tree's top folder; None when there is none."""
        try:
            if not stat.S_ISDIR((folder / ".git").lstat().st_mode):
                return None
            handle = os.open(folder / ".git/index", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(handle, "rb") as file:  # noqa: PTH123
                if stat.S_ISREG(os.fstat(handle).st_mode):
                    return cls(folder, file.read(_INDEX_LIMIT))
        except OSError:
            pass
        return None

    def unchanged(self, file: Path, found: os.stat_result) -> bool:
        """Whether a file is as git wrote it; False for what the index (version 2 or 3) doesn't tell.

        An entry's name follows its length in two bytes; 52 bytes before these stands the time of its last change
        (gitformat-index(5)). A file on the whole second is compared by that: copies from containers have no more.
        """
        name = os.fsencode(file.relative_to(self.root))
        place = self.index.find(len(name).to_bytes(2, "big") + name + b"\0") if len(name) < 0xFFF else -1
        if place < 52:
            return False
        seconds, nanoseconds = (int.from_bytes(self.index[at : at + 4], "big") for at in (place - 52, place - 48))
        changed = divmod(found.st_mtime_ns, 1_000_000_000)
        return changed in ((seconds, nanoseconds), (seconds, 0))
