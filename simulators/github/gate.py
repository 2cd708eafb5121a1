"""The way of every API request: headers, caller, contract, repository, rules, endpoint."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.calls import Call, Calls
from simulators.contract import Contract, Operation, Violation
from simulators.github.answers import Answer, Refusal, not_found
from simulators.github.credentials import Credentials
from simulators.github.models import Json, Repository
from simulators.github.ratelimit import RateLimit
from simulators.github.routes import ApiCall, Route
from simulators.github.rules import check_strings
from simulators.github.state import State
from simulators.github.views.common import Urls
from simulators.github.webhooks import Deliveries

API_VERSION = "2022-11-28"


class Api:
    """The REST API as an ASGI app, wherever it is mounted."""

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
        self._contract = contract
        self._routes = {route.operation: route for route in routes}
        self._state = state
        self._credentials = credentials
        self._deliveries = deliveries
        self._rate_limit = rate_limit
        self._violations = violations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        body = await request.body()
        with self._state.lock:
            response = self._respond(request, body)
        await response(scope, receive, send)
        await self._deliveries.send_pending()

    def _respond(self, request: Request, body: bytes) -> Response:
        authorization = request.headers.get("authorization", "")
        caller, now = self._credentials.name_of(authorization), self._state.now()
        try:
            answer = self._answer(request, body)
        except Refusal as refusal:
            if refusal.violation:
                told = [refusal.message, *(error["message"] for error in refusal.errors or ())]
                self._violations.append(
                    Violation(request.method, _path(request), ": ".join(part.rstrip(".") for part in told))
                )
            answer = refusal.answer()
        response = _response(request, answer)
        if response.status_code != 304 and caller != "nobody":
            self._rate_limit.spend(caller, now)
        response.headers.update(self._rate_limit.headers(caller, now))
        response.headers["x-github-media-type"] = "github.v3; format=json"
        return response

    def _answer(self, request: Request, body: bytes) -> Answer:
        _check_headers(request, self._violations)
        path = self._canonical(_path(request))
        operation = self._contract.find(request.method, path)
        if operation is None:
            raise Refusal(404, "Not Found", violation=True)
        caller = self._credentials.identify(request.headers.get("authorization", ""))
        self._rate_limit.demand(self._credentials.name_of(request.headers.get("authorization", "")), self._state.now())
        content = self._content(request, operation, body)
        route = self._routes.get(operation.id)
        if route is None:
            raise Refusal(501, f"{operation.id} is not simulated", violation=True)
        repository = self._repository(request, operation, path)
        route.admit(caller, repository)
        urls = _urls(request)
        call = ApiCall(
            state=self._state,
            credentials=self._credentials,
            deliveries=self._deliveries,
            rate_limit=self._rate_limit,
            urls=urls,
            caller=caller,
            url=urls.api + path,
            arguments=operation.arguments,
            query=dict(request.query_params),
            headers=request.headers,
            body=content,
            target=repository,
        )
        return route.handler(call)

    def _content(self, request: Request, operation: Operation, body: bytes) -> Json:
        try:
            content = json.loads(body) if body else {}
        except ValueError:
            raise Refusal(400, "Problems parsing JSON", violation=True) from None
        query, headers = list(request.query_params.multi_items()), dict(request.headers)
        problems = self._contract.problems(operation, request.method, query=query, headers=headers, body=body)
        if problems:
            errors = [{"resource": operation.id, "code": "invalid", "message": problem} for problem in problems]
            raise Refusal(422, "Invalid request.", errors=errors, violation=True)
        if not isinstance(content, dict):
            raise Refusal(400, "Body should be a JSON object", violation=True)
        check_strings(content)
        return content

    def _canonical(self, path: str) -> str:
        found = re.match(r"/repositories/(\d+)(?=/|$)", path)
        if found is None:
            return path
        repository = self._state.repositories.get(int(found[1]))
        if repository is None or repository.deleted:
            raise not_found()
        return f"/repos/{repository.full_name}{path[found.end() :]}"

    def _repository(self, request: Request, operation: Operation, path: str) -> Repository | None:
        if not operation.template.startswith("/repos/{owner}/{repo}"):
            return None
        owner, name = operation.arguments["owner"], operation.arguments["repo"]
        repository = self._state.repository(f"{owner}/{name}")
        if repository is not None:
            return repository
        moved = self._state.old_names.get(f"{owner}/{name}".lower())
        if moved is None:
            raise not_found()
        rest = path.split("/", 4)[4:]
        target = f"{_urls(request).api}/repositories/{'/'.join([str(moved), *rest])}"
        # GET is sent on for good; other methods get 307, which keeps method and body.
        status = 301 if request.method in ("GET", "HEAD") else 307
        raise Refusal(status, "Moved Permanently", headers={"location": target})


def _path(request: Request) -> str:
    """The path behind the mount point, still percent-encoded."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0].removeprefix(request.scope.get("root_path", "")).rstrip("/")


def _urls(request: Request) -> Urls:
    """Links lead back to where the caller came in, under the mount point."""
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return Urls(origin + request.scope.get("root_path", ""), origin)


def _check_headers(request: Request, violations: list[Violation]) -> None:
    if not request.headers.get("user-agent"):
        raise Refusal(403, "Request forbidden by administrative rules. Please add a User-Agent header.", violation=True)
    version = request.headers.get("x-github-api-version")
    if version is None:
        violations.append(Violation(request.method, _path(request), "X-GitHub-Api-Version is not pinned"))
    elif version != API_VERSION:
        raise Refusal(400, f"{version} is not a supported version", violation=True)


def _response(request: Request, answer: Answer) -> Response:
    if isinstance(answer.content, bytes) or answer.content is None:
        return Response(answer.content, answer.status, dict(answer.headers))
    body = json.dumps(answer.content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers: dict[str, Any] = {"content-type": "application/json; charset=utf-8", **answer.headers}
    if request.method == "GET" and answer.status == 200:
        headers["etag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
        headers["cache-control"] = "private, max-age=60, s-maxage=60"
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
    return Response(body, answer.status, headers)


class CallLog:
    """ASGI middleware that notes every call and stamps answers with the simulated clock."""

    def __init__(self, app: ASGIApp, calls: Calls, credentials: Credentials, state: State) -> None:
        self._app = app
        self._calls = calls
        self._credentials = credentials
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope)
        call = Call(
            method=request.method,
            path=_path(request),
            query=request.url.query,
            authenticated_as=self._credentials.name_of(request.headers.get("authorization", "")),
            token_request=scope["path"].endswith("/access_tokens"),
        )
        self._calls.append(call)
        scope.setdefault("state", {})

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"date", _date(self._state.now()))]}
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
