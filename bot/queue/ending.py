"""Ends tasks and waits until they have ended."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any


async def cancel(tasks: Iterable[asyncio.Task[Any]], *, again: float) -> None:
    """Cancels tasks until they have ended: libraries swallow a cancellation now and then.

    `again` are the seconds after which one that still runs is cancelled once more.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=again)


async def wind_up(tasks: Iterable[asyncio.Task[Any]], grace: timedelta) -> None:
    """Gives jobs some time to end, then cancels them."""
    late = set(tasks)
    if late:
        _, late = await asyncio.wait(late, timeout=grace.total_seconds())
    # Time enough to give themselves back to the table.
    await cancel(late, again=5.0)
