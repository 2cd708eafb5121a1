"""A whole app of doors with everything behind them faked."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from bot.domain.context import CiContext
from bot.domain.ids import new_id
from bot.domain.trigger import Trigger
from bot.inbound.calls import Calls
from bot.inbound.envelope import exception_handlers
from bot.inbound.health import Check
from bot.inbound.routes import routes
from bot.store.inbox import Incoming, Receipt
from bot.usecases.caller import Caller
from bot.usecases.errors import Conflict, Missing
from bot.usecases.live_log import Look
from bot.usecases.read_cycle import CyclePage, CycleView, ExecutionStatus, ExecutionView
from bot.usecases.receive_results import Upload
from bot.usecases.start_cycle import StartedCycle
from providers.base import BaseHost
from providers.factory import Registry
from providers.github.webhooks import GithubWebhooks
from providers.interface import CiProvider, Connection
from providers.values import Repository

SECRET = "the hook's secret"
KEY = "agx_known"
CYCLE = "01" * 16
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


class FakeHost(BaseHost):
    """A git host of which only the inbound half is there."""

    install_url = ""

    def __init__(self, name: str = "github", secrets: Sequence[str] = (SECRET,)) -> None:
        self.name = name
        self.webhooks = GithubWebhooks()
        self.hook_secrets: Sequence[str] | None = secrets

    def read_repository(self, named: str, base_url: str = "") -> Repository:
        return Repository("", named)

    def connect(self, connection: Connection) -> CiProvider:
        raise AssertionError("a door calls no host")

    async def aclose(self) -> None:
        pass


def sign(body: bytes, secret: str = SECRET, **headers: str) -> dict[str, str]:
    """Gives the headers that GitHub sends with a body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/044aadd",
        "x-github-event": "ping",
        "x-github-delivery": new_id(),
        "x-github-hook-id": "7",
        "x-hub-signature-256": f"sha256={digest}",
    } | {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Behind:
    """What the doors called, and what they are to be answered."""

    incoming: list[Incoming] = field(default_factory=list)
    triggers: list[tuple[Caller, Trigger]] = field(default_factory=list)
    results: list[tuple[CiContext | None, list[tuple[str, str, bytes]], str | None, str]] = field(default_factory=list)
    pages: list[tuple[int, str | None]] = field(default_factory=list)
    error: Exception | None = None
    warnings: tuple[str, ...] = ()
    hooks: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)

    async def put(self, incoming: Incoming) -> Receipt:
        self._fail()
        known = [each for each in self.incoming if each.dedupe_key == incoming.dedupe_key]
        self.incoming.append(incoming)
        return Receipt("d" * 32, bool(known))

    async def secrets(self, provider: str, key: str, *, anew: bool = False) -> Sequence[str]:
        return self.hooks.get((provider, key), ())

    async def authenticate(self, key: str) -> Caller | None:
        return Caller("o" * 32, None, "ci") if key == KEY else None

    async def start_cycle(self, caller: Caller, trigger: Trigger) -> StartedCycle:
        self._fail()
        self.triggers.append((caller, trigger))
        return self._started("PENDING")

    async def receive_results(
        self,
        caller: Caller,
        context: CiContext | None,
        uploads: Sequence[Upload],
        *,
        project_id: str | None = None,
        suite: str = "",
    ) -> StartedCycle:
        self._fail()
        files = [(upload.kind, upload.name, upload.path.read_bytes()) for upload in uploads]
        self.results.append((context, files, project_id, suite))
        return self._started("ANALYZING")

    async def list_cycles(self, caller: Caller, *, limit: int, cursor: str | None) -> CyclePage:
        self.pages.append((limit, cursor))
        return CyclePage(cycles=(), next_cursor=None)

    async def read_cycle(self, caller: Caller, cycle_id: str) -> CycleView:
        raise Missing("there is no such cycle")

    async def read_execution(self, caller: Caller, execution_id: str) -> ExecutionView:
        raise Missing("there is no such execution")

    async def read_status(self, caller: Caller, execution_id: str) -> ExecutionStatus:
        return ExecutionStatus(
            task_id=execution_id, cycle_id=CYCLE, status="RUNNING", created_at=AT, started_at=AT, finished_at=None
        )

    async def find_log(self, caller: Caller, execution_id: str) -> str:
        raise Missing("there is no such execution")

    async def find_page_log(self, page_key: str, execution_id: str) -> str:
        raise Missing("there is no such execution")

    async def look_on(self, execution_id: str, position: int) -> Look:
        return Look("", position, ended=True)

    async def rerun_cycle(self, caller: Caller, cycle_id: str) -> StartedCycle:
        return self._started("PENDING")

    async def cancel_cycle(self, caller: Caller, cycle_id: str) -> StartedCycle:
        raise Conflict("the cycle is PASSED: there is nothing left to stop")

    def _started(self, status: str) -> StartedCycle:
        return StartedCycle(CYCLE, "02" * 16, status, self.warnings)

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error

    def calls(self) -> Calls:
        return Calls(
            authenticate=self.authenticate,
            start_cycle=self.start_cycle,
            receive_results=self.receive_results,
            list_cycles=self.list_cycles,
            read_cycle=self.read_cycle,
            read_execution=self.read_execution,
            read_status=self.read_status,
            rerun_cycle=self.rerun_cycle,
            cancel_cycle=self.cancel_cycle,
            find_log=self.find_log,
            find_page_log=self.find_page_log,
            look_on=self.look_on,
        )


def make_app(behind: Behind, *hosts: FakeHost, upload_limit: int = 10_000) -> Starlette:
    return Starlette(
        routes=routes(
            registry=Registry([(host, ()) for host in hosts or (FakeHost(),)]),
            put=behind.put,
            calls=behind.calls(),
            upload_limit=upload_limit,
            checks=behind.checks,
            find_secrets=behind.secrets,
        ),
        exception_handlers=exception_handlers(),
    )


def client_of(app: Starlette, headers: Mapping[str, str] | None = None) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://agnox", headers=headers)


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
async def client(behind: Behind) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the doors that sends a known API key."""
    async with client_of(make_app(behind), {"x-api-key": KEY}) as client:
        yield client


def failed(response: httpx2.Response, status: int) -> dict[str, Any]:
    """Checks that an answer is a refusal in the envelope, and gives it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    content: dict[str, Any] = response.json()
    assert content["success"] is False and set(content) - {"details"} == {"success", "error", "message"}
    assert content["error"] and content["message"]
    return content
