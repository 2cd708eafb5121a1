"""An authorization server as tests want it."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs

import httpx2

from providers.sdk.tokens import TokenSource

URL = "https://gitlab.example.com/oauth/token"


class Server:
    """An authorization server that rotates refresh tokens and takes each only once."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.urls: list[str] = []
        self.count = 0
        self.good = "refresh-0"
        self.lifetime: object = 7200
        self.answer: Callable[[dict[str, str]], httpx2.Response] = self.issue
        self.gate: asyncio.Event | None = None
        self.asked = asyncio.Event()

    async def handle(self, request: httpx2.Request) -> httpx2.Response:
        form = {name: values[0] for name, values in parse_qs((await request.aread()).decode()).items()}
        self.forms.append(form)
        self.urls.append(str(request.url))
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        return self.answer(form)

    def issue(self, form: dict[str, str]) -> httpx2.Response:
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.good:
            return told(400, "invalid_grant", "The provided authorization grant is invalid, expired, revoked")
        self.count += 1
        self.good = f"refresh-{self.count}"
        body = {"access_token": f"access-{self.count}", "token_type": "Bearer", "expires_in": self.lifetime}
        return httpx2.Response(200, json=body | {"refresh_token": self.good})


def told(status: int, error: str, description: str) -> httpx2.Response:
    return httpx2.Response(status, json={"error": error, "error_description": description})


async def token(source: TokenSource) -> str:
    return source.ready() or await source.fetch()
