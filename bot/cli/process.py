"""Starting and ending the long-running processes."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import Any

from bot.app import open_app, open_services, open_worker
from bot.cli.context import Failure
from bot.cli.logs import start_log
from bot.settings import Settings
from bot.store.migrate import SchemaError
from bot.store.vault import VaultError

logger = logging.getLogger("agnox")

SWITCH_INTERVAL = 0.0005

GRACE = 10
"""Seconds that open connections get to end when the web process is told to stop."""

BACKLOG = 2048
"""Connections that wait while the process is busy."""


def run_web(settings: Settings, *, host: str, port: int, worker: bool) -> None:
    """Serves until told to stop. Raises Failure when it can't start."""
    import uvloop

    # Commits end in a thread, which should not have to wait 5 ms for a busy event loop to let go of the GIL.
    sys.setswitchinterval(SWITCH_INTERVAL)
    _run(_serve(settings, host, port, worker), uvloop.new_event_loop)


def run_worker(settings: Settings, names: Sequence[str]) -> None:
    """Works until told to stop. Raises Failure when it can't start."""
    _run(_work(settings, names), None)


async def _serve(settings: Settings, host: str, port: int, worker: bool) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Returns when told to end; uvicorn's own handlers kill the process then, with what stands around it open."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            with _on_signal(lambda number: self.handle_exit(number, None)):
                yield

    async with AsyncExitStack() as stack:
        with _told():
            listener = stack.enter_context(_listen(host, port))
            services = await stack.enter_async_context(open_services(settings))
            app = await stack.enter_async_context(open_app(settings, services, worker=worker))
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=GRACE,
        )
        at = f"[{host}]" if ":" in host else host
        logger.info("serving on http://%s:%d, data in %s", at, listener.getsockname()[1], services.database.engine.url)
        await Server(config).serve([listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise Failure(f"can't listen on {host}, port {port}: {str(reason).lower()}") from error


async def _work(settings: Settings, names: Sequence[str]) -> None:
    async with AsyncExitStack() as stack:
        with _told():
            services = await stack.enter_async_context(open_services(settings))
            runner = await stack.enter_async_context(open_worker(settings, services, names))
        logger.info("working on %s", ", ".join(names))
        with _on_signal(lambda _: runner.stop()):
            await runner.run()


@contextmanager
def _on_signal(stop: Callable[[int], None]) -> Iterator[None]:
    """Has SIGTERM and SIGINT call `stop`; afterwards they end the process at once again."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@contextmanager
def _told() -> Iterator[None]:
    """What keeps a process from starting becomes one line; later errors keep their traceback."""
    try:
        yield
    except (SchemaError, VaultError, OSError, ValueError) as error:
        raise Failure(str(error)) from error


def _run(work: Coroutine[Any, Any, None], loop_factory: Any) -> None:
    start_log()
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(work)
