"""The way of every API request: headers, route, caller, body, contract, handler."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Generic

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from simulators.answers import Answer, Refusal, respond
from simulators.asked import Asked, C, origin_of, path_of, read_body
from simulators.calls import CallLog, Calls
from simulators.contract import Contract, Violation
from simulators.faults import FaultGate, Faults
from simulators.routing import Operation, Path, Routing

Handler = Callable[[Asked[C]], Answer]

_OWN_ROUTE = re.compile(r"([A-Z]+) (/\S*)")


class Api(ABC, Generic[C]):
    """A host's REST API as an ASGI app, wherever it is mounted; a subclass says what the host does its own way.

    A key of `handlers` is an operation id of the contract or, for what is in no contract, a method and template such as
    `GET /repos/{owner}/{repo}`. Everything up to the answer happens under `lock`.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler[C]],
        *,
        violations: list[Violation],
        lock: AbstractContextManager[Any],
        contract: Contract | None = None,
        etags: bool = False,
    ) -> None:
        self._handlers = dict(handlers)
        self._contract = contract
        self._described = contract.operations if contract else frozenset[str]()
        self._own = Routing(_own_path(key) for key in handlers if key not in self._described)
        self._lock = lock
        self._etags = etags
        self.violations = violations

    @abstractmethod
    def identify(self, request: Request) -> C:
        """Who is calling, as handlers want to know it; a Refusal if the credentials are bad or the budget is spent."""

    def name_of(self, headers: Mapping[str, str]) -> str:
        """Who the headers claim to be, for the calls log; never fails."""
        return "unknown" if headers.get("authorization") else "nobody"

    def is_token_request(self, path: str) -> bool:
        """Whether a request only fetches an access token."""
        return False

    def screen(self, request: Request) -> None:
        """Refuses by the headers alone, before anything else is looked at."""
        return

    def canonical(self, path: str) -> str:
        """The path as contract and handlers know it."""
        return path

    def check_body(self, body: Any) -> None:
        """Refuses what the host accepts in no body, whatever the operation."""
        return

    def unknown(self) -> Refusal:
        """For a path that the host does not have."""
        return Refusal(404, "Not Found", violation=True)

    def unreadable(self) -> Refusal:
        """For a body that is not what its media type says."""
        return Refusal(400, "Problems parsing the body", violation=True)

    def invalid(self, operation: Operation, problems: list[str]) -> Refusal:
        """For a request that breaks the contract."""
        return Refusal(400, f"{operation.id}: {'; '.join(problems)}", violation=True)

    def not_simulated(self, operation: Operation) -> Refusal:
        """For an operation of the contract that has no handler."""
        return Refusal(501, f"{operation.id} is not simulated", violation=True)

    def complete(self, request: Request, response: Response) -> None:
        """Adds the headers that every answer carries, refusals too."""
        return

    async def after(self) -> None:
        """Does what was ordered to happen once the answer is out."""
        return

    def violated(self, request: Request, problem: str) -> None:
        """Notes what a correct client would not have done, without refusing it."""
        self.violations.append(Violation(request.method, path_of(request), problem))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        body = await request.body()
        with self._lock:
            response = self._respond(request, body)
        await response(scope, receive, send)
        await self.after()

    def _respond(self, request: Request, body: bytes) -> Response:
        try:
            answer = self._answer(request, body)
        except Refusal as refusal:
            if refusal.violation:
                self.violated(request, refusal.problem)
            answer = refusal.answer()
        response = respond(request, answer, etag=self._etags)
        self.complete(request, response)
        return response

    def _answer(self, request: Request, body: bytes) -> Answer:
        self.screen(request)
        path = self.canonical(path_of(request))
        operation = self._find(request.method, path)
        if operation is None:
            raise self.unknown()
        caller = self.identify(request)
        content = self._content(request, operation, body)
        handler = self._handlers.get(operation.id)
        if handler is None:
            raise self.not_simulated(operation)
        origin = origin_of(request)
        asked = Asked(
            method=request.method,
            path=path,
            operation=operation.id,
            template=operation.template,
            arguments=operation.arguments,
            query=request.query_params,
            headers=request.headers,
            body=content,
            caller=caller,
            base=origin + request.scope.get("root_path", ""),
            origin=origin,
        )
        return handler(asked)

    def _find(self, method: str, path: str) -> Operation | None:
        described = self._contract.find(method, path) if self._contract else None
        return described or self._own.find(method, path)

    def _content(self, request: Request, operation: Operation, body: bytes) -> Any:
        try:
            content = read_body(body, request.headers.get("content-type", ""))
        except ValueError:
            raise self.unreadable() from None
        if self._contract is not None and operation.id in self._described:
            query, headers = list(request.query_params.multi_items()), dict(request.headers)
            problems = self._contract.problems(operation, request.method, query=query, headers=headers, body=body)
            if problems:
                raise self.invalid(operation, problems)
        self.check_body(content)
        return content


def gate(api: Api[Any], *, calls: Calls, faults: Faults, now: Callable[[], datetime]) -> ASGIApp:
    """The API behind its log and its faults; a fault is logged, and its answer has the clock's date too."""
    return CallLog(FaultGate(api, faults), calls, now=now, name_of=api.name_of, is_token_request=api.is_token_request)


def _own_path(key: str) -> Path:
    found = _OWN_ROUTE.fullmatch(key)
    if found is None:
        raise ValueError(f"no operation of the contract is called {key!r}")
    return Path(found[1], found[2], key)
