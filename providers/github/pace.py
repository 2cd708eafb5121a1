"""One writer per installation, not too fast (GitHub REST, Best practices: serial writes, a second apart)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from providers.clock import Clock
from providers.errors import RateLimited

BURST = 10


class Gate:
    """What all calls in the name of one installation share.

    Up to ten writes go at once, so that a publication is not held up; many go one `interval` apart, which stays below
    the 80 a minute that GitHub allows.
    """

    def __init__(self, clock: Clock, interval: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._clock = clock
        self._interval = interval
        self._sleep = sleep
        self._writer = asyncio.Lock()
        self._paid_until = 0.0
        self._blocked: RateLimited | None = None
        self.strikes = 0

    def check(self) -> None:
        """Raises again what GitHub said last, while it still asks us to wait."""
        if self._blocked is not None:
            if self._clock.after(0) < self._blocked.retry_at:
                raise RateLimited(str(self._blocked), retry_at=self._blocked.retry_at)
            self._blocked = None

    def block(self, error: RateLimited) -> None:
        self._blocked = error
        self.strikes += 1

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        async with self._writer:
            self._paid_until = max(self._paid_until, self._clock.now() - BURST * self._interval) + self._interval
            if (wait := self._paid_until - self._clock.now()) > 0:
                await self._sleep(wait)
            yield
