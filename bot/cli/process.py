"""Starting and ending the long-running processes."""

import asyncio
import logging
import signal
from collections.abc import Coroutine, Sequence
from typing import Any

from bot.app import open_app, open_services, open_worker
from bot.cli.context import Failure
from bot.settings import Settings
from bot.store.migrate import SchemaError
from bot.store.vault import VaultError

logger = logging.getLogger("agnox")

GRACE = 10
"""Seconds that open connections get to end when the web process is told to stop."""


def run_web(settings: Settings, *, host: str, port: int, worker: bool) -> None:
    """Serves until told to stop. Raises Failure when it can't start."""
    import uvloop

    _run(_serve(settings, host, port, worker), uvloop.new_event_loop)


def run_worker(settings: Settings, names: Sequence[str]) -> None:
    """Works until told to stop. Raises Failure when it can't start."""
    _run(_work(settings, names), None)


async def _serve(settings: Settings, host: str, port: int, worker: bool) -> None:
    import uvicorn

    async with open_services(settings) as services, open_app(settings, services, worker=worker) as app:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE,
        )
        logger.info("serving on http://%s:%d, data in %s", host, port, services.database.engine.url)
        await uvicorn.Server(config).serve()


async def _work(settings: Settings, names: Sequence[str]) -> None:
    async with open_services(settings) as services, open_worker(settings, services, names) as runner:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, runner.stop)
        logger.info("working on %s", ", ".join(names))
        await runner.run()


def _run(work: Coroutine[Any, Any, None], loop_factory: Any) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("httpx2", "arq", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(work)
    except (SchemaError, VaultError, OSError, ValueError) as error:
        raise Failure(str(error)) from error
    except KeyboardInterrupt:
        pass
