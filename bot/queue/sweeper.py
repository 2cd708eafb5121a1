"""Brings back what got lost: jobs of workers that died, and jobs that Redis forgot."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.queue.retry import STRIKES
from bot.store import jobs
from bot.store.base import now
from bot.store.database import Database
from bot.store.deliveries import purge_deliveries
from bot.store.hosting import unchecked_integrations
from bot.store.idempotency import purge_requests
from bot.store.jobs import QueuedJob
from bot.store.log_chunks import drop_ended_chunks
from bot.store.models import JobState

log = logging.getLogger(__name__)

Push = Callable[[Sequence[QueuedJob]], Awaitable[None]]

DEFAULT = "default"
SWEEP_EVERY = timedelta(seconds=5)

_EACH = 1_000
_LIMIT = 5_000
_PURGE_EVERY = timedelta(hours=1)
_LINGERS = timedelta(minutes=1)
"""How long the live output of a run stays after its end, for readers who are behind."""
_CHECK_EVERY = timedelta(days=1)
_ANSWERS_LAST = timedelta(days=1)
"""How long the answer to a keyed request is given again."""


class Sweeper:
    """Looks through the table now and then; every worker has one, and any number may work at a time.

    `push` gets the jobs that should have started `every` ago: for runners that do not read the table themselves.
    `rounds` are functions that queue their next job when they end; it begins them. `strikes` tells how many workers may
    die over a job, by its function.
    """

    def __init__(
        self,
        database: Database,
        queues: Collection[str],
        *,
        every: timedelta = SWEEP_EVERY,
        keep_done: timedelta = timedelta(days=7),
        push: Push | None = None,
        rounds: Sequence[str] = (),
        strikes: Callable[[str], int] = lambda _: STRIKES,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._queues = tuple(queues)
        self._every = every
        self._keep_done = keep_done
        self._push = push
        self._rounds = tuple(rounds) if DEFAULT in self._queues else ()
        self._strikes = strikes
        self._clock = clock
        self._purged: datetime | None = None
        self._forgot: datetime | None = None

    async def run(self) -> None:
        """Sweeps until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("the job table could not be swept; trying again")
            await asyncio.sleep(self._every.total_seconds())

    async def sweep(self) -> None:
        """Looks through the table once."""
        at = self._clock()
        await self._bring_back(at)
        if self._forgot is None or at - self._forgot >= _LINGERS:
            self._forgot = at
            async with self._database.write() as session:
                await drop_ended_chunks(session, before=at - _LINGERS)
        if self._purged is None or at - self._purged >= _PURGE_EVERY:
            self._purged = at
            async with self._database.write() as session:
                await jobs.purge(session, self._queues, before=at - self._keep_done)
                await purge_deliveries(session, before=at - self._keep_done)
                await purge_requests(session, before=at - _ANSWERS_LAST)
                await self._look_after_credentials(session, at)
                await self._keep_rounds(session, at)
        if self._push is not None:
            for queue in self._queues:
                async with self._database.read() as session:
                    lost = await jobs.overdue(session, queue, before=at - self._every, each=_EACH, limit=_LIMIT)
                if lost:
                    await self._push(lost)

    async def _look_after_credentials(self, session: AsyncSession, at: datetime) -> None:
        for integration in await unchecked_integrations(session, before=at - _CHECK_EVERY):
            await jobs.enqueue(
                session,
                "check_integration",
                {"integration_id": integration.id},
                organization_id=integration.organization_id,
                dedupe_key=f"check:{integration.id}",
                exclusive_key=f"check:{integration.id}",
                now=at,
            )

    async def _keep_rounds(self, session: AsyncSession, at: datetime) -> None:
        """Begins what comes round by itself, unless the next time is set already."""
        for function in self._rounds:
            key = f"round:{function}"
            await jobs.enqueue(session, function, {}, dedupe_key=key, exclusive_key=key, now=at)

    async def _bring_back(self, at: datetime) -> None:
        async with self._database.read() as session:
            if not await jobs.any_abandoned(session, self._queues, now=at):
                return
        async with self._database.write() as session:
            for job in await jobs.abandoned(session, self._queues, now=at):
                if job.attempts >= self._strikes(job.function):
                    # The token behind it means nothing to people.
                    last = str(job.lease_owner).rpartition(":")
                    error = f"its worker died or was lost {job.attempts} times, last {last[0] or last[2]}"
                    log.error("job %s (%s) is dead: %s", job.id, job.function, error)
                    await jobs.finish(session, job, JobState.DEAD, error=error, now=at)
                    continue
                error = f"its worker {job.lease_owner} died or was lost"
                log.warning("job %s (%s) runs again: %s", job.id, job.function, error)
                since = job.first_failed_at
                await jobs.put_back(session, job, run_at=at, counted=True, first_failed_at=since, error=error, now=at)
