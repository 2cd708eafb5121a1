"""A command whose output passes through us on its way to the terminal."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import IO, BinaryIO

_READ = 64 * 1024
_GRACE = 0.3
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126
_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


UNDER_RUN = "AGNOX_RUN"
"""Set for the command: what is sent here already, it need not send itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: the exit code as a shell gives it, the first signal passed on, why it did not start."""

    code: int
    interrupted: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where the bytes of one stream go: as they are to the terminal, and to `keep`."""

    terminal: BinaryIO
    keep: Callable[[bytes], None]


def run_command(command: Sequence[str], out: Outlet, err: Outlet) -> Ended:
    """Runs a command to its end; signals to us go to it and to all that it started."""
    grouped = os.name == "posix" and not _at_terminal()
    try:
        process = subprocess.Popen(  # noqa: S603 - running it is what we are asked for
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, UNDER_RUN: "1"},
            # At a terminal its keys reach the command by themselves, and only the foreground group may read from it.
            process_group=0 if grouped else None,
        )
    except OSError as error:
        code = _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
        return Ended(code, problem=f"{command[0]} can't be run: {error.strerror or error}")
    pumps = [_Pump(process.stdout, out), _Pump(process.stderr, err)]
    with _forwarding(process, grouped) as received:
        for pump in pumps:
            pump.start()
        code = process.wait()
        for pump in pumps:
            pump.finish()
    # A shell gives 128 and the number of the signal that ended a command.
    return Ended(128 - code if code < 0 else code, received[0] if received else 0)


class _Pump(threading.Thread):
    """Moves what comes out of a pipe, until it is closed or nobody who is left writes to it."""

    def __init__(self, source: IO[bytes] | None, outlet: Outlet) -> None:
        super().__init__(daemon=True)
        self._fd = source.fileno() if source else -1
        self._source = source
        self._outlet = outlet
        self._moved = 0

    def run(self) -> None:
        shown = True
        with suppress(OSError):
            while data := os.read(self._fd, _READ):
                if shown:
                    try:
                        self._outlet.terminal.write(data)
                        self._outlet.terminal.flush()
                    except (OSError, ValueError):
                        # Who read it has gone; the command is not to notice.
                        shown = False
                self._outlet.keep(data)
                self._moved += len(data)

    def finish(self) -> None:
        """Waits for the rest; what the command left running in the background may keep the pipe open for ever."""
        moved = -1
        while self.is_alive() and moved != self._moved:
            moved = self._moved
            self.join(_GRACE)
        if not self.is_alive() and self._source is not None:
            self._source.close()


@contextmanager
def _forwarding(process: "subprocess.Popen[bytes]", grouped: bool) -> Iterator[list[int]]:
    """Passes signals on to the command; gives those that came."""
    received: list[int] = []

    def forward(number: int, frame: FrameType | None) -> None:
        received.append(number)
        with suppress(OSError):
            if grouped and sys.platform != "win32":
                os.killpg(process.pid, number)
            elif number != signal.SIGINT:
                process.send_signal(number) if os.name == "posix" else process.terminate()

    with handling(forward, _FORWARDED):
        yield received


@contextmanager
def handling(handler: Callable[[int, FrameType | None], None], names: Sequence[str]) -> Iterator[None]:
    """Handles signals by their names until the block ends; those that the platform lacks or ignores are left alone."""
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            if old is not None:
                signal.signal(number, old)


def _at_terminal() -> bool:
    with suppress(OSError, ValueError, AttributeError):
        return os.isatty(sys.stdin.fileno())
    return False
