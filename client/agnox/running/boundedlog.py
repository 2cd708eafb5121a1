"""A log that keeps its beginning and its end."""

import shutil
import threading
from pathlib import Path
from typing import BinaryIO

HEAD = 16 * 1024 * 1024
TAIL = 24 * 1024 * 1024


class BoundedLog:
    """Takes a command's output on disk; of what is too much, the middle goes.

    Several threads may write. `tail` bytes at least of the end are kept, and twice as many at most.
    """

    def __init__(self, folder: Path, *, head: int = HEAD, tail: int = TAIL) -> None:
        self._folder = folder
        self._limit = (head, tail)
        self._lock = threading.Lock()
        self._head = self._open("head")
        self._tail: BinaryIO | None = None
        self._older: Path | None = None
        self._room = head
        self._lost = 0

    def write(self, data: bytes) -> None:
        """Takes bytes. Raises OSError."""
        with self._lock:
            begin = data[: self._room]
            self._head.write(begin)
            self._room -= len(begin)
            if rest := data[len(begin) :]:
                self._write_tail(rest)

    def finish(self) -> Path:
        """Puts the parts together and gives the file."""
        with self._lock:
            with self._head as whole:
                if self._lost:
                    whole.write(f"\n[agnox: {self._lost} bytes left out]\n".encode())
                for part in (self._older, self._folder / "tail" if self._tail else None):
                    if self._tail is not None:
                        self._tail.flush()
                    if part is not None:
                        with part.open("rb") as source:
                            shutil.copyfileobj(source, whole)
                        part.unlink()
            if self._tail is not None:
                self._tail.close()
        return self._folder / "head"

    def _write_tail(self, data: bytes) -> None:
        if self._tail is None:
            self._tail = self._open("tail")
        elif self._tail.tell() >= self._limit[1]:
            self._tail.close()
            if self._older is not None:
                self._lost += self._older.stat().st_size
            self._older = (self._folder / "tail").replace(self._folder / "older")
            self._tail = self._open("tail")
        self._tail.write(data)

    def _open(self, name: str) -> BinaryIO:
        return (self._folder / name).open("xb")
