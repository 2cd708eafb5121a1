"""The primary rate limit: a budget of requests an hour for each caller."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.github.answers import Refusal
from simulators.github.models import Json

HOUR = timedelta(hours=1)


@dataclass
class _Window:
    resets_at: datetime
    used: int = 0


class RateLimit:
    """Counts requests by caller; a `limit` of None switches the limit off, as on Enterprise Server."""

    def __init__(self, limit: int | None = 5_000) -> None:
        self.limit = limit
        self._windows: dict[str, _Window] = {}

    def _window(self, caller: str, now: datetime) -> _Window:
        window = self._windows.get(caller)
        if window is None or now >= window.resets_at:
            window = self._windows[caller] = _Window(now + HOUR)
        return window

    def demand(self, caller: str, now: datetime) -> None:
        """403 when the budget is spent (GitHub REST, Rate limits)."""
        if self.limit is not None and self._window(caller, now).used >= self.limit:
            raise Refusal(403, f"API rate limit exceeded for {caller.replace(':', ' ID ')}.")

    def spend(self, caller: str, now: datetime) -> None:
        """One request that counts; a 304 does not."""
        self._window(caller, now).used += 1

    def headers(self, caller: str, now: datetime) -> dict[str, str]:
        """The `x-ratelimit-*` headers."""
        if self.limit is None:
            return {}
        view = self.view(caller, now) | {"resource": "core"}
        return {f"x-ratelimit-{name}": str(value) for name, value in view.items()}

    def view(self, caller: str, now: datetime) -> Json:
        """rate-limit."""
        window, limit = self._window(caller, now), self.limit or 0
        used = min(window.used, limit)
        reset = int(window.resets_at.timestamp())
        return {"limit": limit, "remaining": limit - used, "used": used, "reset": reset}
