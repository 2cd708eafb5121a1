"""SDK clients that wait for their next call: never used by two threads at once, bounded in number and in age."""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

C = TypeVar("C")

MOST = 64
AGE = 30.0
"""Seconds of waiting after which a client goes: firewalls forget silent connections."""


@dataclass(frozen=True, slots=True, eq=False)
class _Idle(Generic[C]):
    key: Hashable
    client: C
    since: float


class Clients(Generic[C]):
    """The clients of one kind of host; SDKs make no promise for threads, so each call has one for itself."""

    def __init__(self, close: Callable[[C], None], most: int = MOST, now: Callable[[], float] = time.monotonic) -> None:
        self._close = close
        self._most = most
        self._now = now
        self._lock = threading.Lock()
        self._idle: deque[_Idle[C]] = deque()
        self._closed = False

    @contextmanager
    def lease(self, key: Hashable, make: Callable[[], C]) -> Iterator[C]:
        """Lends the client of `key` that was used last, or a new one."""
        client = self._take(key)
        if client is None:
            client = make()
        try:
            yield client
        finally:
            self._give_back(key, client)

    def close(self) -> None:
        """Closes those that wait at once, the others when they come back."""
        with self._lock:
            self._closed = True
            gone = list(self._idle)
            self._idle.clear()
        self._close_all(gone)

    def _take(self, key: Hashable) -> C | None:
        with self._lock:
            gone = self._aged()
            found = next((idle for idle in reversed(self._idle) if idle.key == key), None)
            if found is not None:
                self._idle.remove(found)
        self._close_all(gone)
        return found.client if found is not None else None

    def _give_back(self, key: Hashable, client: C) -> None:
        with self._lock:
            self._idle.append(_Idle(key, client, self._now()))
            gone = self._aged()
            while len(self._idle) > (0 if self._closed else self._most):
                gone.append(self._idle.popleft())
        self._close_all(gone)

    def _aged(self) -> list[_Idle[C]]:
        gone = []
        while self._idle and self._idle[0].since + AGE < self._now():
            gone.append(self._idle.popleft())
        return gone

    def _close_all(self, gone: list[_Idle[C]]) -> None:
        for idle in gone:
            self._close(idle.client)
