"""Runs jobs in this process, straight from the table."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.queue.ending import cancel, wind_up
from bot.queue.run import JobRunner
from bot.queue.sweeper import SWEEP_EVERY, Sweeper
from bot.store import jobs
from bot.store.jobs import QueuedJob

log = logging.getLogger(__name__)

_IDLE = timedelta(seconds=1)
"""The longest sleep: jobs may be queued by another process, which can't wake this one."""


class InProcessRunner:
    """Serves queues until `stop` is called; `queues` says how many jobs of each run at a time.

    Running jobs then have `grace` to end; those that do not are cancelled and go back to the table.
    """

    def __init__(
        self,
        runner: JobRunner,
        queues: Mapping[str, int],
        *,
        grace: timedelta = timedelta(seconds=20),
        sweep_every: timedelta | None = None,
    ) -> None:
        self._runner = runner
        self._grace = grace
        self._lanes = [_Lane(runner, queue, slots) for queue, slots in queues.items()]
        self._sweeper = Sweeper(
            runner.database,
            queues.keys(),
            every=sweep_every or min(runner.lease, SWEEP_EVERY),
            rounds=runner.functions.rounds,
            clock=runner.clock,
        )
        self._stopping = asyncio.Event()

    def wake(self, queued: Sequence[QueuedJob]) -> None:
        """Has the table looked at now: what `Database.on_enqueued` is set to."""
        for lane in self._lanes:
            lane.changed.set()

    def stop(self) -> None:
        """Lets no further job start; `run` returns when those that run have ended."""
        self._stopping.set()

    async def run(self) -> None:
        """Serves until stopped or cancelled."""
        serving = [asyncio.create_task(lane.serve(), name=f"queue {lane.queue}") for lane in self._lanes]
        serving.append(asyncio.create_task(self._sweeper.run(), name="sweeper"))
        try:
            await self._stopping.wait()
        finally:
            await cancel(serving, again=0.5)
            await wind_up([task for lane in self._lanes for task in lane.running.values()], self._grace)


class _Lane:
    """One queue with its slots."""

    def __init__(self, runner: JobRunner, queue: str, slots: int) -> None:
        self.queue = queue
        self.changed = asyncio.Event()
        self.running: dict[str, asyncio.Task[None]] = {}
        self._runner = runner
        self._slots = slots

    async def serve(self) -> None:
        while True:
            self.changed.clear()
            try:
                pause = await self._start_due()
            except Exception:
                log.exception("the jobs of queue %s could not be read; trying again", self.queue)
                pause = _IDLE
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await self.changed.wait()
            except TimeoutError:
                pass

    async def _start_due(self) -> timedelta:
        """Starts as many due jobs as there are slots; gives the time until the next look."""
        while free := self._slots - len(self.running):
            now, full = self._runner.clock(), self._runner.turns.full
            limit = free + len(self.running)
            async with self._runner.database.read() as session:
                found = await jobs.due(session, self.queue, now=now, limit=limit, without=full)
                if not found:
                    next_at = await jobs.next_run_at(session, self.queue, now=now)
                    return _IDLE if next_at is None else max(min(next_at - self._runner.clock(), _IDLE), timedelta(0))
            started = 0
            for job in found:
                # What was started a moment ago may not be claimed yet.
                if job.id not in self.running and len(self.running) < self._slots:
                    started += self._start(job)
            if not started:
                break
        return _IDLE

    def _start(self, job: QueuedJob) -> bool:
        if job.organization_id in self._runner.turns.full:
            return False
        task = asyncio.create_task(self._runner.run_job(job), name=f"job {job.id}")
        self.running[job.id] = task
        task.add_done_callback(lambda _: self._ended(job.id))
        return True

    def _ended(self, job_id: str) -> None:
        del self.running[job_id]
        self.changed.set()
