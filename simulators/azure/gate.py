"""The way of every API request: version, address in any case, caller, budget, scope, right, endpoint."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulators.answers import Answer, Refusal
from simulators.asked import Asked, origin_of, path_of
from simulators.azure import versions
from simulators.azure.answers import AzureRefusal, SignIn, bad_request, blocked, unauthorized
from simulators.azure.credentials import Caller, Credentials
from simulators.azure.effects import Effects
from simulators.azure.hooks import Hooks
from simulators.azure.ratelimit import RateLimit
from simulators.azure.routes import ApiCall, Route
from simulators.azure.views.common import Urls
from simulators.azure.world import World
from simulators.contract import Contract, Violation
from simulators.gate import Api, Handler
from simulators.routing import Operation


class AzureApi(Api[Caller]):
    """The REST API of one organization below `prefix`; `sign_in` is how bad credentials are answered."""

    def __init__(
        self,
        routes: Iterable[Route],
        *,
        world: World,
        credentials: Credentials,
        hooks: Hooks,
        effects: Effects,
        rate_limit: RateLimit,
        violations: list[Violation],
        prefix: str,
        latest: str,
        sign_in: Callable[[], int],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        contract: Contract | None = None,
    ) -> None:
        self._world = world
        self._credentials = credentials
        self._hooks = hooks
        self._effects = effects
        self._rate_limit = rate_limit
        self._prefix = prefix
        self._latest = latest
        self._sign_in = sign_in
        self._sleep = sleep
        self._places = Places(routes)
        handlers: dict[str, Handler[Caller]] = {}
        for route, template in self._places.templates:
            found = contract.find(route.method, template) if contract else None
            handlers[found.id if found else f"{route.method} {template}"] = self._bound(route)
        super().__init__(handlers, violations=violations, lock=world.state.lock, contract=contract)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; a caller over the limit waits for its answer."""
        caller, now = self.name_of(Request(scope).headers), self._now()
        self._rate_limit.spend(caller, now)
        if delay := self._rate_limit.delay_of(caller, now):
            await self._sleep(delay)
        await super().__call__(scope, receive, send)

    def identify(self, request: Request) -> Caller:
        """The caller; a sign-in page for credentials that prove nothing."""
        authorization = request.headers.get("authorization", "")
        caller = self._credentials.identify(authorization)
        if caller is None:
            raise SignIn(self._sign_in(), origin_of(request))
        if self._rate_limit.blocks(self.name_of(request.headers), self._now()):
            raise blocked()
        if not caller.identity.active:
            raise unauthorized(caller.identity.id)
        return caller

    def name_of(self, headers: Mapping[str, str]) -> str:
        """The kind of token and the unique name behind it."""
        return self._credentials.name_of(headers.get("authorization", ""))

    def screen(self, request: Request) -> None:
        """The version, before anything else."""
        route = self._places.route(request.method, self.canonical(path_of(request)))
        if route is not None and not route.version_free:
            version = versions.requested(request.query_params, request.headers)
            versions.check(version, request.method, self._latest, preview_only=route.preview_only)

    def canonical(self, path: str) -> str:
        """Paths are the same in any letter case; below the collection they are spelled as the description does."""
        if not path.lower().startswith(f"{self._prefix.lower()}/"):
            return path
        below = path[len(self._prefix) :]
        return self._places.spelled(f"/{self._world.state.organization}{below}")

    def unknown(self) -> Refusal:
        """No controller answers there."""
        message = "The controller for the path was not found or does not implement the method."
        namespace = "Microsoft.VisualStudio.Services.WebApi"
        return AzureRefusal(404, "HttpException", message, violation=True, namespace=namespace)

    def unreadable(self) -> Refusal:
        """A body that is no JSON."""
        return bad_request("TF400898: The request body could not be read.")

    def invalid(self, operation: Operation, problems: list[str]) -> Refusal:
        """A body or parameter that the description does not allow."""
        return bad_request(f"{operation.id}: {'; '.join(problems)}")

    def not_simulated(self, operation: Operation) -> Refusal:
        """In the description, but not here."""
        return AzureRefusal(501, "NotImplementedException", f"{operation.id} is not simulated", violation=True)

    def complete(self, request: Request, response: Response) -> None:
        """The headers of every answer."""
        caller = self.name_of(request.headers)
        response.headers.update(self._rate_limit.headers(caller, self._now()))
        response.headers["x-vss-e2eid"] = response.headers["activityid"] = self._world.state.organization_id
        if session := request.headers.get("x-tfs-session"):
            response.headers["x-tfs-session"] = session

    async def after(self) -> None:
        """What was ordered to be sent."""
        await self._hooks.send_ordered()

    def _now(self) -> datetime:
        return self._world.state.now()

    def _bound(self, route: Route) -> Handler[Caller]:
        def handle(asked: Asked[Caller]) -> Answer:
            if not asked.caller.covers(route.scopes):
                raise unauthorized(asked.caller.identity.id)
            urls = Urls(f"{asked.origin}{self._prefix}")
            call = ApiCall(asked, self._world, self._hooks, self._effects, urls, self._latest)
            if route.right is not None:
                call.demand(call.repository, route.right)
            return route.handler(call)

        return handle


class Places:
    """All templates, found in any letter case."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.templates = [(route, template) for route in routes for template in route.paths()]
        ordered = sorted(self.templates, key=lambda pair: [part.startswith("{") for part in pair[1].split("/")])
        self._patterns = [(_pattern(template), template) for template in dict.fromkeys(t for _, t in ordered)]
        self._routes = {(route.method, template): route for route, template in self.templates}

    def route(self, method: str, path: str) -> Route | None:
        """The route of a request."""
        template, _ = self._find(path)
        return self._routes.get((method, template))

    def spelled(self, path: str) -> str:
        """A path with its fixed parts in the letter case of its template; as it is if there is none."""
        template, values = self._find(path)
        if not template:
            return path
        given = iter(values)
        return "/".join(next(given) if part.startswith("{") else part for part in template.split("/"))

    def _find(self, path: str) -> tuple[str, tuple[Any, ...]]:
        for pattern, template in self._patterns:
            if (found := pattern.fullmatch(path)) is not None:
                return template, found.groups()
        return "", ()


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = ("([^/]+)" if part.startswith("{") else re.escape(part) for part in template.split("/"))
    return re.compile("/".join(parts), re.IGNORECASE)
