"""Finding the files that people name by patterns."""

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_REPORTS = (".xml", ".trx", ".tap")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file is written."""

    inode: int
    size: int
    modified: int


def find_files(patterns: Iterable[str], folder: Path | None = None) -> list[Path]:
    """Gives the files that patterns match, each once, in their order; `**` goes through folders.

    A folder stands for the reports in it. A name that is there is taken as it is, whatever characters it has.
    """
    found: dict[Path, None] = {}
    base = folder or Path()
    for pattern in filter(None, patterns):
        path = base / pattern
        matches = [path] if path.exists() else map(Path, sorted(glob.glob(str(path), recursive=True)))  # noqa: PTH207 - pathlib's own is case-insensitive and slower before 3.13
        for match in matches:
            found.update(dict.fromkeys(_within(match)))
    return list(found)


def stamps(paths: Iterable[Path]) -> Mapping[Path, Stamp]:
    """Remembers how files are now, to tell later which of them were written."""
    return {path: stamp for path in paths if (stamp := _stamp(path))}


def written_since(before: Mapping[Path, Stamp], paths: Iterable[Path]) -> list[Path]:
    """Gives the files that are new or were changed."""
    return [path for path in paths if (now := _stamp(path)) and now != before.get(path)]


def shown_name(path: Path) -> str:
    """Gives the path relative to the current folder where it is below it, with `/` on every platform."""
    text = os.path.relpath(path) if path.is_absolute() and path.is_relative_to(Path.cwd()) else str(path)
    return text.replace(os.sep, "/")


def _within(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from sorted(each for each in path.rglob("*") if each.suffix.lower() in _REPORTS and each.is_file())


def _stamp(path: Path) -> Stamp | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return Stamp(told.st_ino, told.st_size, told.st_mtime_ns)
