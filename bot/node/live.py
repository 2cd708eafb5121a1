"""The output of a suite while it runs: whole lines, masked, never more than fits."""

import os
import struct
from threading import Lock, Thread

from bot.node.values import Hear, MaskLine

ROOM = 1 << 18
"""Bytes that wait to be taken at most; what is too much is left out."""
LONGEST = 1 << 16
"""Bytes of the longest line that is shown."""
LEFT_OUT = "[agnox: some of the output is left out here; the log has it at the end]\n"

_HEAD = struct.Struct("!?I")
_FRAME = 4096 - _HEAD.size
"""A pipe takes so much at once or not at all (PIPE_BUF)."""


class LiveOutput:
    """Takes output in from any thread and gives it out as masked text.

    A line that is not whole is never shown: half of one may hold half a secret, which no mask recognises.
    """

    def __init__(self, mask: MaskLine) -> None:
        self._mask = mask
        self._lock = Lock()
        self._whole = b""
        self._rest = b""
        self._skips = False
        self._lost = False

    def hear(self, data: bytes, lost: bool) -> None:
        """Takes output in; `lost` says that some is missing before it."""
        with self._lock:
            if lost:
                self._lose()
            if self._skips:
                _, newline, data = data.partition(b"\n")
                if not newline:
                    return
                self._skips = False
            data = self._rest + data
            cut = data.rfind(b"\n") + 1
            self._whole += data[:cut]
            self._rest = data[cut:]
            if len(self._rest) > LONGEST:
                self._lose()
            if len(self._whole) > ROOM:
                self._whole, self._lost = b"", True

    def take(self) -> str:
        """Gives the lines that have come since the last time."""
        with self._lock:
            whole, lost = self._whole, self._lost
            self._whole, self._lost = b"", False
        text = b"".join(map(self._mask, whole.splitlines(keepends=True))).decode("utf-8", "replace")
        return LEFT_OUT + text if lost else text

    def _lose(self) -> None:
        self._rest, self._skips, self._lost = b"", True, True


class Mouth:
    """The supervisor's end: a pipe into which it never waits to write."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._lost = False
        if handle >= 0:
            os.set_blocking(handle, False)

    def say(self, data: bytes) -> None:
        """Passes output on as far as there is room; never raises OSError."""
        for start in range(0, len(data), _FRAME) if self._handle >= 0 else ():
            piece = data[start : start + _FRAME]
            try:
                os.write(self._handle, _HEAD.pack(self._lost, len(piece)) + piece)
                self._lost = False
            except BlockingIOError:
                self._lost = True
            except OSError:
                self.close()
                return

    def close(self) -> None:
        """Says that nothing more will come."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


class Ear:
    """The node's end of that pipe; `handle` is for the supervisor, -1 when nobody hears."""

    def __init__(self, hear: Hear | None) -> None:
        self.handle = -1
        self._thread: Thread | None = None
        if hear is not None:
            source, self.handle = os.pipe()
            self._thread = Thread(target=_listen, args=(source, hear), name="live output", daemon=True)
            self._thread.start()

    def pass_on(self) -> None:
        """The supervisor has its handle: ours goes, so that the end of its own is the end of the pipe."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def wait(self) -> None:
        """Waits until everything was heard that the supervisor has said."""
        if self._thread is not None:
            self._thread.join()


def _listen(source: int, hear: Hear) -> None:
    with os.fdopen(source, "rb", 1 << 16) as stream:
        while len(head := stream.read(_HEAD.size)) == _HEAD.size:
            lost, size = _HEAD.unpack(head)
            hear(stream.read(size), lost)
