"""A simulated GitLab with one project, one merge request and a project access token for the bot."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from simulators.contract import Contract
from simulators.gitlab import ChangedFile, GitlabSimulator, Level, MergeRequest, Project, Token, gitlab_contract
from tests.simulators.clock import Clock

CONTRACT = Path(__file__).parents[2] / "data/contracts/gitlab.openapi.json"
PATCH = "@@ -1,2 +1,3 @@\n def pay(cart):\n-    return 0\n+    total = sum(cart)\n+    return total"


@dataclass
class Scene:
    """What most tests start from."""

    sim: GitlabSimulator
    clock: Clock
    project: Project
    request: MergeRequest
    token: Token
    client: TestClient

    def call(self, method: str, path: str, token: Token | str | None = None, **kwargs: Any) -> Response:
        headers = dict(kwargs.pop("headers", {}))
        if token is not None:
            headers["PRIVATE-TOKEN"] = token if isinstance(token, str) else token.value
        url = path if path.startswith(("/oauth", "http")) else f"/api/v4{path}"
        return self.client.request(method, url, headers=headers, follow_redirects=False, **kwargs)

    def bot(self, method: str, path: str, **kwargs: Any) -> Response:
        """A call by the bot, below the project."""
        return self.call(method, f"/projects/{self.project.id}{path}", self.token, **kwargs)

    def on_request(self, method: str, path: str = "", **kwargs: Any) -> Response:
        """A call by the bot, below the merge request."""
        return self.bot(method, f"/merge_requests/{self.request.iid}{path}", **kwargs)

    def problems(self) -> list[str]:
        """All violations, which are then forgotten."""
        told = [violation.problem for violation in self.sim.violations]
        self.sim.violations.clear()
        return told

    def problem(self) -> str:
        """The one violation, which is then forgotten."""
        (told,) = self.problems()
        return told


@pytest.fixture(scope="session")
def contract() -> Contract:
    return gitlab_contract(json.loads(CONTRACT.read_bytes()))


@pytest.fixture
def scene(contract: Contract) -> Iterator[Scene]:
    clock = Clock()
    sim = GitlabSimulator(contract=contract, clock=clock)
    files = {".agnox.yml": "version: 1\n", "src/pay.py": "x = 1\n"}
    project = sim.add_project("acme/tools/shop", visibility="private", files=files)
    sim.add_member(project, "mona", Level.DEVELOPER)
    token = sim.add_access_token(project, Level.MAINTAINER)
    request = sim.add_merge_request(project, user="mona", files=[ChangedFile("src/pay.py", PATCH)])
    with TestClient(sim.app) as client:
        yield Scene(sim, clock, project, request, token, client)
        assert sim.violations == []
