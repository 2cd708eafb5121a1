"""The yardstick: a Starlette app that parses a batch of events, keeps nothing, and answers 200."""

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def receive(request: Request) -> Response:
    orjson.loads(await request.body())
    return Response(b'{"success":true}', media_type="application/json")


app = Starlette(routes=[Route("/api/ingest/event", receive, methods=["POST"])])
