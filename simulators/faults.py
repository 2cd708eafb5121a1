"""Faults that a test orders from a simulated host: refusals, delays, cuts and lost answers."""

import asyncio
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Hook = Callable[[], object]
Sleep = Callable[[float], Awaitable[object]]


@dataclass
class Fault:
    """What happens to matching requests: first `skip` of them pass, then `times` are hit (None: all).

    `before` and `after` are called (and awaited if they give an awaitable) around the request's being applied.
    With a `status` the request is answered so and not applied, unless `applied` is set: then it is applied and its
    own answer is lost. `cut_off` closes the connection in the middle of the answer.
    """

    method: str = ".*"
    path: str = ".*"
    times: int | None = 1
    skip: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    applied: bool = False
    cut_off: bool = False
    before: Hook | None = None
    after: Hook | None = None
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is for this request; the path pattern may match anywhere."""
        return re.fullmatch(self.method, method) is not None and re.search(self.path, path) is not None


class Faults:
    """The rules in force, oldest first; the first that wants a request gets it."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._rules: list[Fault] = []
        self.sleep = sleep

    def add(self, fault: Fault) -> Fault:
        """Puts a rule in force and returns it, so that its `hits` can be read."""
        self._rules.append(fault)
        return fault

    def clear(self) -> None:
        """No more faults."""
        self._rules.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The rule for a request, counted."""
        for rule in self._rules:
            if rule.times == 0 or not rule.matches(method, path):
                continue
            if rule.skip:
                rule.skip -= 1
                continue
            if rule.times is not None:
                rule.times -= 1
            rule.hits += 1
            return rule
        return None


class FaultGate:
    """ASGI middleware that lets the faults happen."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        fault = self._faults.take(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["fault"] = True
        if fault.delay:
            await self._faults.sleep(fault.delay)
        await _run(fault.before)
        held: list[Message] = []
        if fault.applied or fault.status is None:
            await self._app(scope, receive, _keep(held))
        if fault.applied or fault.status is not None:
            held = _answer(fault)
        await _run(fault.after)
        await _send(held, send, cut_off=fault.cut_off)


def _keep(held: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        held.append(message)

    return keep


def _answer(fault: Fault) -> list[Message]:
    headers = {"content-length": str(len(fault.body)), **fault.headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return [
        {"type": "http.response.start", "status": fault.status or 502, "headers": raw},
        {"type": "http.response.body", "body": fault.body},
    ]


async def _send(messages: list[Message], send: Send, *, cut_off: bool) -> None:
    if not cut_off:
        for message in messages:
            await send(message)
        return
    start = dict(messages[0])
    body = b"".join(message.get("body", b"") for message in messages[1:])
    headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    start["headers"] = [*headers, (b"content-length", str(len(body) + 1).encode())]
    await send(start)
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    raise ConnectionAbortedError("cut off by an ordered fault")


async def _run(hook: Hook | None) -> None:
    result: Any = hook() if hook else None
    if inspect.isawaitable(result):
        await result


def json_fault(status: int, content: object, headers: Mapping[str, str] | None = None, **where: Any) -> Fault:
    """A refusal in JSON; a host's package words its own with it."""
    body = json.dumps(content).encode()
    return Fault(status=status, headers={"content-type": "application/json", **(headers or {})}, body=body, **where)


def html_page(status: int = 502, **where: Any) -> Fault:
    """A page for people where JSON was expected, as load balancers and maintenance pages send it."""
    page = b"<!DOCTYPE html><html><head><title>Unicorn!</title></head><body><p>This page is taking too long.</p></html>"
    return Fault(status=status, headers={"content-type": "text/html; charset=utf-8"}, body=page, **where)


def slow(delay: float, **where: Any) -> Fault:
    """The answer comes, but late."""
    return Fault(delay=delay, **where)


def cut_off(**where: Any) -> Fault:
    """The connection closes in the middle of the answer; the request was applied."""
    return Fault(cut_off=True, **where)


def answer_lost(**where: Any) -> Fault:
    """The request is applied, the caller gets a 502."""
    lost = html_page(**where)
    lost.applied = True
    return lost
