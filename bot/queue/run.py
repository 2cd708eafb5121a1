"""Runs one job of the table: claims it, keeps it, and settles what came of it."""

import asyncio
import logging
import os
import random
import socket
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy.exc import IntegrityError

from bot.domain.ids import new_id
from bot.queue.functions import Context, JobFunctions
from bot.queue.retry import judge
from bot.queue.turns import Turns
from bot.store import jobs
from bot.store.base import now
from bot.store.database import Database
from bot.store.jobs import QueuedJob
from bot.store.line import Line
from bot.store.models import Job, JobState

log = logging.getLogger(__name__)


class RanTooLong(Exception):
    """A run reached the limit of its function."""


class JobRunner:
    """Runs jobs by their id, any number at a time. What is in the table decides, not who asked or how often.

    `lines` are the queues whose jobs stand in line, and how this worker takes them.
    """

    def __init__(
        self,
        database: Database,
        functions: JobFunctions,
        context: Context,
        *,
        lease: timedelta = timedelta(seconds=30),
        organization_jobs: int = 5,
        lines: Mapping[str, Line] = MappingProxyType({}),
        clock: Callable[[], datetime] = now,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.database = database
        self.functions = functions
        self.lease = lease
        self.clock = clock
        self.turns = Turns(organization_jobs)
        self.lines = lines
        self._context = context
        self._jitter = jitter
        self.worker = f"{socket.gethostname()[:36]}:{os.getpid()}"

    async def run_job(self, queued: QueuedJob) -> None:
        """Runs a job if it is due and free, and its organization below its limit; else somebody calls again later.

        Raises no Exception: when the database fails, the job is left to the sweeper.
        """
        if not self.turns.take(queued.organization_id):
            return
        job = None
        try:
            job = await self._claim(queued)
            if job is not None:
                await self._run(job)
        except Exception:
            log.exception("job %s is left to the sweeper", queued.id)
        finally:
            self.turns.give_back(queued.organization_id)
        if job is not None:
            await self._call_heirs(job)

    async def _claim(self, queued: QueuedJob) -> Job | None:
        token = f"{self.worker}:{new_id()[-12:]}"
        line = self.lines.get(queued.queue)
        try:
            async with self.database.write() as session:
                if line is not None and not await line.may_start(session, queued.id):
                    return None
                return await jobs.claim(session, queued.id, token=token, lease=self.lease, now=self.clock())
        except IntegrityError:
            return None

    async def _run(self, job: Job) -> None:
        failure: Exception | None = None
        try:
            async with asyncio.timeout(self.lease.total_seconds()) as lease:
                await self._call(job, lease)
        except asyncio.CancelledError as cancelled:
            if _is_asked_to_stop():
                await asyncio.shield(self._give_back(job))
                raise
            failure = RuntimeError("the job function cancelled itself")
            failure.__cause__ = cancelled
        except Exception as error:
            failure = error
        if lease.expired():
            log.error("job %s (%s) was taken from this worker; its result is dropped", job.id, job.function)
            return
        if not await self._settle(job, failure):
            log.error("job %s (%s) was taken from this worker as it ended", job.id, job.function)

    async def _call(self, job: Job, lease: asyncio.Timeout) -> None:
        """Calls the function while a second task renews the lease, which is the time limit of this block."""
        ended = asyncio.Event()
        renewing = asyncio.create_task(self._renew(job, lease, ended), name=f"lease of {job.id}")
        try:
            function = self.functions.get(job.function)
            async with asyncio.timeout(function.limit.total_seconds()) as limit:
                await function.call(self._context, **job.arguments)
        except TimeoutError as error:
            if limit.expired():
                raise RanTooLong(f"cut off after {function.limit}") from error
            raise
        finally:
            # Not cancelled: that could hit it in the middle of a transaction.
            ended.set()
            await renewing

    async def _renew(self, job: Job, lease: asyncio.Timeout, ended: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while not await _within(ended, self.lease / 3):
            asked = loop.time()
            try:
                async with self.database.write() as session:
                    held = await jobs.renew(session, job, lease_until=self.clock() + self.lease)
            except Exception:
                log.warning("the lease of job %s could not be renewed", job.id, exc_info=True)
                continue
            if ended.is_set() or lease.expired():
                return
            lease.reschedule(asked + self.lease.total_seconds() if held else asked)
            if not held:
                return

    async def _settle(self, job: Job, failure: Exception | None) -> bool:
        at = self.clock()
        async with self.database.write() as session:
            if failure is None:
                return await jobs.finish(session, job, JobState.DONE, now=at)
            verdict = judge(
                failure, attempts=job.attempts, first_failed_at=job.first_failed_at, now=at, jitter=self._jitter
            )
            if verdict.run_at is None:
                log.error("job %s (%s) is dead: %s", job.id, job.function, verdict.error)
                return await jobs.finish(session, job, JobState.DEAD, error=verdict.error, now=at)
            log.warning("job %s (%s) runs again at %s: %s", job.id, job.function, verdict.run_at, verdict.error)
            return await jobs.put_back(
                session,
                job,
                run_at=verdict.run_at,
                counted=verdict.counted,
                first_failed_at=verdict.first_failed_at,
                error=verdict.error,
                now=at,
            )

    async def _give_back(self, job: Job) -> None:
        at = self.clock()
        since, error = job.first_failed_at, job.error
        try:
            async with self.database.write() as session:
                await jobs.put_back(session, job, run_at=at, counted=False, first_failed_at=since, error=error, now=at)
        except Exception:
            log.exception("job %s could not be given back and is left to the sweeper", job.id)

    async def _call_heirs(self, job: Job) -> None:
        """Wakes who waited for this job to end; read after its end is committed, so that nobody is overlooked."""
        refused = self.turns.waits(job.organization_id)
        if job.exclusive_key is None and not refused:
            return
        try:
            async with self.database.read() as session:
                found = await jobs.heirs(session, job, of_organization=refused, now=self.clock())
        except Exception:
            log.exception("who waited for job %s is left to the sweeper", job.id)
            return
        if not any(heir.organization_id == job.organization_id for heir in found):
            self.turns.forget(job.organization_id)
        if found:
            self.database.wake(found)


def _is_asked_to_stop() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _within(event: asyncio.Event, limit: timedelta) -> bool:
    """Waits for an event; False when it did not come in time."""
    try:
        async with asyncio.timeout(limit.total_seconds()):
            return await event.wait()
    except TimeoutError:
        return False
