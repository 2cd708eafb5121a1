"""The host's time: ours may be wrong, and hosts name moments by theirs."""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = 86_400.0
"""Seconds that a host can have us wait; whoever asks for more is asked again after a day."""


class Clock:
    """Our time in seconds, and how far the host's is ahead of it."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.ahead = 0.0

    def host_now(self) -> float:
        return self.now() + self.ahead

    def learn(self, headers: Mapping[str, str]) -> bool:
        """Takes the host's time from a `Date` header; tells whether we were wrong by more than a few seconds."""
        date = read_date(headers.get("date", ""))
        if date is None or abs(date - self.host_now()) < 5:
            return False
        self.ahead = date - self.now()
        return True

    def after(self, seconds: float) -> datetime:
        """Gives a moment in our own time, a day away at most."""
        return datetime.fromtimestamp(self.now(), UTC) + timedelta(seconds=min(seconds, LONGEST))

    def until(self, epoch: float, headers: Mapping[str, str]) -> float:
        """Counts the seconds up to a moment that the host named, by the host's own clock."""
        date = read_date(headers.get("date", ""))
        return epoch - (self.host_now() if date is None else date)


def read_date(value: str) -> float | None:
    """Reads an HTTP date (RFC 9110, section 5.6.7) as seconds since 1970; None when it is none."""
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def read_seconds(value: str) -> float | None:
    """Reads a number that isn't negative; None when it is none."""
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
