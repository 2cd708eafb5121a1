"""What GitHub does its own way with an API request: pinned versions, budgets, renamed repositories, rights."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulators.answers import Answer
from simulators.asked import Asked
from simulators.contract import Contract, Violation
from simulators.gate import Api
from simulators.github.answers import Refusal, not_found
from simulators.github.credentials import Caller, Credentials
from simulators.github.models import Repository
from simulators.github.ratelimit import RateLimit
from simulators.github.routes import ApiCall, Route
from simulators.github.rules import check_strings
from simulators.github.state import State
from simulators.github.views.common import Urls
from simulators.github.webhooks import Deliveries
from simulators.routing import Operation

API_VERSION = "2022-11-28"


class GithubApi(Api[Caller | None]):
    """GitHub's REST API."""

    def __init__(
        self,
        contract: Contract,
        routes: Iterable[Route],
        state: State,
        credentials: Credentials,
        deliveries: Deliveries,
        rate_limit: RateLimit,
        violations: list[Violation],
    ) -> None:
        handlers = {route.operation: partial(self._run, route) for route in routes}
        super().__init__(handlers, violations=violations, lock=state.lock, contract=contract, etags=True)
        self._state = state
        self._credentials = credentials
        self._deliveries = deliveries
        self._rate_limit = rate_limit

    def name_of(self, headers: Mapping[str, str]) -> str:
        """By the token's owner."""
        return self._credentials.name_of(headers.get("authorization", ""))

    def is_token_request(self, path: str) -> bool:
        """An installation's token is asked for."""
        return path.endswith("/access_tokens")

    def screen(self, request: Request) -> None:
        """GitHub wants a user agent, and our own rules a pinned version (GitHub REST, API versions)."""
        if not request.headers.get("user-agent"):
            message = "Request forbidden by administrative rules. Please add a User-Agent header."
            raise Refusal(403, message, violation=True)
        version = request.headers.get("x-github-api-version")
        if version is None:
            self.violated(request, "X-GitHub-Api-Version is not pinned")
        elif version != API_VERSION:
            raise Refusal(400, f"{version} is not a supported version", violation=True)

    def canonical(self, path: str) -> str:
        """A repository may be named by its number, which is where redirects lead."""
        found = re.match(r"/repositories/(\d+)(?=/|$)", path)
        if found is None:
            return path
        repository = self._state.repositories.get(int(found[1]))
        if repository is None or repository.deleted:
            raise not_found()
        return f"/repos/{repository.full_name}{path[found.end() :]}"

    def identify(self, request: Request) -> Caller | None:
        """The caller, with some of the budget left."""
        caller = self._credentials.identify(request.headers.get("authorization", ""))
        self._rate_limit.demand(self.name_of(request.headers), self._state.now())
        return caller

    def check_body(self, body: Any) -> None:
        """An object without control characters."""
        if not isinstance(body, dict):
            raise Refusal(400, "Body should be a JSON object", violation=True)
        check_strings(body)

    def unknown(self) -> Refusal:
        """404."""
        return Refusal(404, "Not Found", violation=True)

    def unreadable(self) -> Refusal:
        """400."""
        return Refusal(400, "Problems parsing JSON", violation=True)

    def invalid(self, operation: Operation, problems: list[str]) -> Refusal:
        """422 with one error a problem."""
        errors = [{"resource": operation.id, "code": "invalid", "message": problem} for problem in problems]
        return Refusal(422, "Invalid request.", errors=errors, violation=True)

    def not_simulated(self, operation: Operation) -> Refusal:
        """501."""
        return Refusal(501, f"{operation.id} is not simulated", violation=True)

    def complete(self, request: Request, response: Response) -> None:
        """Every request costs but a 304 (GitHub REST, Conditional requests)."""
        caller, now = self.name_of(request.headers), self._state.now()
        if response.status_code != 304 and caller != "nobody":
            self._rate_limit.spend(caller, now)
        if "etag" in response.headers:
            response.headers["cache-control"] = "private, max-age=60, s-maxage=60"
        response.headers.update(self._rate_limit.headers(caller, now))
        response.headers["x-github-media-type"] = "github.v3; format=json"

    async def after(self) -> None:
        """Redeliveries that the request ordered."""
        await self._deliveries.send_pending()

    def _run(self, route: Route, asked: Asked[Caller | None]) -> Answer:
        repository = self._repository(asked)
        route.admit(asked.caller, repository)
        call = ApiCall(
            state=self._state,
            credentials=self._credentials,
            deliveries=self._deliveries,
            rate_limit=self._rate_limit,
            urls=Urls(asked.base, asked.origin),
            caller=asked.caller,
            url=asked.base + asked.path,
            arguments=asked.arguments,
            query=dict(asked.query),
            headers=asked.headers,
            body=asked.body,
            target=repository,
        )
        return route.handler(call)

    def _repository(self, asked: Asked[Caller | None]) -> Repository | None:
        if not asked.template.startswith("/repos/{owner}/{repo}"):
            return None
        owner, name = asked.arguments["owner"], asked.arguments["repo"]
        repository = self._state.repository(f"{owner}/{name}")
        if repository is not None:
            return repository
        moved = self._state.old_names.get(f"{owner}/{name}".lower())
        if moved is None:
            raise not_found()
        rest = asked.path.split("/", 4)[4:]
        target = f"{asked.base}/repositories/{'/'.join([str(moved), *rest])}"
        # GET is sent on for good; other methods get 307, which keeps method and body.
        status = 301 if asked.method in ("GET", "HEAD") else 307
        raise Refusal(status, "Moved Permanently", headers={"location": target})
