"""A connection's silence while its host asks for it."""

import threading
from datetime import datetime
from typing import Protocol

from providers.errors import RateLimited


class _Now(Protocol):
    def after(self, seconds: float) -> datetime: ...


class Hold:
    """Shared by the threads of one connection; `strikes` counts the limits that were hit in a row."""

    def __init__(self, clock: _Now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._blocked: RateLimited | None = None
        self.strikes = 0

    def check(self) -> None:
        """Raises again what the host said last, while it still asks us to wait."""
        blocked = self._blocked
        if blocked is not None and self._clock.after(0) < blocked.retry_at:
            raise RateLimited(str(blocked), retry_at=blocked.retry_at)

    def block(self, error: RateLimited, *, strike: bool = True) -> None:
        """Keeps silence until then; a wait that is asked for in a good answer is no strike."""
        with self._lock:
            if self._blocked is None or self._blocked.retry_at < error.retry_at:
                self._blocked = error
            self.strikes += strike

    def passed(self) -> None:
        """Hears that the host answered."""
        self.strikes = 0
