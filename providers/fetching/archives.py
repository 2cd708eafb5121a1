"""Reports out of a zip that a stranger may have made: nothing in it is believed, neither names nor sizes."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ENTRIES = 20_000
"""In one archive; more are no test reports."""
DIRECTORY = 5_000_000
"""Bytes of an archive's list of entries, which is read as a whole: each takes ten times as much memory."""
RATIO = 400
"""Times that an entry of some size may grow; reports grow up to a hundredfold."""
SMALL = 1_000_000
SUFFIXES = frozenset({".xml", ".json", ".trx", ".tap", ".ndjson", ".jsonl", ".log", ".txt"})
"""Of files in which test runners write their results or what they printed."""

_CHUNK = 1 << 18
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OTHER_REPORTS = re.compile(
    r"(?i)coverage|cobertura|jacoco|clover|lcov|codecov|sbom|(^|/)(package(-lock)?|composer|tsconfig.*|manifest)\.json$"
    r"|(^|/)node_modules/|(^|/)pom\.xml$"
)


@dataclass(frozen=True, slots=True)
class Room:
    """What may still be written: bytes of one file, bytes of all, and files."""

    file: int
    total: int
    files: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An entry's name and where it was written."""

    name: str
    path: Path
    size: int


def unpack(archive: Path, place: Callable[[str], Path], room: Room) -> tuple[list[Unpacked], list[str]]:
    """Writes the entries that can be reports to where `place` says; gives them and what was left out, with reasons.

    Blocks; meant for a thread.
    """
    found: list[Unpacked] = []
    notes: list[str] = []
    left = room.total
    try:
        with _Bounded(archive) as file, zipfile.ZipFile(file) as opened:
            entries = opened.infolist()
            if len(entries) > ENTRIES:
                return [], [f"it holds {len(entries):,} files"]
            for entry in entries:
                if entry.is_dir() or not can_be_report(entry.filename):
                    continue
                reason = _refusal(entry, min(room.file, left))
                if not reason and len(found) >= room.files:
                    notes.append(f"more than {room.files:,} files")
                    break
                path = place(PurePosixPath(entry.filename).suffix)
                size = 0
                if not reason:
                    size, reason = _write(opened, entry, path, min(room.file, left))
                # What is no good after all cost its time too.
                left -= size
                if reason:
                    path.unlink(missing_ok=True)
                    notes.append(f"{entry.filename[:200]}: {reason}")
                    continue
                found.append(Unpacked(entry.filename, path, size))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        notes.append(f"the archive can't be read ({error})")
    return found, notes


def can_be_report(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES and not _OTHER_REPORTS.search(name)


class _Bounded(io.FileIO):
    """An archive of which no part is read that is too large for the memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > DIRECTORY:
            raise ValueError("its list of files is too long")
        return super().read(size)


def _refusal(entry: zipfile.ZipInfo, limit: int) -> str:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    if ".." in parts or entry.filename.startswith(("/", "\\")) or any(":" in part for part in parts[:1]):
        return "its path leads out of the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link"
    if entry.flag_bits & 1:
        return "encrypted"
    if entry.compress_type not in _PLAIN:
        return "packed in an unusual way"
    if entry.file_size > SMALL and entry.file_size > RATIO * max(entry.compress_size, 1):
        return "it grows like a zip bomb"
    # Nothing is ever unpacked beyond the size that an entry says it has.
    return f"more than {limit:,} bytes" if entry.file_size > limit else ""


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, limit: int) -> tuple[int, str]:
    """Gives the bytes written and why the entry is no good; what an entry says of its size counts for nothing."""
    size = 0
    try:
        with archive.open(entry) as source, path.open("wb") as target:
            for data in _chunks(source.read):
                size += len(data)
                if size > limit:
                    return size, f"more than {limit:,} bytes"
                target.write(data)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError, zlib.error) as error:
        return size, f"can't be unpacked ({error})"
    return size, ""


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while data := read(_CHUNK):
        yield data
