"""Which word on a CI run is newer, in whatever order they come."""

from dataclasses import dataclass
from datetime import datetime, timedelta

ENDED = "ended"
_ORDER = ("queued", "running", ENDED)
_SAME_END = timedelta(minutes=1)
"""Hosts tell the end of one run with times some seconds apart, by what is asked."""


@dataclass(frozen=True, slots=True)
class RunNews:
    """How far a run is; `attempt` is 0 where the host does not count, `at` is the host's own time of it."""

    attempt: int
    state: str
    outcome: str
    at: datetime | None

    @property
    def key(self) -> str:
        """Names the attempt: by its number, else by its time."""
        return str(self.attempt) if self.attempt or self.at is None else self.at.isoformat()


def is_newer(told: RunNews, known: RunNews) -> bool:
    """Tells whether `told` takes the place of `known`: a later attempt, or a later state of the same one.

    What has ended does not go back, unless the host counts no attempts and tells of a later time.
    """
    if told.attempt != known.attempt:
        return told.attempt > known.attempt
    later = _seconds(told, known)
    if known.state == ENDED:
        if told.attempt == 0 and told.state != ENDED:
            return later > 0
        changed = told.outcome != known.outcome or (told.attempt == 0 and later > _SAME_END.total_seconds())
        return told.state == ENDED and later > 0 and changed
    if told.state == ENDED:
        return told.attempt > 0 or later >= 0
    if told.state != known.state:
        return later > 0 or (later == 0 and _ORDER.index(told.state) > _ORDER.index(known.state))
    return later >= 0 and told.outcome != known.outcome


def _seconds(told: RunNews, known: RunNews) -> float:
    return (told.at - known.at).total_seconds() if told.at is not None and known.at is not None else 0.0
