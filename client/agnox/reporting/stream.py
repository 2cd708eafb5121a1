"""Events on their way to `/api/ingest` in a thread of their own; whoever tells them never waits."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from agnox.sending.server import Refused, Server, Unreachable

_EVENTS = 100
_EVERY = 1.0
_FAILURES = 3
_MOST = 20_000


class Stream:
    """A session on the server. One that can't be begun, or is lost, takes events and forgets them; `problem` says why.

    `lost` counts the events that the server was too slow for.
    """

    def __init__(self, server: Server, *, clock: Callable[[], float] = time.time) -> None:
        self._server = server
        self._clock = clock
        self._change = threading.Condition()
        self._waiting: deque[Mapping[str, Any]] = deque()
        self._setup: Mapping[str, Any] = {}
        self._end: Mapping[str, Any] | None = None
        self._last = 0
        self._thread = threading.Thread(target=self._run, name="agnox", daemon=True)
        self.cycle = ""
        self.problem = ""
        self.lost = 0

    def start(self, setup: Mapping[str, Any]) -> None:
        """Begins the session; what was told before is sent with the rest."""
        self._setup = setup
        self._thread.start()

    def tell(self, kind: str, **fields: Any) -> None:
        """Takes an event and gives it its time, in milliseconds: the server tells events apart by it."""
        with self._change:
            if self.problem:
                return
            if len(self._waiting) >= _MOST:
                self.lost += 1
                return
            self._last = max(round(self._clock() * 1000), self._last + 1)
            self._waiting.append({"type": kind, **fields, "timestamp": self._last})
            if len(self._waiting) >= _EVENTS:
                self._change.notify()

    def finish(self, status: str, summary: Mapping[str, int], *, patience: float) -> bool:
        """Ends the session, waiting `patience` seconds at most; whether the server has heard all."""
        with self._change:
            self._end = {"status": status, "summary": summary}
            self._change.notify()
        if self._thread.ident is None:
            return False
        self._thread.join(patience)
        if self._thread.is_alive():
            self.problem = self.problem or "the server is slow; it was not waited for"
        return not self.problem

    def _run(self) -> None:
        try:
            key = {"idempotency-key": secrets.token_hex(16)}
            opened = self._server.post_json("/api/ingest/setup", self._setup, key)
            session = str(opened.get("sessionId") or "")
            if not session:
                raise Refused("it gave no session")
            self.cycle = str(opened.get("cycleId") or "")
            self._send(session)
            self._server.post_json("/api/ingest/teardown", {"sessionId": session, **(self._end or {})})
        except (Refused, Unreachable) as error:
            with self._change:
                self.problem = str(error)
                self._waiting.clear()

    def _send(self, session: str) -> None:
        failures = 0
        while True:
            with self._change:
                self._change.wait_for(lambda: self._end is not None or len(self._waiting) >= _EVENTS, _EVERY)
                batch = [self._waiting.popleft() for _ in range(min(_EVENTS, len(self._waiting)))]
                ended = self._end is not None and not self._waiting
            if batch:
                try:
                    self._server.post_json("/api/ingest/event", {"sessionId": session, "events": batch})
                    failures = 0
                except Unreachable:
                    failures += 1
                    self.lost += len(batch)
                    if failures == _FAILURES:
                        raise
            if ended:
                return
