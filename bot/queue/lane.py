"""Takes the jobs of one queue straight from the table."""

import asyncio
import logging
from datetime import timedelta

from bot.queue.run import JobRunner
from bot.store import jobs

log = logging.getLogger(__name__)

_IDLE = timedelta(seconds=1)
"""The longest sleep: jobs may be queued by another process, which can't wake this one."""


class Lane:
    """One queue with its slots: how many of its jobs run here at a time."""

    def __init__(self, runner: JobRunner, queue: str, slots: int) -> None:
        self.queue = queue
        self.changed = asyncio.Event()
        self.running: dict[str, asyncio.Task[None]] = {}
        self._runner = runner
        self._line = runner.lines.get(queue)
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
                if self._line is None:
                    found = await jobs.due(session, self.queue, now=now, limit=limit, without=full)
                else:
                    found = await self._line.due(session, self.queue, now=now, limit=limit, without=full)
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

    def _start(self, job: jobs.QueuedJob) -> bool:
        if job.organization_id in self._runner.turns.full:
            return False
        task = asyncio.create_task(self._runner.run_job(job), name=f"job {job.id}")
        self.running[job.id] = task
        task.add_done_callback(lambda _: self._ended(job.id))
        return True

    def _ended(self, job_id: str) -> None:
        del self.running[job_id]
        self.changed.set()
