"""A testing node to be killed: `python -m tests.usecases.nodes.node DATABASE_URL KEY`; it serves all queues."""

import asyncio
import signal
import sys
from datetime import timedelta

from bot.node.executors import executors
from bot.queue.inprocess import InProcessRunner
from bot.queue.run import JobRunner
from bot.queue.stories import job_functions
from bot.store.database import Database
from bot.store.line import Line
from bot.store.vault import Keyring, Vault
from bot.usecases.services import Services
from providers.factory import Registry

LEASE = timedelta(seconds=1)


def services_on(database: Database, key: str) -> Services:
    """What use cases work with where no git host is spoken to."""
    return Services(
        database=database,
        vault=Vault(Keyring(key)),
        registry=Registry([]),
        public_url="https://agnox.example.com",
        executors=executors(frozenset({"process"})),
        execution_limit=timedelta(seconds=60),
    )


async def main(url: str, key: str) -> None:
    database = Database(url)
    services = services_on(database, key)
    runner = JobRunner(
        database,
        job_functions(services.execution_limit),
        services,
        lease=LEASE,
        lines={"tests": Line(frozenset(), 5)},
    )
    serving = InProcessRunner(runner, {"default": 2, "tests": 2}, sweep_every=timedelta(seconds=0.2))
    database.on_enqueued = serving.wake
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.stop)
    await serving.run()
    await database.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
