"""Who webhooks are sent to."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


class Receiver:
    """Takes webhooks and answers as told; bodies are kept as `read` makes them of the bytes."""

    def __init__(self, read: Callable[[bytes], Any] = bytes) -> None:
        self.seen: list[tuple[dict[str, str], Any]] = []
        self.status = 202
        self.app = Starlette(routes=[Route("/hook", self.take, methods=["POST"])])
        self._read = read

    async def take(self, request: Request) -> Response:
        self.seen.append((dict(request.headers), self._read(await request.body())))
        return PlainTextResponse("taken", self.status)
