"""The node's end of a supervisor."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import anyio.to_thread
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from bot.node.descendants import kill_marked
from bot.node.supervisor import Ending, Order
from bot.node.tree import remove_tree

_COMMAND = (sys.executable, "-I", "-X", "utf8", "-m", "bot.node.supervisor")
_LONGEST_ENDING = 1 << 16
_END_SECONDS = 60.0
"""What a supervisor may take, beyond its suite's grace, to end and to remove everything."""


class Supervisor:
    """A supervisor at work."""

    def __init__(self, process: Process) -> None:
        assert process.stdin
        assert process.stdout
        self._process = process
        self._stdin = process.stdin
        self._answers = BufferedByteReceiveStream(process.stdout)

    async def ending(self) -> Ending | None:
        """Waits for the suite's end; None when the supervisor itself was killed. May be cancelled and called again.

        Raises OSError when the supervisor could not work at all; its own words are in this process's error output.
        """
        try:
            line = await self._answers.receive_until(b"\n", _LONGEST_ENDING)
        except (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
            if await self._process.wait() >= 0:
                raise OSError("the supervisor of a suite has failed") from None
            return None
        ending: Ending = json.loads(line)
        return ending

    async def stop(self) -> None:
        """Has the suite ended: politely, and after the grace by force."""
        await self._send(b"s")

    async def start(self, order: Order) -> None:
        await self._send(json.dumps(order).encode() + b"\n")

    async def _send(self, data: bytes) -> None:
        # A supervisor that is gone is found out by `ending`.
        with suppress(OSError, anyio.BrokenResourceError):
            await self._stdin.send(data)


@asynccontextmanager
async def supervised(order: Order) -> AsyncIterator[Supervisor]:
    """Starts a suite; on leaving, ends it if it still runs and removes its folder. Raises OSError."""
    live = order["live"]
    process = await anyio.open_process(
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None,
        cwd="/",
        env={},
        start_new_session=True,
        pass_fds=() if live < 0 else (live,),
    )
    try:
        supervisor = Supervisor(process)
        await supervisor.start(order)
        yield supervisor
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process, order["grace"] + _END_SECONDS)
            if process.returncode:
                await anyio.to_thread.run_sync(_clean_up, Path(order["root"]))


def _clean_up(root: Path) -> None:
    """Does what a supervisor that was killed could not."""
    kill_marked(os.fsencode(root))
    if root.exists():
        remove_tree(root)


async def _end(process: Process, patience: float) -> None:
    assert process.stdin
    assert process.stdout
    await process.stdin.aclose()
    with anyio.move_on_after(patience):
        await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
    await process.stdout.aclose()
