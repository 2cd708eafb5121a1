"""The log of what was asked of a simulated host."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.asked import path_of


@dataclass
class Call:
    """One request; `status` 0 means that the caller got no whole answer."""

    method: str
    path: str
    query: str
    authenticated_as: str
    token_request: bool
    status: int = 0
    fault: bool = False

    @property
    def write(self) -> bool:
        """Whether the request asks for a change of what people see; token requests do not."""
        return self.method not in ("GET", "HEAD", "OPTIONS") and not self.token_request


class Calls(list[Call]):
    """All calls in the order of their arrival."""

    def writes(self) -> list[Call]:
        """Calls that change something."""
        return [call for call in self if call.write]

    def without_tokens(self) -> list[Call]:
        """Calls other than those that only fetch an access token."""
        return [call for call in self if not call.token_request]


class CallLog:
    """ASGI middleware that notes every call and stamps answers with the simulated clock."""

    def __init__(
        self,
        app: ASGIApp,
        calls: Calls,
        *,
        now: Callable[[], datetime],
        name_of: Callable[[Mapping[str, str]], str],
        is_token_request: Callable[[str], bool],
    ) -> None:
        self._app = app
        self._calls = calls
        self._now = now
        self._name_of = name_of
        self._is_token_request = is_token_request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope)
        path = path_of(request)
        name, token = self._name_of(request.headers), self._is_token_request(path)
        call = Call(request.method, path, request.url.query, name, token)
        self._calls.append(call)
        scope.setdefault("state", {})

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"date", _date(self._now()))]}
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            call.status = 0
            raise
        finally:
            call.fault = bool(scope["state"].get("fault"))


def _date(now: datetime) -> bytes:
    return format_datetime(now.astimezone(UTC), usegmt=True).encode()
