"""Waiting for something that has to happen, however long the machine takes for it."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

LIMIT = 60.0


async def until(condition: Callable[[], bool | Awaitable[bool]], limit: float = LIMIT) -> None:
    """Returns as soon as a condition holds. Raises AssertionError when it does not in `limit` seconds."""
    end = time.monotonic() + limit
    while True:
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        assert time.monotonic() < end, f"waited {limit} seconds in vain"
        await asyncio.sleep(0.01)
