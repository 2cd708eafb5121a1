"""A simulated GitHub with one repository, one pull request and one installation."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from httpx2 import Response
from starlette.testclient import TestClient

from simulators.github import ChangedFile, GithubSimulator, Installation, PullRequest, Repository
from tests.simulators.clock import Clock

PATCH = "@@ -1,2 +1,3 @@\n def pay(cart):\n-    return 0\n+    total = sum(cart)\n+    return total"


@cache
def _key(pem: str) -> rsa.RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


@dataclass
class Scene:
    """What most tests start from."""

    sim: GithubSimulator
    clock: Clock
    repo: Repository
    pull: PullRequest
    installation: Installation
    client: TestClient

    def app_jwt(self, *, issued: int = -60, expires: int = 540, **claims: Any) -> str:
        now = int(self.clock().timestamp())
        content = {"iat": now + issued, "exp": now + expires, "iss": str(self.sim.github_app.id), **claims}
        return jwt.encode(content, _key(self.sim.private_key_pem), "RS256")

    def as_app(self, method: str, path: str, **kwargs: Any) -> Response:
        return self.call(method, path, self.app_jwt(), **kwargs)

    def token(self, **body: Any) -> str:
        path = f"/app/installations/{self.installation.id}/access_tokens"
        answer = self.as_app("POST", path, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def call(self, method: str, path: str, token: str | None = None, **kwargs: Any) -> Response:
        headers = {"X-GitHub-Api-Version": "2022-11-28", **kwargs.pop("headers", {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.client.request(method, path, headers=headers, follow_redirects=False, **kwargs)

    def bot(self, method: str, path: str, **kwargs: Any) -> Response:
        """A call by the installation, below the repository."""
        token = self.sim.installation_token(self.installation)
        return self.call(method, f"/repos/{self.repo.full_name}{path}", token, **kwargs)

    def problem(self) -> str:
        """The one violation, which is then forgotten."""
        (violation,) = self.sim.violations
        self.sim.violations.clear()
        return violation.problem


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.fixture
def scene(private_key: str) -> Iterator[Scene]:
    clock = Clock()
    sim = GithubSimulator(private_key_pem=private_key, clock=clock)
    repo = sim.add_repository("acme/shop", private=True, files={".agnox.yml": "version: 1\n", "src/pay.py": "x = 1\n"})
    pull = sim.add_pull_request(repo, user="mona", files=[ChangedFile("src/pay.py", PATCH)])
    sim.set_role(repo, "mona", "write")
    with TestClient(sim.app) as client:
        yield Scene(sim, clock, repo, pull, sim.install("acme"), client)
        assert sim.violations == []
