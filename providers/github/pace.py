"""One writer per installation, not too fast (GitHub REST, Best practices: serial writes, a second apart)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from providers.clock import Clock
from providers.sdk.hold import Hold

BURST = 10


class Gate(Hold):
    """What all calls in the name of one installation share.

    Up to ten writes go at once, so that a publication is not held up; many go one `interval` apart, which stays below
    the 80 a minute that GitHub allows.
    """

    def __init__(self, clock: Clock, interval: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        super().__init__(clock)
        self._now = clock.now
        self._interval = interval
        self._sleep = sleep
        self._writer = asyncio.Lock()
        self._paid_until = 0.0

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        async with self._writer:
            self._paid_until = max(self._paid_until, self._now() - BURST * self._interval) + self._interval
            if (wait := self._paid_until - self._now()) > 0:
                await self._sleep(wait)
            yield
