"""The yardstick: a Starlette app that proves and parses a delivery, keeps nothing, and answers 200."""

import hashlib
import hmac
import os

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SECRET = os.environ["AGNOX_GITHUB_WEBHOOK_SECRET"].encode()


async def receive(request: Request) -> Response:
    """Answers 401 to a delivery with a wrong signature, else 200."""
    body = await request.body()
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("x-hub-signature-256", "")):
        return Response(status_code=401)
    orjson.loads(body)
    return Response(status_code=200)


app = Starlette(routes=[Route("/webhooks/github", receive, methods=["POST"])])
