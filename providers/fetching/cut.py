"""A text kept within a limit while it is still coming: its beginning and its end."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

_HEAD = 4
"""A part in so many of the limit: what matters stands at the end of a log, how it began at its head."""
_CHUNK = 1 << 20


class CutFile:
    """Writes the head once and what follows round and round, so that disk and memory stay bounded."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = max(limit, _HEAD)
        self._head = self._limit // _HEAD
        self._ring = self._limit - self._head
        self._file = path.open("w+b")
        self.seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            at = self._position()
            part = left[: (self._head if at < self._head else self._limit) - at]
            self._file.seek(at)
            self._file.write(part)
            self.seen += len(part)
            left = left[len(part) :]

    def finish(self) -> int:
        """Puts the end behind the head; gives the bytes that are left out between them, as a line there tells too."""
        missing, oldest = self.seen - self._limit, self._position()
        if missing <= 0:
            self._file.flush()
            return 0
        ordered = self._path.with_name(f"{self._path.name}.cut")
        with ordered.open("wb") as out:
            self._copy(out, 0, self._head)
            out.write(f"\n[{missing:,} bytes left out]\n".encode())
            self._copy(out, oldest, self._limit)
            self._copy(out, self._head, oldest)
        ordered.replace(self._path)
        return missing

    def _position(self) -> int:
        return self.seen if self.seen < self._head else self._head + (self.seen - self._head) % self._ring

    def _copy(self, out: BinaryIO, start: int, end: int) -> None:
        self._file.seek(start)
        left = end - start
        while left > 0:
            data = self._file.read(min(left, _CHUNK))
            out.write(data)
            left -= len(data)
