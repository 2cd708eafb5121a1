"""The output of a running command, streamed to the server; the command never waits for it."""

import codecs
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from agnox.sending.server import Refused, Server, Unreachable

CHUNK = 8192
"""Characters of one event, at most (contract of `POST /api/ingest/event`)."""
EVENTS = 100
"""Events of one call, at most."""

_EVERY = 1.0
_BATCH = 256 * 1024
_PENDING = 4 * 1024 * 1024
_FAILURES = 3


class Live:
    """A session on the server; one that can't be begun, or is lost, takes bytes and does nothing with them."""

    def __init__(self, server: Server, setup: Mapping[str, object], *, clock: Callable[[], float] = time.time) -> None:
        self._server = server
        self._setup = setup
        self._clock = clock
        self._change = threading.Condition()
        self._pending: deque[bytes] = deque()
        self._size = 0
        self._skipped = 0
        self._dead = False
        self._last = 0
        self._end: Mapping[str, object] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.session = ""
        """The session's id, once the server has given it."""

    def start(self) -> None:
        """Begins the session in the background."""
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Takes masked output; of what the server is too slow for, the oldest goes."""
        with self._change:
            if self._dead:
                return
            self._pending.append(data)
            self._size += len(data)
            while self._size > _PENDING:
                lost = len(self._pending.popleft())
                self._size -= lost
                self._skipped += lost
            if self._size >= _BATCH:
                self._change.notify()

    def finish(self, status: str, seconds: float, *, patience: float) -> bool:
        """Sends the rest and ends the session: `status` is PASSED or FAILED. Whether the server has heard all."""
        summary = {"total": 0, "passed": 0, "failed": 0, "skipped": 0, "duration": round(seconds * 1000)}
        with self._change:
            self._end = {"status": status, "summary": summary}
            self._change.notify()
        if self._thread.ident is not None:
            self._thread.join(patience)
        return bool(self.session) and not self._dead and not self._thread.is_alive()

    def _run(self) -> None:
        try:
            data = self._post("setup", self._setup)
            self.session = str(data.get("sessionId") or "")
            failures = 0 if self.session else _FAILURES
            while failures < _FAILURES:
                text, ended = self._take()
                failures = 0 if self._tell(text) else failures + 1
                if ended and not self._size:
                    break
            if failures < _FAILURES:
                self._post("teardown", {"sessionId": self.session, **(self._end or {})})
                return
        except (Refused, Unreachable):
            pass
        with self._change:
            self._dead = True
            self._pending.clear()

    def _take(self) -> tuple[str, bool]:
        """Waits for output, and gives it with whether there is no more to come."""
        with self._change:
            self._change.wait_for(lambda: self._end is not None or self._size >= _BATCH, _EVERY)
            parts = []
            if self._skipped:
                parts.append(f"\n[agnox: {self._skipped} bytes left out]\n".encode())
                self._skipped = 0
            size = 0
            while self._pending and size < _BATCH:
                parts.append(self._pending.popleft())
                size += len(parts[-1])
            self._size = sum(map(len, self._pending))
            ended = self._end is not None
        return self._decoder.decode(b"".join(parts), final=ended and not self._size), ended

    def _tell(self, text: str) -> bool:
        """Sends text as events; whether the server has taken it."""
        chunks = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]
        for at in range(0, len(chunks), EVENTS):
            events = [{"type": "log", "chunk": chunk, "timestamp": self._now()} for chunk in chunks[at : at + EVENTS]]
            try:
                self._post("event", {"sessionId": self.session, "events": events})
            except Unreachable:
                return False
        return True

    def _now(self) -> int:
        """Gives milliseconds; the server tells events apart by them, so no two are the same."""
        self._last = max(round(self._clock() * 1000), self._last + 1)
        return self._last

    def _post(self, call: str, content: Mapping[str, object]) -> Mapping[str, Any]:
        return self._server.post_json(
            f"/api/ingest/{call}", content, {"idempotency-key": secrets.token_hex(16)} if call == "setup" else None
        )
