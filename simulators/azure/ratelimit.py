"""The usage limit: a budget in a sliding window, first enforced by delays, then by refusals."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
MAX_DELAY = 30
RESOURCE = "Concurrency"


@dataclass
class RateLimit:
    """Counts requests of each caller in five minutes (Azure DevOps, Rate and usage limits); None is no limit.

    Beyond `limit` an answer comes `delay` seconds late and says so; beyond twice the limit it is 429.
    """

    limit: int | None = None
    delay: int = MAX_DELAY
    _used: dict[str, deque[datetime]] = field(default_factory=dict)

    def spend(self, caller: str, now: datetime) -> None:
        """One more request."""
        self._window(caller, now).append(now)

    def delay_of(self, caller: str, now: datetime) -> int:
        """By how many seconds the next answer is late."""
        if self.limit is None or self.blocks(caller, now) or len(self._window(caller, now)) <= self.limit:
            return 0
        return self.delay

    def blocks(self, caller: str, now: datetime) -> bool:
        """Whether the caller is refused until the window has moved on."""
        return self.limit is not None and len(self._window(caller, now)) > 2 * self.limit

    def headers(self, caller: str, now: datetime) -> dict[str, str]:
        """`X-RateLimit-*` and `Retry-After`, which are only there when the limit is near."""
        window = self._window(caller, now)
        if self.limit is None or len(window) * 5 < self.limit * 4:
            return {}
        reset = (window[0] if window else now) + WINDOW
        told = {
            "x-ratelimit-resource": RESOURCE,
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(self.limit - len(window), 0)),
            "x-ratelimit-reset": str(int(reset.timestamp())),
        }
        if self.blocks(caller, now):
            told["retry-after"] = str(max(int((reset - now).total_seconds()), 1))
        elif delay := self.delay_of(caller, now):
            told |= {"x-ratelimit-delay": str(delay), "retry-after": str(delay)}
        return told

    def _window(self, caller: str, now: datetime) -> deque[datetime]:
        window = self._used.setdefault(caller, deque())
        while window and window[0] <= now - WINDOW:
            window.popleft()
        return window
