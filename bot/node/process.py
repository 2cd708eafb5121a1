"""Runs a suite as a process of this machine, with the rights of this server's own user."""

import os
import secrets
import shlex
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from bot.node.outcome import look
from bot.node.supervision import supervised
from bot.node.supervisor import Order
from bot.node.values import MaskLine, Outcome, Task

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
        root = self._parent / f"agnox-{secrets.token_hex(8)}"
        order = Order(
            root=str(root),
            command=task.command,
            environment=self._environment(root, task),
            grace=self._grace,
            log_limit=task.log_limit,
        )
        async with supervised(order) as supervisor:
            ending = None
            with anyio.move_on_after(task.time_limit) as limit:
                ending = await supervisor.ending()
            if limit.cancelled_caught:
                await supervisor.stop()
                ending = await supervisor.ending()
            yield await anyio.to_thread.run_sync(
                partial(look, task, mask, root, ending, stopped=limit.cancelled_caught)
            )

    def _environment(self, root: Path, task: Task) -> dict[str, str]:
        results = str(root / "results")
        options = (task.environment.get("PYTEST_ADDOPTS", ""), shlex.quote(f"--junitxml={results}/pytest.xml"))
        return {
            "PATH": self._path,
            "HOME": str(root / "home"),
            "TMPDIR": str(root / "tmp"),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
            "NO_COLOR": "1",
            **task.environment,
            "AGNOX_RESULTS_DIR": results,
            "PYTEST_ADDOPTS": " ".join(filter(None, options)),
        }
