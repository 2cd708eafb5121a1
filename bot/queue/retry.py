"""What becomes of a job that failed."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.masking import mask
from providers.errors import ProviderError, RateLimited, Unavailable

STRIKES = 5
"""Runs that may fail by themselves, or take their worker with them, before the job is dead."""
OUTAGE = timedelta(days=1)
"""How long a host may be away before a job for it is dead."""

_SHORTEST = timedelta(seconds=1)
_LONGEST = timedelta(minutes=10)
_TAIL = 4_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Queued again at `run_at`, or dead when there is none."""

    error: str
    run_at: datetime | None = None
    counted: bool = True
    first_failed_at: datetime | None = None


def judge(
    error: Exception, *, attempts: int, first_failed_at: datetime | None, now: datetime, jitter: Callable[[], float]
) -> Verdict:
    """Decides by the kind of error; `attempts` counts this run, `jitter` gives a number from 0 to 1."""
    error = _only(error)
    since = first_failed_at or now
    if isinstance(error, RateLimited):
        # A host that names its time is up: an outage before it is over.
        return Verdict(_brief(error), max(error.retry_at, now + _SHORTEST), counted=False)
    if isinstance(error, Unavailable):
        if now - since >= OUTAGE:
            return Verdict(f"given up after {OUTAGE / timedelta(hours=1):.0f} hours: {_brief(error)}")
        # Waiting as long again as it has lasted doubles the pause each time, with no need to count.
        return Verdict(_brief(error), now + _pause(now - since, jitter), counted=False, first_failed_at=since)
    if isinstance(error, ProviderError):
        return Verdict(_brief(error))
    if attempts >= STRIKES:
        return Verdict(_tail(error))
    return Verdict(_tail(error), now + _pause(timedelta(seconds=4 ** (attempts - 1)), jitter), first_failed_at=since)


def _pause(base: timedelta, jitter: Callable[[], float]) -> timedelta:
    """From 1 second to 15 minutes."""
    return min(max(base, _SHORTEST), _LONGEST) * (1 + jitter() / 2)


def _only(error: Exception) -> Exception:
    """Gives what a task group wrapped, if it is one thing."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _brief(error: Exception) -> str:
    return mask(f"{type(error).__name__}: {error}")[-_TAIL:]


def _tail(error: Exception) -> str:
    return mask("".join(traceback.format_exception(error)))[-_TAIL:]
