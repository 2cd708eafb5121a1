"""The output of an execution while it runs, as Server-Sent Events (WHATWG HTML, section 9.2)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import anyio
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from bot.inbound.calls import Calls
from bot.inbound.envelope import Problem
from bot.usecases.live_log import Look

READERS = 200
"""Who may follow at a time in this process."""
LOOK_EVERY = 0.5
"""Seconds between two looks for more."""
QUIET = 15.0
"""Seconds without output after which a comment is sent: it keeps proxies from closing, and finds who is gone."""
PATIENCE = 30.0
"""Seconds in which a reader must take what was sent; who is slower is dropped."""
LONGEST = 6 * 3600.0
"""Seconds after which a reader has to come back."""

HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}

LookOn = Callable[[int], Awaitable[Look]]
"""Reads on from a position."""


@dataclass
class Readers:
    """How many follow a log now."""

    most: int = READERS
    count: int = 0


class EventStream(Response):
    """Follows one log to its end; nothing is buffered for a reader: the next look waits until this one was taken."""

    def __init__(
        self,
        look: LookOn,
        position: int,
        readers: Readers,
        *,
        look_every: float = LOOK_EVERY,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__()
        self._look = look
        self._position = position
        self._readers = readers
        self._look_every = look_every
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._readers.count += 1
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                await self._stream(send)
                group.cancel_scope.cancel()
        finally:
            self._readers.count -= 1

    async def _stream(self, send: Send) -> None:
        headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        with anyio.move_on_after(LONGEST):
            async for event in self._events():
                try:
                    with anyio.fail_after(self._patience):
                        await send({"type": "http.response.body", "body": event, "more_body": True})
                except (TimeoutError, OSError):
                    return
        with anyio.move_on_after(self._patience):
            await send({"type": "http.response.body", "body": b""})

    async def _events(self) -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        quiet = 0.0
        while True:
            found = await self._look(self._position)
            if found.text or found.missed:
                self._position, quiet = found.position, 0.0
                yield _event("log", found.position, {"text": found.text, "missed": found.missed})
                continue
            if found.ended:
                yield _event("end", found.position, {})
                return
            await anyio.sleep(self._look_every)
            quiet += self._look_every
            if quiet >= QUIET:
                quiet = 0.0
                yield b": still running\n\n"


@dataclass(frozen=True)
class LiveDoor:
    """`/api/executions/{taskId}/log` for clients, `/cycles/{key}/log/{taskId}` for the page of a cycle."""

    calls: Calls
    readers: Readers = field(default_factory=Readers)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/executions/{id}/log", self.execution),
            Route("/cycles/{page_key}/log/{id}", self.page),
        ]

    async def execution(self, request: Request) -> Response:
        caller = await self.calls.caller(request)
        return self._follow(request, await self.calls.find_log(caller, request.path_params["id"]))

    async def page(self, request: Request) -> Response:
        found = await self.calls.find_page_log(request.path_params["page_key"], request.path_params["id"])
        return self._follow(request, found)

    def _follow(self, request: Request, execution_id: str) -> Response:
        if self.readers.count >= self.readers.most:
            raise Problem(503, "too many follow a log now: try again soon", headers={"retry-after": "10"})
        asked = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
        if not (asked.isascii() and asked.isdecimal() and len(asked) <= 15):
            raise Problem(400, "Last-Event-ID must be the id of an event of this log")

        async def look(position: int) -> Look:
            return await self.calls.look_on(execution_id, position)

        return EventStream(look, int(asked), self.readers)


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def _event(kind: str, position: int, data: object) -> bytes:
    # JSON has no line breaks of its own, which would end a field.
    return b"event: %s\nid: %d\ndata: %s\n\n" % (kind.encode(), position, orjson.dumps(data))
