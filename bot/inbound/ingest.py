"""The door for reporters that stream while tests run: `/api/ingest`."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from cachetools import TTLCache
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.inbound.bodies import parse_json, read_body, validate
from bot.inbound.calls import Calls
from bot.inbound.envelope import success
from bot.inbound.idempotency import answer_once, as_asked
from bot.usecases.caller import Caller
from bot.usecases.ingest.sessions import Sessions
from bot.usecases.ingest.values import Batch, Setup, Teardown

BODY_LIMIT = 16_000_000
_KEY_SECONDS = 10.0
_MOST_KEYS = 1_000
_NUL, _REPLACEMENT = b"\\u0000", b"\\ufffd"


def _remembered() -> TTLCache[str, Caller]:
    return TTLCache(_MOST_KEYS, _KEY_SECONDS, time.monotonic)


@dataclass(frozen=True)
class IngestDoor:
    """Takes sessions; an API key that was right is taken for right for ten seconds, so long works a revoked one."""

    calls: Calls
    sessions: Sessions
    callers: TTLCache[str, Caller] = field(default_factory=_remembered)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/ingest/event", self.event, methods=["POST"]),
            Route("/api/ingest/setup", self.setup, methods=["POST"]),
            Route("/api/ingest/teardown", self.teardown, methods=["POST"]),
        ]

    async def setup(self, request: Request) -> Response:
        caller = await self.calls.caller(request)
        wanted = validate(Setup, await _body(request))

        async def start() -> Response:
            opened = await self.sessions.open(caller, wanted)
            data: dict[str, Any] = {
                "sessionId": opened.session_id,
                "taskId": opened.execution_id,
                "cycleId": opened.cycle_id,
            }
            return success(data | {"warnings": opened.warnings} if opened.warnings else data, 201)

        return await answer_once(self.calls.once, request, caller, [as_asked(wanted)], start)

    async def event(self, request: Request) -> Response:
        caller = await self._caller(request)
        ignored = await self.sessions.add(caller, validate(Batch, await _body(request)))
        return _plain({"success": True} | ({"ignored": ignored} if ignored else {}))

    async def teardown(self, request: Request) -> Response:
        caller = await self._caller(request)
        status = await self.sessions.end(caller, validate(Teardown, await _body(request)))
        return _plain({"success": True, "status": status, "message": "Execution completed."})

    async def _caller(self, request: Request) -> Caller:
        key = request.headers.get("x-api-key", "")
        caller = self.callers.get(key)
        if caller is None:
            caller = self.callers[key] = await self.calls.caller(request)
        return caller


async def _body(request: Request) -> Any:
    raw = await read_body(request.scope, request.receive, BODY_LIMIT)
    # A test may well print that character, which no database takes: a reporter is not refused for it.
    return parse_json(raw.replace(_NUL, _REPLACEMENT) if _NUL in raw else raw, "the body")


def _plain(content: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
