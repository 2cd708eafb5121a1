"""Runs jobs in this process, straight from the table."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.queue.ending import cancel, wind_up
from bot.queue.lane import Lane
from bot.queue.run import JobRunner
from bot.queue.sweeper import SWEEP_EVERY, Sweeper
from bot.store.jobs import QueuedJob


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
        self._lanes = [Lane(runner, queue, slots) for queue, slots in queues.items()]
        self._sweeper = Sweeper(
            runner.database,
            queues.keys(),
            every=sweep_every or min(runner.lease, SWEEP_EVERY),
            rounds=runner.functions.rounds,
            strikes=runner.functions.strikes,
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
