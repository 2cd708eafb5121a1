"""The REST API: caller, limits, and the answers that GitLab gives to requests out of order."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulators.answers import Refusal
from simulators.asked import path_of
from simulators.contract import Contract, Violation
from simulators.gate import Api
from simulators.gitlab.answers import Malformed, Throttled
from simulators.gitlab.credentials import Token
from simulators.gitlab.host import Host
from simulators.gitlab.ratelimit import RateLimit
from simulators.gitlab.routes import Route
from simulators.routing import Operation

ROOT = "/api/v4"


def operation(route: Route) -> str:
    """A route's method and whole path; OAuth stands beside the API, not below its root."""
    method, _, path = route.key.partition(" ")
    return f"{method} {path}" if path.startswith("/oauth/") else f"{method} {ROOT}{path}"


class GitlabApi(Api[Token | None]):
    """The API as an ASGI app, at `/api/v4` and `/oauth` below wherever it is mounted."""

    def __init__(
        self,
        host: Host,
        routes: Iterable[Route],
        *,
        rate_limit: RateLimit,
        violations: list[Violation],
        contract: Contract | None,
    ) -> None:
        handlers = {operation(route): partial(route.run, host) for route in routes}
        super().__init__(handlers, violations=violations, lock=host.state.lock, contract=contract, etags=True)
        self._host = host
        self._rate_limit = rate_limit

    def identify(self, request: Request) -> Token | None:
        """The caller's token, if the budget of its user is not spent."""
        name, now = self.name_of(request.headers), self._host.state.now()
        if name != "nobody" and not self._rate_limit.spend(name, now):
            raise Throttled({})
        rotating = path_of(request).endswith("/self/rotate")
        return self._host.credentials.identify(request.headers, rotating=rotating)

    def name_of(self, headers: Mapping[str, str]) -> str:
        """Who the headers claim to be."""
        return self._host.credentials.name_of(headers)

    def is_token_request(self, path: str) -> bool:
        """Refreshing and rotating change nothing that people see."""
        return path == "/oauth/token" or path.endswith("/self/rotate")

    def check_body(self, body: Any) -> None:
        """A body is an object."""
        if not isinstance(body, dict):
            raise Malformed("The body is not an object")

    def unknown(self) -> Refusal:
        """A path that is no endpoint, for instance one with a slash that was not encoded."""
        return Malformed("404 Not Found", 404)

    def unreadable(self) -> Refusal:
        """What is not the JSON that it claims to be."""
        return Refusal(400, "400 Bad request - The body is not valid JSON", violation=True)

    def invalid(self, operation: Operation, problems: list[str]) -> Refusal:
        """Parameters that the description does not have, or not so."""
        return Malformed("; ".join(problems))

    def complete(self, request: Request, response: Response) -> None:
        """The headers of the rate limit, and those that every answer carries."""
        name = self.name_of(request.headers)
        if name != "nobody":
            response.headers.update(self._rate_limit.headers(name, self._host.state.now()))
        response.headers["x-gitlab-meta"] = '{"version":"1"}'
        response.headers["x-request-id"] = f"{self._host.state.new_id(0):032x}"

    async def after(self) -> None:
        """Sends the webhooks of what was done."""
        await self._host.hooks.send_pending()
