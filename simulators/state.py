"""What the state of every simulated host begins with: its time, its numbers and its lock."""

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

Clock = Callable[[], datetime]


class HostState:
    """Whoever reads or changes more than one thing holds `lock`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ids = count(1)
        self.lock = threading.RLock()

    def now(self) -> datetime:
        """The host's time."""
        return self._clock().astimezone(UTC)

    def new_id(self, start: int = 0) -> int:
        """A number that nothing else here has, beyond `start`."""
        return start + next(self._ids)

    def new_sha(self) -> str:
        """A name for a commit, the same in every run of a test."""
        return hashlib.sha1(f"commit {next(self._ids)}".encode(), usedforsecurity=False).hexdigest()
