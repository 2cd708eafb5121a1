"""`agnox integration server`."""

from collections.abc import Iterator

import pytest

from bot.store.models import AgnoxServer
from simulators.agnox import AgnoxSimulator
from tests.cli.conftest import Agnox

SERVER = ("integration", "server")


@pytest.fixture
def remote() -> AgnoxSimulator:
    return AgnoxSimulator()


@pytest.fixture
def add(agnox: Agnox, remote: AgnoxSimulator) -> Iterator[tuple[str, ...]]:
    agnox.json("org", "create", "acme")
    agnox.json("project", "create", "--org", "acme", "shop")
    with remote.serve() as url:
        yield (*SERVER, "add", "--org", "acme", "--base-url", url, "--token-stdin")


def test_a_server_is_added_checked_listed_and_removed(
    agnox: Agnox, remote: AgnoxSimulator, add: tuple[str, ...]
) -> None:
    account = remote.add_account()
    made = agnox.json(*add, "--remote-project", account.projects[0], stdin=f"{account.key}\n")
    (row,) = agnox.all(AgnoxServer)
    assert made["hook_url"].endswith(f"/webhooks/agnox/{row.hook_key}") and len(made["hook_secret"]) > 30
    assert made["notes"] == [] and row.checked_at is not None
    assert row.key is not None and account.key.encode() not in row.key
    (listed,) = agnox.json(*SERVER, "list", "--org", "acme")
    assert listed["broken"] == "" and account.key not in str(listed) and made["hook_secret"] not in str(listed)
    assert agnox.json(*SERVER, "check", "--org", "acme")["broken"] == ""
    assert "already" in agnox.refused(*add, stdin=account.key)
    agnox.json(*SERVER, "remove", "--org", "acme")
    assert agnox.all(AgnoxServer) == []
    assert [name for name, _ in agnox.audit()][-2:] == ["agnox_server.added", "agnox_server.removed"]


def test_a_key_that_is_refused_is_not_kept(agnox: Agnox, remote: AgnoxSimulator, add: tuple[str, ...]) -> None:
    assert "nothing was stored" in agnox.refused(*add, stdin="another-key")
    assert agnox.all(AgnoxServer) == []
    assert agnox.json(*add, "--no-check", stdin="another-key")["notes"]
    assert "401" in agnox(*SERVER, "check", "--org", "acme", exit_code=1).stderr
    account = remote.add_account()
    assert agnox.json(*SERVER, "replace", "--org", "acme", "--token-stdin", stdin=account.key)["broken"] == ""


def test_what_can_not_be(agnox: Agnox, add: tuple[str, ...]) -> None:
    assert "no project" in agnox.refused(*add, "--project", "other", stdin="key")
    assert "no Agnox server" in agnox.refused(*SERVER, "check", "--org", "acme")
    where = (*SERVER, "add", "--org", "acme", "--token-stdin", "--no-check", "--base-url")
    assert "not encrypted" in agnox.refused(*where, "http://agnox.acme.test", stdin="key")
    assert agnox.json(*where, "http://agnox.acme.test/", "--plain", stdin="key")["base_url"] == "http://agnox.acme.test"
    assert agnox.json("project", "runs-on", "shop", "--org", "acme", "--executor", "agnox")["executor"] == "agnox"
