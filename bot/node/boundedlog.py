"""An output of any length in two files of fixed size: how it began and how it ended."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

HEAD = "head"
RING = "ring"


class BoundedLog:
    """Writes the first quarter of `limit` bytes to one file and keeps the last three quarters in a ring in another.

    A disk that is full doesn't stop it: what can't be written is counted in `lost`.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._head_room = limit // 4
        self._ring_size = limit - self._head_room
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        self._head, self._ring = (os.open(folder / name, flags, 0o600) for name in (HEAD, RING))
        self.written = 0
        self.lost = 0

    def write(self, data: bytes) -> None:
        """Adds output; never raises OSError."""
        view = memoryview(data)
        try:
            while view and not self.lost:
                view = view[self._write_some(view) :]
        except OSError:
            pass
        self.lost += len(view)

    def _write_some(self, view: memoryview) -> int:
        if self.written < self._head_room:
            count = os.pwrite(self._head, view[: self._head_room - self.written], self.written)
        else:
            place = (self.written - self._head_room) % self._ring_size
            count = os.pwrite(self._ring, view[: self._ring_size - place], place)
        self.written += count
        return count

    def close(self) -> None:
        os.close(self._head)
        os.close(self._ring)


@dataclass(frozen=True, slots=True)
class KeptLog:
    """Whole lines from the two ends of an output, and how many bytes between them are gone."""

    start: bytes
    dropped: int
    end: bytes

    def lines(self) -> Iterator[bytes]:
        """Gives the lines with their endings, and one of our own where some are left out."""
        yield from BytesIO(self.start)
        if self.dropped:
            yield b"[agnox: %d bytes of the output are left out here]\n" % self.dropped
        yield from BytesIO(self.end)


def read_log(folder: Path, written: int | None, lost: int) -> KeptLog:
    """Puts together what a `BoundedLog` left in a folder; `written` is None when it didn't live to tell.

    Around a gap only whole lines are kept: half a line may hold half a secret, which no mask recognises.
    """
    head, ring = (path.read_bytes() if path.is_file() else b"" for path in (folder / HEAD, folder / RING))
    in_ring = len(ring) if written is None else written - len(head)
    total = len(head) + in_ring + lost
    if in_ring <= len(ring):
        start, end = head + ring, b""
        if lost:
            start = start[: start.rfind(b"\n") + 1]
    else:
        start = head[: head.rfind(b"\n") + 1]
        place = in_ring % len(ring) if ring else 0
        _, _, end = (ring[place:] + ring[:place]).partition(b"\n")
    return KeptLog(start, total - len(start) - len(end), end)
