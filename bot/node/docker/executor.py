"""Runs a suite in a container of its own."""

import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

from bot.node.docker.options import DockerOptions
from bot.node.outcome import look
from bot.node.supervisor import Ending
from bot.node.tree import remove_tree
from bot.node.values import MaskLine, Outcome, Task

if TYPE_CHECKING:
    from bot.node.docker.container import Container

T = TypeVar("T")

GRACE = 5.0
_KILL_SECONDS = 10.0
"""How long a container is waited for that SIGKILL doesn't end."""
_AT_ONCE = 64
"""Calls of the engine at a time: they wait in threads."""


class DockerExecutor:
    """Gives each suite a container without rights, with an empty folder, that is gone afterwards.

    `grace` are the seconds between SIGTERM and SIGKILL. Raises ValueError where the SDK is not installed.
    """

    def __init__(self, options: DockerOptions, *, grace: float = GRACE) -> None:
        if find_spec("docker") is None:
            raise ValueError("the executor docker needs more: pip install 'agnox-bot[docker]'")
        self._options = options
        self._grace = grace
        self._limiter = CapacityLimiter(_AT_ONCE)

    @asynccontextmanager
    async def run(self, task: Task, mask: MaskLine) -> AsyncIterator[Outcome]:
        """Runs the suite; see `Executor`."""
        from bot.node.docker.container import Container

        name = f"agnox-{secrets.token_hex(8)}"
        root = Path(tempfile.gettempdir()).resolve() / name
        for folder in ("", "spool", "results", "work"):
            (root / folder).mkdir(mode=0o700)
        try:
            container = await self._call(partial(Container, self._options, task, name))
            try:
                yield await self._run(container, task, mask, root)
            finally:
                with anyio.CancelScope(shield=True):
                    await self._call(container.remove)
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(remove_tree, root)

    async def _run(self, container: "Container", task: Task, mask: MaskLine, root: Path) -> Outcome:
        from bot.node.docker.container import Unfit
        from bot.node.docker.rules import FOLDER

        begin, seconds, code, refusal, besides = None, 0.0, None, "", list[str]()
        with anyio.move_on_after(task.time_limit) as limit:
            try:
                await self._call(container.sweep)
                await self._call(container.fetch, abandon=True)
                await self._call(container.create)
                await self._call(partial(container.start, root / "spool"))
                begin = time.monotonic()
                code = await self._call(container.wait, abandon=True)
            except Unfit as error:
                refusal = str(error)
        stopped = limit.cancelled_caught
        if begin is not None:
            if stopped:
                await self._stop(container)
            seconds = time.monotonic() - begin
            if await self._call(container.ran_out_of_memory):
                besides.append(f"it took more memory than the limit of {self._options.memory:,} bytes")
            besides += await self._call(partial(container.collect, root, task.report_limits), abandon=True)
        elif stopped:
            besides.append("its container was not ready by then")
        ending = Ending(
            exit_code=code, seconds=seconds, written=container.written, lost=container.lost, left=False, error=refusal
        )
        return await to_thread.run_sync(
            partial(look, task, mask, root, ending, stopped=stopped, workdir=f"{FOLDER}/work", besides=besides)
        )

    async def _stop(self, container: "Container") -> None:
        await self._call(container.terminate)
        with anyio.move_on_after(self._grace):
            await self._call(container.wait, abandon=True)
            return
        await self._call(container.kill)
        with anyio.move_on_after(_KILL_SECONDS):
            await self._call(container.wait, abandon=True)

    async def _call(self, call: Callable[[], T], *, abandon: bool = False) -> T:
        """Calls in a thread; with `abandon` a cancellation does not wait for it: it ends when the container does."""
        return await to_thread.run_sync(call, abandon_on_cancel=abandon, limiter=self._limiter)
