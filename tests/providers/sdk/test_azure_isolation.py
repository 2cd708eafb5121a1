"""Two organizations in one process share nothing of the SDK."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.devops import _file_cache as file_cache  # type: ignore[import-untyped]
from azure.devops.v7_1.git.git_client import GitClient  # type: ignore[import-untyped]

from providers.azure.isolation import FRESH, SESSION_ID, Isolation
from providers.sdk.session import GuardedSession
from tests.providers.sdk.fakes import Asked, FakeHost, Moment, Reply, fake_host
from tests.providers.sdk.guards import guard
from tests.providers.sdk.organizations import discovery

FOUND = Reply(200, b'{"id": "r1", "name": "shop"}', {"content-type": "application/json", SESSION_ID: "the-hosts-own"})


class Organization:
    """A connection to an organization whose routes are its own."""

    def __init__(self, name: str, host: FakeHost, moment: Moment, newest: str = "7.1") -> None:
        self.name = name
        self.host = host
        self.newest = newest
        self.isolation = Isolation(moment)
        self.session = GuardedSession(guard(host.url, moment))
        host.answer = self.answer

    def answer(self, asked: Asked) -> Reply:
        if asked.method == "OPTIONS":
            return discovery(self.name, newest=self.newest, session=f"of {self.name}")
        return FOUND

    def client(self, path: str = "shared") -> Any:
        return self.isolation.client(GitClient, f"{self.host.url}/{path}", self.session)

    def asked(self, method: str) -> list[Asked]:
        return [asked for asked in self.host.asked if asked.method == method]


@pytest.fixture
def pair(moment: Moment) -> Iterator[tuple[Organization, Organization]]:
    with fake_host() as left, fake_host() as right:
        organizations = Organization("blue", left, moment), Organization("green", right, moment, newest="6.0")
        yield organizations
        for organization in organizations:
            organization.session.close()


def test_each_has_its_own_locations_versions_and_session(pair: tuple[Organization, Organization]) -> None:
    for _ in range(2):
        for organization in pair:
            organization.client().get_repository("r1", "p1")
    for organization, version in zip(pair, ("7.1-preview.1", "6.0"), strict=True):
        assert len(organization.asked("OPTIONS")) == 1
        calls = organization.asked("GET")
        assert [call.path for call in calls] == [f"/shared/{organization.name}-only/p1/_apis/git/repositories/r1"] * 2
        assert {call.headers["accept"] for call in calls} == {f"application/json;api-version={version}"}
        assert {call.headers[SESSION_ID.lower()] for call in calls} == {organization.isolation.session_id}
    assert pair[0].isolation.session_id != pair[1].isolation.session_id


def test_two_connections_to_one_address_share_nothing(host: FakeHost, moment: Moment) -> None:
    first, second = Organization("blue", host, moment), Organization("green", host, moment)
    host.answer = first.answer
    first.client().get_repository("r1", "p1")
    host.answer = second.answer
    second.client().get_repository("r1", "p1")
    first.client().get_repository("r1", "p1")
    assert [call.path.split("/")[2] for call in first.asked("GET")] == ["blue-only", "green-only", "blue-only"]
    for organization in (first, second):
        organization.session.close()


def test_locations_are_asked_again_after_a_while(host: FakeHost, moment: Moment) -> None:
    organization = Organization("blue", host, moment)
    client = organization.client()
    client.get_repository("r1", "p1")
    moment.seconds += FRESH - 1
    client.get_repository("r1", "p1")
    assert len(organization.asked("OPTIONS")) == 1
    organization.newest = "5.0"
    moment.seconds += 2
    client.get_repository("r1", "p1")
    assert [call.headers["accept"][-3:] for call in organization.asked("GET")] == ["w.1", "w.1", "5.0"]
    organization.session.close()


def test_no_locations_are_no_answer_to_keep(host: FakeHost, moment: Moment) -> None:
    organization = Organization("blue", host, moment)
    host.answer = lambda _: Reply(200, b'{"count": 0, "value": []}')
    client = organization.client()
    for _ in range(2):
        with pytest.raises(ValueError, match="is not registered on"):
            client.get_repository("r1", "p1")
    host.answer = organization.answer
    assert client.get_repository("r1", "p1").name == "shop"
    organization.session.close()


def test_threads_of_one_connection_ask_for_locations_once(host: FakeHost, moment: Moment) -> None:
    organization = Organization("blue", host, moment)
    start, names = threading.Barrier(4), []

    def work() -> None:
        with GuardedSession(guard(host.url, moment)) as session:
            client: Any = organization.isolation.client(GitClient, f"{host.url}/shared", session)
            start.wait(10)
            names.append(client.get_repository("r1", "p1").name)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert names == ["shop"] * 4
    assert len(organization.asked("OPTIONS")) == 1
    organization.session.close()


def test_nothing_is_written(pair: tuple[Organization, Organization]) -> None:
    for organization in pair:
        organization.client().get_repository("r1", "p1")
    assert file_cache.OPTIONS_CACHE.data == {}
    assert file_cache.RESOURCE_CACHE.data == {}


def test_importing_leaves_no_trace(tmp_path: Path) -> None:
    """In a process of its own, whose home folder can't be written."""
    home = tmp_path / "home"
    home.write_text("not a folder")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(temporary)}
    environment.pop("AZURE_DEVOPS_CACHE_DIR", None)
    script = "import os, providers.azure.isolation; print(os.environ.get('AZURE_DEVOPS_CACHE_DIR'))"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "None", "")
    assert list(temporary.iterdir()) == []
