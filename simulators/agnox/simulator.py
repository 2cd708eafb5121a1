"""The simulated Agnox server as a whole: its API, its webhooks, and what a test wants to see of it."""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount

from simulators.agnox.api import AgnoxApi
from simulators.agnox.models import TERMINAL, Account, Execution, Json
from simulators.calls import Calls
from simulators.contract import Violation
from simulators.faults import Faults
from simulators.gate import gate
from simulators.serving import serving
from simulators.state import Clock, HostState
from simulators.webhooks import Delivery, encode, post


class AgnoxSimulator:
    """A stand-in for one server; `app` is served or called in process.

    `cancels` gives it a way to cancel cycles, which Agnox itself has none for.
    """

    def __init__(self, *, clock: Clock | None = None, cancels: bool = False) -> None:
        self.state = HostState(clock or (lambda: datetime.now(UTC)))
        self.cancels = cancels
        self.calls = Calls()
        self.faults = Faults()
        self.violations: list[Violation] = []
        self.accounts: dict[str, Account] = {}
        self.executions: list[Execution] = []
        api = gate(AgnoxApi(self), calls=self.calls, faults=self.faults, now=self.state.now)
        self.app = Starlette(routes=[Mount("/", api)])

    def add_account(self, *projects: str) -> Account:
        """An organization with a key; the ids of projects are 24 hexadecimal digits."""
        with self.state.lock:
            account = Account(
                self._object_id(), f"agnox_{secrets.token_hex(16)}", list(projects) or [self._object_id()]
            )
            self.accounts[account.key] = account
        return account

    def add_execution(
        self, account: Account, *, request: Json | None = None, context: Json | None = None, group: str = ""
    ) -> Execution:
        """A run that has been asked for."""
        with self.state.lock:
            now = self.state.now()
            task = f"run-{int(now.timestamp() * 1000)}-{self.state.new_id():08x}"
            asked = request or {"image": "tests", "command": "npx playwright test", "folder": "all", "config": {}}
            execution = Execution(task, account, self._object_id(), asked, now, context, group=group)
            self.executions.append(execution)
        return execution

    def start(self, execution: Execution) -> None:
        """A worker takes it."""
        with self.state.lock:
            execution.status = "RUNNING"

    def finish(self, execution: Execution, status: str, output: str = "", error: str = "") -> None:
        """It ends with what it printed."""
        if status not in TERMINAL:
            raise ValueError(f"{status} is no end")
        with self.state.lock:
            execution.status, execution.output, execution.error = status, output, error
            execution.ended_at = self.state.now()

    def sign(self, execution: Execution, secret: str) -> Delivery:
        """The webhook of an ended run; without a secret it is not signed."""
        with self.state.lock:
            ended = execution.ended_at or self.state.now()
            payload = {
                "event": "execution.finished",
                "executionId": f"exec_{execution.cycle_id}",
                "taskId": execution.task_id,
                "status": execution.status,
                "summary": f"{execution.status} in {execution.group or 'a run'}",
                "groupName": execution.group,
                "startedAt": execution.started_at.isoformat(),
                "finishedAt": ended.isoformat(),
            }
            number = self.state.new_id()
        body = encode(payload)
        signed = {"x-agnox-signature": f"sha256={signature(secret, body)}"} if secret else {}
        headers = {"content-type": "application/json", "user-agent": "node", **signed}
        return Delivery(number, str(number), "execution.finished", payload, body, headers, ended)

    def deliver(self, execution: Execution, url: str, secret: str, client: httpx2.Client | None = None) -> Delivery:
        """Posts the webhook once: Agnox never tries again."""
        return post(self.sign(execution, secret), url, client)

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serves the API on loopback; gives the base URL."""
        with serving(self.app, port=port) as base_url:
            yield base_url

    def _object_id(self) -> str:
        return hashlib.sha256(f"object {self.state.new_id()}".encode()).hexdigest()[:24]


def signature(secret: str, body: bytes) -> str:
    """The hexadecimal HMAC-SHA256 of the raw body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
