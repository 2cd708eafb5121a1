"""The process between a testing node and a suite: `python -I -m bot.node.supervisor`.

It owns the suite's folder and everything the suite starts, and it outlives a node that is killed: its standard input is
a pipe whose other end only the node holds. It reads one line of JSON, the `Order`; after that a byte means "stop the
suite", and the end of input "stop it, remove everything and go". When the suite has ended it writes one line of JSON,
the `Ending`, and waits for the end of input.
"""

import json
import os
import resource
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, TypedDict

from bot.node.boundedlog import BoundedLog
from bot.node.descendants import adopt_orphans, send_to_all
from bot.node.live import Mouth
from bot.node.tree import remove_tree

FOLDERS = ("work", "home", "tmp", "results", "spool")
_CHUNK = 1 << 16
_KILL_SECONDS = 10.0
"""How long processes that SIGKILL doesn't end (another user's, or stuck in the kernel) are waited for."""


class Order(TypedDict):
    """What to run; the folder `root` is made by the supervisor and must not be there."""

    root: str
    command: str
    environment: dict[str, str]
    grace: float
    log_limit: int
    live: int
    """The handle of a pipe for the output as it comes; -1 for none."""


class Ending(TypedDict):
    """How it ended; `error` says why it never started, `left` whether something of it still runs."""

    exit_code: int | None
    seconds: float
    written: int
    lost: int
    left: bool
    error: str


def main() -> None:
    """Carries out one order and leaves nothing behind."""
    adopt_orphans()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o022)
    # The node alone says when to stop. A handler, for what is ignored would stay ignored in the suite.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _do_nothing)
    line = _read_line()
    if not line:
        return
    order: Order = json.loads(line)
    root = Path(order["root"])
    root.mkdir(mode=0o700)
    try:
        for name in FOLDERS:
            (root / name).mkdir(mode=0o700)
        ending = run(order)
        with suppress(BrokenPipeError):
            os.write(1, json.dumps(ending).encode() + b"\n")
        while os.read(0, _CHUNK):
            pass
    finally:
        remove_tree(root)


def run(order: Order) -> Ending:
    """Runs the command until it ends or the input says stop, and ends whatever it has left running."""
    root = Path(order["root"])
    log = BoundedLog(root / "spool", order["log_limit"])
    mouth = Mouth(order["live"])
    output, sink = os.pipe()
    begin = time.monotonic()
    try:
        shell = subprocess.Popen(  # noqa: S603 - running what somebody else wrote is the purpose
            ["/bin/sh", "-c", order["command"]],
            cwd=root / "work",
            env=order["environment"],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        mouth.close()
        return Ending(exit_code=None, seconds=0.0, written=0, lost=0, left=False, error=str(error))
    finally:
        os.close(sink)
    suite = _Suite(shell, output, log, mouth, order["grace"])
    suite.wait()
    seconds = time.monotonic() - begin
    suite.end()
    mouth.close()
    return Ending(
        exit_code=suite.shell.returncode,
        seconds=seconds,
        written=log.written,
        lost=log.lost,
        left=not suite.childless,
        error="",
    )


class _Suite:
    """A shell that was started, and everything below it."""

    def __init__(
        self, shell: subprocess.Popen[bytes], output: int, log: BoundedLog, mouth: Mouth, grace: float
    ) -> None:
        self.shell = shell
        self.childless = False
        self._output = output
        self._log = log
        self._mouth = mouth
        self._grace = grace
        self._give_up: float | None = None
        self._wake, waker = os.pipe()
        for end in (output, self._wake, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _do_nothing)
        self._selector = selectors.DefaultSelector()
        self._selector.register(output, selectors.EVENT_READ, self._read_output)
        self._selector.register(self._wake, selectors.EVENT_READ, self._reap)
        self._selector.register(0, selectors.EVENT_READ, self._stop)
        self._reap()

    def wait(self) -> None:
        """Returns when the shell has ended; after a stop, when everything has or the grace is over."""
        while self._give_up is None and self.shell.returncode is None:
            self._turn(None)
        while self._give_up is not None and not self.childless and (left := self._give_up - time.monotonic()) > 0:
            self._turn(left)

    def end(self) -> None:
        """Kills what is left and reads what was still on its way."""
        until = time.monotonic() + _KILL_SECONDS
        send_to_all(signal.SIGKILL, self.shell.pid)
        while not self.childless and time.monotonic() < until:
            # What was forked meanwhile, and grandchildren that come to us only when their parent is gone.
            self._turn(0.02)
            send_to_all(signal.SIGKILL, self.shell.pid)
        for _ in range(64):
            if not self._read_output():
                break

    def _turn(self, seconds: float | None) -> None:
        for key, _ in self._selector.select(seconds):
            key.data()

    def _read_output(self) -> bool:
        try:
            data = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._forget(self._output)
        self._log.write(data)
        self._mouth.say(data)
        return bool(data)

    def _stop(self) -> None:
        if not os.read(0, 1):
            self._forget(0)
        if self._give_up is None:
            self._give_up = time.monotonic() + self._grace
            send_to_all(signal.SIGTERM, self.shell.pid)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wake, _CHUNK)
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.shell.pid:
                    self.shell.returncode = os.waitstatus_to_exitcode(ended[1])
        except ChildProcessError:
            self.childless = True

    def _forget(self, source: int) -> None:
        with suppress(KeyError):
            self._selector.unregister(source)


def _read_line() -> bytes:
    """Reads the order, and not a byte that follows it."""
    with os.fdopen(0, "rb", buffering=0, closefd=False) as stream:
        return stream.readline()


def _do_nothing(_number: int, _frame: Any) -> None:
    pass


if __name__ == "__main__":
    main()
