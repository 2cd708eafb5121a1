"""The door to test cycles: starting, reading, rerunning and cancelling them."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.domain.context import Wire
from bot.domain.ids import is_id
from bot.domain.trigger import Trigger
from bot.inbound.bodies import read_json
from bot.inbound.calls import Calls, started
from bot.inbound.envelope import Problem, success
from bot.inbound.idempotency import answer_once, as_asked

PAGE = 20
PAGE_LIMIT = 100


@dataclass(frozen=True)
class CycleDoor:
    """`/api/ci/trigger`, `/api/cycles` and `/api/executions`."""

    calls: Calls

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/ci/trigger", self.trigger, methods=["POST"]),
            Route("/api/cycles", self.cycles),
            Route("/api/cycles/{id}", self.cycle),
            Route("/api/cycles/{id}/rerun", self.rerun, methods=["POST"]),
            Route("/api/cycles/{id}/cancel", self.cancel, methods=["POST"]),
            Route("/api/executions/{id}", self.execution),
            Route("/api/executions/{id}/status", self.status),
        ]

    async def trigger(self, request: Request) -> Response:
        caller = await self.calls.caller(request)
        trigger = await read_json(request, Trigger)

        async def start() -> Response:
            return success(started(await self.calls.start_cycle(caller, trigger)), 201)

        return await answer_once(self.calls.once, request, caller, [as_asked(trigger)], start)

    async def cycles(self, request: Request) -> Response:
        caller = await self.calls.caller(request)
        asked = request.query_params
        limit, cursor = asked.get("limit", str(PAGE)), asked.get("cursor") or None
        if not (limit.isascii() and limit.isdigit() and len(limit) <= 3 and 1 <= int(limit) <= PAGE_LIMIT):
            raise Problem(400, f"limit must be a number from 1 to {PAGE_LIMIT}")
        if cursor is not None and not is_id(cursor):
            raise Problem(400, "cursor must be the nextCursor of an earlier answer")
        return _view(await self.calls.list_cycles(caller, limit=int(limit), cursor=cursor))

    async def cycle(self, request: Request) -> Response:
        caller = await self.calls.caller(request)
        return _view(await self.calls.read_cycle(caller, request.path_params["id"]))

    async def execution(self, request: Request) -> Response:
        caller = await self.calls.caller(request)
        return _view(await self.calls.read_execution(caller, request.path_params["id"]))

    async def status(self, request: Request) -> Response:
        caller = await self.calls.caller(request)
        return _view(await self.calls.read_status(caller, request.path_params["id"]))

    async def rerun(self, request: Request) -> Response:
        caller = await self.calls.caller(request)
        return success(started(await self.calls.rerun_cycle(caller, _known_form(request))), 201)

    async def cancel(self, request: Request) -> Response:
        caller = await self.calls.caller(request)
        return success(started(await self.calls.cancel_cycle(caller, _known_form(request))))


def _known_form(request: Request) -> str:
    cycle_id: str = request.path_params["id"]
    if not is_id(cycle_id):
        raise Problem(404, "there is no such cycle")
    return cycle_id


def _view(view: Wire) -> Response:
    return success(view.model_dump(by_alias=True))
