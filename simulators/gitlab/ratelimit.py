"""Rate limits: a budget of requests a minute for each user (GitLab, Rate limits)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime


@dataclass
class _Window:
    ends_at: datetime
    used: int = 0


class RateLimit:
    """Counts by key in windows of a minute; a `limit` of None counts without end."""

    def __init__(self, name: str, limit: int | None) -> None:
        self.name = name
        self.limit = limit
        self._windows: dict[str, _Window] = {}

    def spend(self, key: str, now: datetime) -> bool:
        """Counts one request; False if the budget is spent."""
        window = self._window(key, now)
        window.used += 1
        return self.limit is None or window.used <= self.limit

    def headers(self, key: str, now: datetime) -> dict[str, str]:
        """The `RateLimit-*` headers; with `Retry-After` when the budget is spent."""
        if self.limit is None:
            return {}
        window = self._window(key, now)
        headers = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Name": self.name,
            "RateLimit-Observed": str(window.used),
            "RateLimit-Remaining": str(max(self.limit - window.used, 0)),
            "RateLimit-Reset": str(int(window.ends_at.timestamp())),
            "RateLimit-ResetTime": format_datetime(window.ends_at, usegmt=True),
        }
        if window.used > self.limit:
            headers["Retry-After"] = str(max(int((window.ends_at - now).total_seconds()), 1))
        return headers

    def _window(self, key: str, now: datetime) -> _Window:
        window = self._windows.get(key)
        if window is None or now >= window.ends_at:
            whole = now.replace(second=0, microsecond=0)
            window = self._windows[key] = _Window(whole + timedelta(minutes=1))
        return window
