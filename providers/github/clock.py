"""The host's time: ours may be wrong, and GitHub refuses tokens that are from its future."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


class Clock:
    """Our time in seconds, and how far the host's is ahead of it."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.ahead = 0.0

    def host_now(self) -> float:
        return self.now() + self.ahead

    def learn(self, headers: Mapping[str, str]) -> bool:
        """Takes the host's time from a `Date` header; tells whether we were wrong by more than a few seconds."""
        date = _date(headers)
        if date is None or abs(date - self.host_now()) < 5:
            return False
        self.ahead = date - self.now()
        return True

    def after(self, seconds: float) -> datetime:
        """Gives a moment in our own time."""
        return datetime.fromtimestamp(self.now(), UTC) + timedelta(seconds=seconds)

    def until(self, epoch: float, headers: Mapping[str, str]) -> float:
        """Counts the seconds up to a moment that the host named, by the host's own clock."""
        date = _date(headers)
        return epoch - (self.host_now() if date is None else date)


def _date(headers: Mapping[str, str]) -> float | None:
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError):
        return None
