"""A simulated Gitea with one private repository, one pull request and a bot that administers it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from simulators.contract import Contract
from simulators.gitea import SPANNING, ChangedFile, GiteaSimulator, PullRequest, Repository
from tests.simulators.clock import Clock

DESCRIPTION = Path(__file__).parents[2] / "data" / "contracts" / "gitea.openapi.json"
PATCH = "@@ -1,2 +1,3 @@\n def pay(cart):\n-    return 0\n+    total = sum(cart)\n+    return total"
FILES = {".agnox.yml": "version: 1\n", "src/pay.py": "x = 1\n"}


@dataclass
class Scene:
    """What most tests start from."""

    sim: GiteaSimulator
    clock: Clock
    repo: Repository
    pull: PullRequest
    client: TestClient
    token: str

    def call(self, method: str, path: str, token: str | None = None, **kwargs: Any) -> Response:
        """A call by anybody, below /api/v1."""
        headers = dict(kwargs.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"token {token}"
        return self.client.request(method, f"/api/v1{path}", headers=headers, follow_redirects=False, **kwargs)

    def bot(self, method: str, path: str, **kwargs: Any) -> Response:
        """A call by the bot, below the repository."""
        return self.call(method, f"/repos/{self.repo.full_name}{path}", self.token, **kwargs)

    def person(self, login: str, method: str, path: str, **kwargs: Any) -> Response:
        """A call by somebody else, below the repository."""
        return self.call(method, f"/repos/{self.repo.full_name}{path}", self.sim.token(login), **kwargs)

    def comment(self, body: str = "hi") -> dict[str, Any]:
        answer = self.bot("POST", f"/issues/{self.pull.number}/comments", json={"body": body})
        assert answer.status_code == 201, answer.text
        comment: dict[str, Any] = answer.json()
        return comment

    def problem(self) -> str:
        """The one violation, which is then forgotten."""
        (violation,) = self.sim.violations
        self.sim.violations.clear()
        return violation.problem


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract(json.loads(DESCRIPTION.read_bytes()), spanning=SPANNING)


@pytest.fixture
def scene(contract: Contract) -> Iterator[Scene]:
    clock = Clock()
    sim = GiteaSimulator(contract=contract, clock=clock)
    repo = sim.add_repository("acme/shop", private=True, files=FILES)
    pull = sim.add_pull_request(repo, user="mona", files=[ChangedFile("src/pay.py", PATCH)])
    sim.set_right(repo, "mona", "write")
    sim.set_right(repo, "agnox", "admin")
    with TestClient(sim.app) as client:
        yield Scene(sim, clock, repo, pull, client, sim.token("agnox"))
        assert sim.violations == []
