"""The files fetched of one run, within their limits, and notes on what is not among them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

from providers.errors import ProviderError, RateLimited, Suspended, Unauthenticated, Unavailable
from providers.fetching.archives import Room, unpack
from providers.runs import FetchLimits, FileKind, RunFile
from providers.text import one_line

_LEAST = 4_096
"""Bytes that must be left for another text to be begun."""
_LOGS = frozenset({".log", ".txt"})
_NOTES = 50
_WORDS = 300
"""Characters of a note or name; both hold what strangers wrote."""


class PassingNote(str):
    """A note on what a host could not give for now: asked again it may."""

    __slots__ = ()


class Basket:
    """Paths are ours alone, numbered: no name from outside becomes one."""

    def __init__(self, folder: Path, limits: FetchLimits) -> None:
        self._folder = folder
        self._limits = limits
        self._size = 0
        self._number = 0
        self._left_out = 0
        self.files: list[RunFile] = []
        self._notes: list[str] = []

    @property
    def notes(self) -> list[str]:
        more = [f"and {self._left_out:,} more that could not be had"] if self._left_out else []
        return [*self._notes, *more]

    def note(self, text: str, *, passing: bool = False) -> None:
        """Takes the first notes; of the rest it is told how many they are."""
        if len(self._notes) < _NOTES:
            said = one_line(text, _WORDS)
            self._notes.append(PassingNote(said) if passing else said)
        else:
            self._left_out += 1

    @property
    def room(self) -> Room:
        total = max(self._limits.total - self._size, 0)
        return Room(min(self._limits.file, total), total, max(self._limits.files - len(self.files), 0))

    @property
    def full(self) -> bool:
        return not self.room.files or self.room.total < min(_LEAST, self._limits.total)

    def place(self, suffix: str) -> Path:
        """Gives a path that nothing else has."""
        self._number += 1
        known = suffix if suffix.isascii() and suffix[1:].isalnum() and len(suffix) < 10 else ""
        return self._folder / f"{self._number:05}{known.lower()}"

    def add(self, kind: FileKind, name: str, path: Path, size: int, job: str = "") -> None:
        self._size += size
        self.files.append(RunFile(kind, one_line(name, _WORDS), path, job))

    def write(self, kind: FileKind, name: str, content: bytes, job: str = "") -> None:
        """Adds what is already here, its end left out where it is too long."""
        if self.full:
            self.note(f"{name} is left out: the files of this run are over the limit")
            return
        kept, path = content[: self.room.file], self.place(".txt")
        path.write_bytes(kept)
        self.add(kind, name, path, len(kept), job)
        if len(kept) < len(content):
            self.note(f"{name} is cut after {len(kept):,} bytes")

    async def text(self, name: str, fetch: Callable[[Path, int], Awaitable[int]], *, what: str, job: str = "") -> bool:
        """Adds a log that `fetch` writes to a path within a limit, giving the bytes that it left out of the middle."""
        if self.full:
            self.note(f"The {what} is left out: the files of this run are over the limit")
            return False
        path, limit, taken = self.place(".log"), self.room.file, False
        async with self.noting(what):
            missing = await fetch(path, limit)
            self.add(FileKind.LOG, name, path, path.stat().st_size, job)
            taken = True
            if missing:
                self.note(f"The {what} is {missing + limit:,} bytes long: {missing:,} in its middle are left out")
        if not taken:
            path.unlink(missing_ok=True)
        return taken

    async def unpack(self, archive: Path, what: str, *, within: str = "", job: str = "") -> None:
        """Adds the reports and logs in a zip, named below `within`; what of it is no good is noted."""
        found, problems = await asyncio.to_thread(unpack, archive, self.place, self.room)
        for each in found:
            kind = FileKind.LOG if PurePosixPath(each.name).suffix.lower() in _LOGS else FileKind.REPORT
            name = each.name if not within or each.name.startswith(f"{within}/") else f"{within}/{each.name}"
            self.add(kind, name, each.path, each.size, job)
        for problem in problems:
            self.note(f"In the {what}: {problem}")

    @asynccontextmanager
    async def noting(self, what: str) -> AsyncIterator[None]:
        """A part that can't be had is a note, unless nothing else could be had either."""
        try:
            yield
        except (RateLimited, Suspended, Unauthenticated):
            raise
        except ProviderError as error:
            self.note(f"The {what} could not be had: {error}", passing=isinstance(error, Unavailable))
