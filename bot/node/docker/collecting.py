"""Takes reports out of a container: what may be one comes as files of this machine, nothing else does."""

import os
import tarfile
from collections.abc import Iterable
from io import RawIOBase
from pathlib import Path, PurePosixPath

from bot.node.values import ReportLimits


class TooMuch(Exception):
    """There is more in a folder than is looked at."""


class _Stream(RawIOBase):
    """Bytes that come in pieces, as a file; raises TooMuch when there are more than `limit`."""

    def __init__(self, pieces: Iterable[bytes], limit: int) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
            self._left -= len(self._rest)
            if self._left < 0:
                raise TooMuch
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def take_reports(pieces: Iterable[bytes], target: Path, limits: ReportLimits) -> None:
    """Reads a tar stream of one folder and writes its XML files, and the indexes of git checkouts, below `target`.

    Names are never trusted: no link, no absolute path, none that leads out of `target`. Raises TooMuch when the stream
    is longer than four times the reports that are taken; what came before it is there.
    """
    stream = _Stream(pieces, 4 * limits.total_bytes)
    left = limits.entries
    try:
        with tarfile.open(fileobj=stream, mode="r|", errorlevel=1) as archive:
            for member in archive:
                left -= 1
                if left < 0:
                    raise TooMuch
                path = _place(member, target)
                if path is not None and member.size <= limits.file_bytes:
                    _write(archive, member, path)
                # A stream is read once: what it remembers of its members would only grow.
                archive.members = []  # type: ignore[attr-defined]
    except tarfile.TarError as error:
        raise OSError(f"the engine's archive can't be read: {error}") from error


def _place(member: tarfile.TarInfo, target: Path) -> Path | None:
    parts = PurePosixPath(member.name).parts[1:]
    wanted = member.isreg() and (member.name.lower().endswith(".xml") or parts[-2:] == (".git", "index"))
    if not wanted or not parts or any(part in ("..", "/") or "\0" in part for part in parts):
        return None
    return target.joinpath(*parts)


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    source = archive.extractfile(member)
    if source is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            while data := source.read(1 << 16):
                file.write(data)
        os.utime(path, (member.mtime, member.mtime))
    except (FileExistsError, NotADirectoryError, OverflowError):
        return
