"""Says that this process takes test runs, and which, for as long as it does."""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from bot.domain.ids import new_id
from bot.store.base import now
from bot.store.database import Database
from bot.store.nodes import SILENCE, beat, leave

log = logging.getLogger(__name__)

EVERY = SILENCE / 6


class Heartbeat:
    """One testing node in the table of nodes; `labels` include its executors."""

    def __init__(
        self,
        database: Database,
        name: str,
        labels: Collection[str],
        *,
        every: timedelta = EVERY,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._id = new_id()
        self._name = name
        self._labels = frozenset(labels)
        self._every = every
        self._clock = clock
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Has `run` take the node out of the table and return."""
        self._stopping.set()

    async def run(self) -> None:
        """Beats until stopped; a database that is away is tried again."""
        while not self._stopping.is_set():
            await self.beat()
            try:
                async with asyncio.timeout(self._every.total_seconds()):
                    await self._stopping.wait()
            except TimeoutError:
                pass
        try:
            async with self._database.write() as session:
                await leave(session, self._id)
        except Exception:
            log.warning("node %s could not be taken out of the table; it is taken for dead soon", self._name)

    async def beat(self) -> None:
        try:
            async with self._database.write() as session:
                await beat(session, self._id, self._name, self._labels, now=self._clock())
        except Exception:
            log.warning("node %s could not say that it is at work; trying again", self._name, exc_info=True)
