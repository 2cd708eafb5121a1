"""A simulated Azure DevOps organization with one project, one repository and one pull request."""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from simulators.azure import AzureSimulator, Identity, Project, PullRequest, Repository, azure_contract
from simulators.contract import Contract
from tests.simulators.clock import Clock
from tests.simulators.receiver import Receiver

COMMENTED = "ms.vss-code.git-pullrequest-comment-event"
URL = "http://testserver/hook"
DESCRIPTION = Path(__file__).parents[2] / "data/contracts/azure.openapi.json"
FILES = {"src/pay.py": "def pay(cart):\n    return 0\n", ".agnox.yml": "version: 1\n"}
CHANGED = {"src/pay.py": "def pay(cart):\n    return sum(cart)\n", "src/new.py": "x = 1\n"}


@dataclass
class Scene:
    """What most tests start from."""

    sim: AzureSimulator
    clock: Clock
    project: Project
    repo: Repository
    pull: PullRequest
    mona: Identity
    token: str
    client: TestClient

    def call(self, method: str, path: str, token: str | None = None, **kwargs: Any) -> Response:
        """A call below the organization by the bot, or with another token."""
        secret = base64.b64encode(f":{token or self.token}".encode()).decode()
        headers = {"Accept": "application/json;api-version=7.1", "Authorization": f"Basic {secret}"}
        headers |= kwargs.pop("headers", {})
        return self.client.request(
            method, f"{self.sim.prefix}{path}", headers=headers, follow_redirects=False, **kwargs
        )

    def git(self, method: str, path: str, **kwargs: Any) -> Response:
        """A call below the repository."""
        return self.call(method, f"/Shop/_apis/git/repositories/Shop{path}", **kwargs)

    def on_pull(self, method: str, path: str, **kwargs: Any) -> Response:
        """A call below the pull request."""
        return self.git(method, f"/pullRequests/{self.pull.id}{path}", **kwargs)

    def thread(self, content: str = "report", **fields: Any) -> Any:
        """A thread by the bot."""
        body = {"comments": [{"parentCommentId": 0, "content": content, "commentType": "text"}], **fields}
        answer = self.on_pull("POST", "/threads", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def problem(self) -> str:
        """The one violation, which is then forgotten."""
        (violation,) = self.sim.violations
        self.sim.violations.clear()
        return violation.problem


@pytest.fixture(scope="session")
def contract() -> Contract:
    return azure_contract(json.loads(DESCRIPTION.read_bytes()))


@pytest.fixture
def build(contract: Contract) -> Iterator[Callable[..., Scene]]:
    """Makes a scene with options for the simulator; at the end nothing may have been violated."""
    made: list[Scene] = []

    def make(**options: Any) -> Scene:
        clock = Clock()
        sim = AzureSimulator(**{"contract": contract, "clock": clock, **options})
        project = sim.add_project("Shop")
        repo = sim.add_repository(project, files=FILES)
        mona = sim.add_user("mona", sim.group("Contributors", project))
        pull = sim.add_pull_request(repo, user=mona, title="Sum prices", files=CHANGED)
        scene = Scene(sim, clock, project, repo, pull, mona, sim.token_for(sim.bot), TestClient(sim.app))
        made.append(scene)
        return scene

    yield make
    for scene in made:
        assert scene.sim.violations == []


@pytest.fixture
def scene(build: Callable[..., Scene]) -> Scene:
    return build()


class Sdk:
    """The official SDK, which has no types and keeps its connections open."""

    def __init__(self) -> None:
        self.exceptions = import_module("azure.devops.exceptions")
        self._connection = import_module("azure.devops.connection")
        self._authentication = import_module("msrest.authentication")

    def clients(self, base_url: str, token: str) -> Any:
        """The factory of clients for one connection."""
        credentials = self._authentication.BasicAuthentication("", token)
        return self._connection.Connection(base_url=base_url, creds=credentials).clients_v7_1

    def models(self, area: str) -> Any:
        """The models of an area, such as "git"."""
        return import_module(f"azure.devops.v7_1.{area}.models")


def _read(response: Any, **_: Any) -> None:
    assert response.content is not None


@pytest.fixture
def sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sdk]:
    # Importing the SDK makes its cache folder.
    monkeypatch.setenv("AZURE_DEVOPS_CACHE_DIR", str(tmp_path))
    sdk = Sdk()
    # What it remembers in the process and on disk; another test may have put something else there.
    client, connection = import_module("azure.devops.client"), import_module("azure.devops.connection")
    monkeypatch.setattr(client, "OPTIONS_FILE_CACHE", defaultdict(dict))
    monkeypatch.setattr(connection, "RESOURCE_FILE_CACHE", defaultdict(dict))
    monkeypatch.setattr(client.Client, "_locations_cache", {})
    monkeypatch.setattr(client.Client, "_session_data", {"X-TFS-Session": "a session"})
    requests, opened = import_module("requests"), list[Any]()
    session = requests.Session

    def remembered() -> Any:
        made = session()
        # An answer without a body is not read by the SDK, and its connection not given back.
        made.hooks["response"].append(_read)
        opened.append(made)
        return made

    monkeypatch.setattr(requests, "Session", remembered)
    yield sdk
    for each in opened:
        each.close()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver(json.loads)


@pytest.fixture
def there(receiver: Receiver) -> Iterator[TestClient]:
    with TestClient(receiver.app) as client:
        yield client
