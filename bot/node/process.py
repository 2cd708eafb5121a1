"""Runs a suite as a process of this machine, with the rights of this server's own user."""

import os
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from bot.node.live import Ear
from bot.node.outcome import look
from bot.node.supervision import supervised
from bot.node.supervisor import Order
from bot.node.values import MaskLine, Outcome, Task
from bot.node.variables import suite_variables

GRACE = 5.0


class ProcessExecutor:
    """Gives each suite an empty folder and a clean environment, nothing more: it is for code that is trusted.

    `path` is the suite's PATH, this process's own by default; `grace` the seconds between SIGTERM and SIGKILL.
    """

    def __init__(self, *, path: str = "", grace: float = GRACE) -> None:
        self._path = path or os.environ.get("PATH", os.defpath)
        self._grace = grace
        self._parent = Path(tempfile.gettempdir()).resolve()

    @asynccontextmanager
    async def run(self, task: Task, mask: MaskLine) -> AsyncIterator[Outcome]:
        """Runs the suite; see `Executor`."""
        ear = Ear(task.hear)
        try:
            async with self._run(task, mask, ear) as outcome:
                yield outcome
        finally:
            ear.pass_on()

    @asynccontextmanager
    async def _run(self, task: Task, mask: MaskLine, ear: Ear) -> AsyncIterator[Outcome]:
        root = self._parent / f"agnox-{secrets.token_hex(8)}"
        order = Order(
            root=str(root),
            command=task.command,
            environment={"PATH": self._path, **suite_variables(str(root), task.environment)},
            grace=self._grace,
            log_limit=task.log_limit,
            live=ear.handle,
        )
        async with supervised(order) as supervisor:
            ear.pass_on()
            ending = None
            with anyio.move_on_after(task.time_limit) as limit:
                ending = await supervisor.ending()
            if limit.cancelled_caught:
                await supervisor.stop()
                ending = await supervisor.ending()
            await anyio.to_thread.run_sync(ear.wait, abandon_on_cancel=True)
            yield await anyio.to_thread.run_sync(
                partial(look, task, mask, root, ending, stopped=limit.cancelled_caught)
            )
