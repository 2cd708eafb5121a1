"""What the command line takes for a credential and an address."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import (
    Integration,
)
from bot.store.sealed import INTEGRATION_TOKEN
from bot.store.vault import Keyring, Vault
from tests.cli.conftest import KEY, TOKEN, Agnox


def test_integrations(agnox: Agnox) -> None:
    agnox("org", "create", "acme")
    url = "https://ghe.example/api/v3"
    made = agnox.json(
        "integration", "add", "GitHub", "--org", "acme", "--base-url", url + "/", "--token-stdin", stdin=TOKEN + "\n"
    )
    assert (made["provider"], made["base_url"], made["enabled"]) == ("github", url, True)
    (row,) = agnox.all(Integration)
    assert row.token is not None
    assert TOKEN.encode() not in row.token
    assert INTEGRATION_TOKEN.open(Vault(Keyring(KEY)), row) == TOKEN
    for shape in ("text", "json"):
        assert TOKEN not in agnox("integration", "list", "--format", shape).output
    assert "agnox integration remove" in agnox.refused(
        "integration", "add", "github", "--org", "acme", "--token-stdin", stdin="other"
    )
    assert agnox.json("integration", "disable", made["id"])["enabled"] is False

    async def break_it(session: AsyncSession) -> None:
        (await session.scalars(select(Integration))).one().broken = "401"

    agnox.store(break_it)
    enabled = agnox.json("integration", "enable", made["id"])
    assert (enabled["enabled"], enabled["broken"]) == (True, "")
    agnox("integration", "enable", made["id"])
    agnox("integration", "remove", made["id"])
    assert agnox.json("integration", "list") == []
    for verb in ("remove", "enable", "disable"):
        assert "agnox integration list" in agnox.refused("integration", verb, made["id"])
    assert agnox.audit()[1:] == [
        ("integration.added", f"github {url}"),
        ("integration.disabled", "github"),
        ("integration.enabled", "github"),
        ("integration.removed", "github"),
    ]


@pytest.mark.parametrize("token", ["", " \n", "two words", "two\nlines", "t\u00f6ken", "x" * 5000, "\x1b[2J"])
def test_what_can_not_be_a_token(agnox: Agnox, token: str) -> None:
    agnox("org", "create", "acme")
    told = agnox.refused("integration", "add", "github", "--org", "acme", "--token-stdin", stdin=token)
    assert "that is no token" in told
    assert not token.strip() or token.strip() not in told
    assert agnox.all(Integration) == []


@pytest.mark.parametrize(
    "url", ["ghe.example", "ftp://ghe.example", "https://", "https://u:p@ghe.example", "https://h/?a=b", "http://[::1"]
)
def test_what_can_not_be_a_base_url(agnox: Agnox, url: str) -> None:
    agnox("org", "create", "acme")
    told = agnox.refused(
        "integration", "add", "github", "--org", "acme", "--base-url", url, "--token-stdin", stdin="token"
    )
    assert "the base URL must be" in told


def test_wrong_use_of_integration_add(agnox: Agnox) -> None:
    agnox("org", "create", "acme")
    agnox("integration", "add", "github", "--org", "acme", stdin="token", exit_code=2)
    agnox("integration", "add", "--org", "acme", "--token-stdin", stdin="token", exit_code=2)
    told = agnox.refused("integration", "add", "sourcehut", "--org", "acme", "--token-stdin", stdin="token")
    assert "unknown provider 'sourcehut'; known are " in told
    assert "github" in told


def test_a_token_without_a_key_is_refused(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    agnox("org", "create", "acme")
    monkeypatch.setenv("AGNOX_SECRET_KEYS", "not-a-key")
    told = agnox.refused("integration", "add", "github", "--org", "acme", "--token-stdin", stdin="token")
    assert "agnox vault new-key" in told
    assert "not-a-key" not in told
