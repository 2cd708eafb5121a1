"""Runs jobs on a worker that arq feeds from Redis."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from arq.worker import Worker, func

from bot.queue.ending import cancel, wind_up
from bot.queue.lane import Lane
from bot.queue.redis_queue import FUNCTION, PREFIX, RedisQueue
from bot.queue.run import JobRunner
from bot.queue.sweeper import SWEEP_EVERY, Sweeper
from bot.store.jobs import QueuedJob

log = logging.getLogger(__name__)

_RECONNECT = 1.0
_SPARE = timedelta(minutes=1)


class ArqRunner:
    """Serves queues until `stop` is called; `queues` says how many jobs of each run at a time.

    Running jobs then have `grace` to end; those that do not are cancelled and go back to the table.
    While Redis is away running jobs go on and no further one starts, but of queues that stand in line: their jobs are
    taken from the table, which alone knows whose turn it is, and Redis only says when to look.
    """

    def __init__(
        self,
        runner: JobRunner,
        queue: RedisQueue,
        queues: Mapping[str, int],
        *,
        grace: timedelta = timedelta(seconds=20),
        sweep_every: timedelta | None = None,
    ) -> None:
        self._runner = runner
        self._queue = queue
        self._grace = grace
        self._lanes = [Lane(runner, queue, slots) for queue, slots in queues.items() if queue in runner.lines]
        self._queues = {queue: slots for queue, slots in queues.items() if queue not in runner.lines}
        self._sweeper = Sweeper(
            runner.database,
            queues.keys(),
            every=sweep_every or min(runner.lease, SWEEP_EVERY),
            push=queue.push_again,
            rounds=runner.functions.rounds,
            strikes=runner.functions.strikes,
            clock=runner.clock,
        )
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[Any]] = set()

    def stop(self) -> None:
        """Lets no further job start; `run` returns when those that run have ended."""
        self._stopping.set()

    async def run(self) -> None:
        """Serves until stopped or cancelled."""
        serving = [asyncio.create_task(self._serve(*item), name=f"queue {item[0]}") for item in self._queues.items()]
        serving += [asyncio.create_task(lane.serve(), name=f"queue {lane.queue}") for lane in self._lanes]
        serving += [asyncio.create_task(self._listen(lane), name=f"calls of {lane.queue}") for lane in self._lanes]
        serving.append(asyncio.create_task(self._sweeper.run(), name="sweeper"))
        try:
            await self._stopping.wait()
        finally:
            await cancel(serving, again=0.5)
            pulled = [task for lane in self._lanes for task in lane.running.values()]
            await wind_up([*self._running, *pulled], self._grace)

    async def _listen(self, lane: Lane) -> None:
        while True:
            try:
                async for _ in self._queue.calls(lane.queue):
                    lane.changed.set()
            except Exception:
                log.debug("no calls of queue %s are heard: its table is looked at every second", lane.queue)
            await asyncio.sleep(_RECONNECT)

    async def _serve(self, queue: str, slots: int) -> None:
        told = False
        while True:
            # A new one each time: after an error in the middle of a look arq may have lost count of its slots.
            worker = self._worker(queue, slots)
            try:
                await self._queue.redis.ping()
                if told:
                    log.info("Redis is back: queue %s is served again", queue)
                    told = False
                await worker.async_run()
            except Exception as error:
                if not told:
                    log.warning("Redis can't be used (%r): queue %s waits for it", error, queue)
                    told = True
            finally:
                self._keep(worker)
            await asyncio.sleep(_RECONNECT)

    def _worker(self, queue: str, slots: int) -> Worker:
        async def run(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
            await self._runner.run_job(QueuedJob(args[0], queue, args[1]))

        return Worker(
            # arq's time limit is only a net: the registry has the real ones.
            [func(run, name=FUNCTION, timeout=self._runner.functions.longest + _SPARE)],
            queue_name=PREFIX + queue,
            redis_pool=self._queue.redis,
            handle_signals=False,
            max_jobs=slots,
            max_tries=1_000,
            keep_result=0,
            poll_delay=0.05,
            job_serializer=self._queue.redis.job_serializer,
            job_deserializer=self._queue.redis.job_deserializer,
            log_results=False,
        )

    def _keep(self, worker: Worker) -> None:
        """Holds on to what still runs under a worker that is given up, so that it ends well."""
        for task in worker.tasks.values():
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.debug("arq could not tell Redis of an ended job: %r", error)
