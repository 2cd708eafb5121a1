"""A worker process for crash tests: `python -m tests.queue.worker DATABASE_URL REDIS_URL JOURNAL GRACE`.

An empty REDIS_URL makes it an in-process runner. Each line of the journal is one thing that happened.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from bot.queue.arq_runner import ArqRunner
from bot.queue.functions import JobFunctions
from bot.queue.inprocess import InProcessRunner
from bot.queue.redis_queue import RedisQueue
from bot.queue.run import JobRunner
from bot.store.database import Database

LEASE = timedelta(seconds=2)
SWEEP = timedelta(seconds=0.2)


class Journal:
    """Appends whole lines, from any number of processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, *words: str) -> None:
        with self._path.open("a") as file:
            file.write(" ".join((*words, str(os.getpid()))) + "\n")


async def work(journal: Journal, *, name: str, key: str, seconds: float) -> None:
    """Takes some time, which is what a crash is to fall into."""
    journal.write("begin", name, key)
    await asyncio.sleep(seconds)
    journal.write("end", name, key)


async def main(database_url: str, redis_url: str, path: str, grace: str) -> None:
    functions = JobFunctions()
    functions.add(work)
    journal = Journal(Path(path))
    database = Database(database_url)
    runner = JobRunner(database, functions, journal, lease=LEASE, organization_jobs=100)
    limit = timedelta(seconds=float(grace))
    queue = RedisQueue(redis_url) if redis_url else None
    serving: ArqRunner | InProcessRunner
    if queue is None:
        serving = InProcessRunner(runner, {"default": 4}, grace=limit, sweep_every=SWEEP)
        database.on_enqueued = serving.wake
    else:
        serving = ArqRunner(runner, queue, {"default": 4}, grace=limit, sweep_every=SWEEP)
        database.on_enqueued = queue.wake
    announcing = asyncio.create_task(queue.run()) if queue else None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.stop)
    journal.write("ready")
    await serving.run()
    if queue is not None and announcing is not None:
        queue.stop()
        await announcing
    await database.aclose()
    journal.write("stopped")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
