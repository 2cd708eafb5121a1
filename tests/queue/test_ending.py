"""Tasks end, even those that need to be told twice."""

import asyncio
from datetime import timedelta

import pytest

from bot.queue.ending import cancel, wind_up

pytestmark = pytest.mark.anyio


async def stubborn(began: asyncio.Event) -> None:
    began.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


async def test_a_cancellation_that_is_swallowed_is_repeated() -> None:
    began = asyncio.Event()
    task = asyncio.create_task(stubborn(began))
    await began.wait()
    await cancel([task], again=0.01)
    assert task.cancelled()


async def test_jobs_that_end_in_time_are_not_cancelled() -> None:
    go = asyncio.Event()
    task = asyncio.create_task(go.wait())
    ending = asyncio.create_task(wind_up([task], timedelta(seconds=30)))
    await asyncio.sleep(0)
    go.set()
    await ending
    assert task.result() is True
    await wind_up([], timedelta(0))
