"""The API of an Agnox server, as far as tests are run there and their results are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from bot.domain.cycle import CycleState
from bot.node.agnox_http import Connection, ask
from providers.errors import NotFound, Rejected, TooLarge, Unavailable

OVERHEAD = 2_000_000
"""Bytes of an answer beside the log in it, which takes somewhat more as JSON than as text."""
_ESCAPED = 2
_ID = re.compile(r"[A-Za-z0-9_:-][A-Za-z0-9._:-]{0,127}")
_SOURCES = frozenset({"github", "gitlab", "azure", "jenkins"})
_OTHER_SOURCE = "webhook"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a server calls a run that it has taken."""

    task_id: str
    cycle_id: str


@dataclass(frozen=True, slots=True)
class RemoteExecution:
    """A run as the server tells it; texts are untrusted. `state` is None for a word that is not known."""

    task_id: str
    state: CycleState | None
    started: str
    ended: str
    cycle_id: str = ""
    group: str = ""
    output: str = field(default="", repr=False)
    error: str = field(default="", repr=False)
    context: Mapping[str, Any] | None = None
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def finished(self) -> bool:
        return self.state is not None and self.state.finished

    @property
    def key(self) -> str:
        """Tells one end of the same task from another."""
        return f"{self.state}:{self.started}:{self.ended}"[:255]


def is_task_id(text: str) -> bool:
    """Whether a text can be an id of a run or a cycle: nothing that means something in an address."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class AgnoxClient:
    """Calls of one server; all raise ProviderError. `log_limit` are the bytes of a log that are taken."""

    connection: Connection
    log_limit: int

    async def check(self) -> None:
        """Asks for something that needs the key."""
        await ask(self.connection, "GET", "/api/executions", query={"limit": "1"})

    async def trigger(self, body: Mapping[str, Any], *, once: str) -> Accepted:
        """Has tests run; `once` is the same when the same request is sent again."""
        data = await ask(self.connection, "POST", "/api/ci/trigger", body, headers={"idempotency-key": once})
        task, cycle = _text(data, "taskId", 129), _text(data, "cycleId", 129)
        if not is_task_id(task):
            raise Unavailable("the Agnox server took the tests but does not say what it calls them")
        return Accepted(task, cycle if is_task_id(cycle) else "")

    async def execution(self, task_id: str) -> RemoteExecution:
        """Reads a run; Agnox wraps it in `execution`, servers of our own kind do not."""
        most = self.log_limit * _ESCAPED + OVERHEAD
        data = await ask(self.connection, "GET", f"/api/executions/{quote(task_id, safe='')}", most=most)
        inner = data.get("execution")
        return _execution(task_id, inner if isinstance(inner, dict) else data)

    async def log(self, task_id: str) -> str:
        """Reads what a run has printed; empty where the server keeps none."""
        most = self.log_limit * _ESCAPED + OVERHEAD
        try:
            data = await ask(self.connection, "GET", f"/api/executions/{quote(task_id, safe='')}/logs", most=most)
        except NotFound:
            return ""
        return _text(data, "output")

    async def context(self, cycle_id: str) -> Mapping[str, Any] | None:
        """Looks a cycle's CI context up in the list of cycles, the only place where Agnox tells it."""
        try:
            data = await ask(self.connection, "GET", "/api/test-cycles", most=4 * OVERHEAD)
        except (NotFound, Rejected, TooLarge):
            return None
        cycles = data.get("cycles")
        for cycle in cycles if isinstance(cycles, list) else ():
            if isinstance(cycle, dict) and cycle_id in (cycle.get("_id"), cycle.get("id")):
                context = cycle.get("ciContext")
                return context if isinstance(context, dict) else None
        return None

    async def cancel(self, cycle_id: str) -> bool:
        """Has a cycle stopped; False where the server has no way to."""
        try:
            await ask(self.connection, "POST", f"/api/cycles/{quote(cycle_id, safe='')}/cancel", {})
        except (NotFound, Rejected):
            return False
        return True


def source_for(source: str) -> str:
    """Gives the name of a source that Agnox takes: it knows no others."""
    return source if source in _SOURCES else _OTHER_SOURCE


def _execution(task_id: str, told: Mapping[str, Any]) -> RemoteExecution:
    context, config = told.get("ciContext"), told.get("config")
    variables = config.get("envVars") if isinstance(config, dict) else None
    cycle = _text(told, "cycleId", 129)
    return RemoteExecution(
        task_id=task_id,
        state=_state(_text(told, "status", 32)),
        started=_text(told, "startTime", 64) or _text(told, "startedAt", 64),
        ended=_text(told, "endTime", 64) or _text(told, "finishedAt", 64),
        cycle_id=cycle if is_task_id(cycle) else "",
        group=_text(told, "groupName", 128),
        output=_text(told, "output"),
        error=_text(told, "error"),
        context=context if isinstance(context, dict) else None,
        variables=variables if isinstance(variables, dict) else {},
    )


def _state(word: str) -> CycleState | None:
    try:
        return CycleState(word.upper())
    except ValueError:
        return None


def _text(told: Mapping[str, Any], name: str, most: int | None = None) -> str:
    value = told.get(name)
    return value[:most] if isinstance(value, str) else ""
