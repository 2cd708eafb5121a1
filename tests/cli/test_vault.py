"""Keys and the rotation of what is sealed with them."""

import json
from pathlib import Path

import pytest

from bot.store.models import (
    Integration,
)
from bot.store.sealed import INTEGRATION_TOKEN
from bot.store.vault import Keyring, Vault, new_key
from tests.cli.conftest import KEY, TOKEN, Agnox, covered


def test_rotation_of_the_vault(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    agnox("org", "create", "acme")
    agnox("integration", "add", "github", "--org", "acme", "--token-stdin", stdin=TOKEN)
    agnox.store(lambda session: covered(session, "hook-secret"))
    old = KEY.partition(":")[0]
    assert agnox.json("vault", "status") == [{"key": old, "secrets": 2, "state": "newest"}]

    made = agnox.json("vault", "new-key")
    assert agnox("vault", "new-key").stdout.strip() != made["key"]
    monkeypatch.setenv("AGNOX_SECRET_KEYS", f"{made['key']},{KEY}")
    assert agnox.json("vault", "status") == [
        {"key": made["id"], "secrets": 0, "state": "newest"},
        {"key": old, "secrets": 2, "state": "older"},
    ]
    done = agnox("vault", "rotate").stdout
    assert f"2 secrets were sealed anew, with key {made['id']}" in done
    assert f"can be removed from the key ring: {old}." in done
    expected = {"newest": made["id"], "resealed": 0, "unreadable": [], "unused_keys": [old]}
    assert agnox.json("vault", "rotate") == expected
    monkeypatch.setenv("AGNOX_SECRET_KEYS", made["key"])
    (row,) = agnox.all(Integration)
    assert agnox.audit()[2:] == [("vault.rotated", f"2 secrets, key {made['id']}")]
    assert INTEGRATION_TOKEN.open(Vault(Keyring(made["key"])), row) == TOKEN


def test_a_rotation_tells_what_it_could_not_open(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    agnox("org", "create", "acme")
    agnox("integration", "add", "github", "--org", "acme", "--token-stdin", stdin=TOKEN)
    (row,) = agnox.all(Integration)
    lost = KEY.partition(":")[0]
    monkeypatch.setenv("AGNOX_SECRET_KEYS", new_key())
    result = agnox("vault", "rotate", "--format", "json", exit_code=1)
    assert json.loads(result.stdout)["unreadable"][0]["secret"] == f"integration.token of {row.id}"
    assert f"key '{lost}', which is not in the key ring" in result.stderr
    assert agnox.json("vault", "status")[1] == {"key": lost, "secrets": 1, "state": "missing"}


def test_a_key_can_not_be_saved_where_keys_are_given(agnox: Agnox) -> None:
    assert "AGNOX_SECRET_KEYS" in agnox.refused("vault", "new-key", "--save")


def test_an_embedded_instance_from_nothing(settings: Path) -> None:
    """No variable set but the folder: the schema, the key file, a key added to it, and the rotation."""
    agnox = Agnox(f"sqlite:///{settings / 'agnox.db'}")
    assert "agnox db upgrade" in agnox.refused("org", "create", "acme")
    agnox("db", "upgrade")
    agnox("org", "create", "acme")
    agnox("integration", "add", "github", "--org", "acme", "--token-stdin", stdin=TOKEN)
    file = settings / "secret.keys"
    assert file.stat().st_mode & 0o777 == 0o600
    (old,) = Keyring(file.read_text()).ids
    saved = agnox.json("vault", "new-key", "--save")
    assert saved["file"] == str(file)
    assert Keyring(file.read_text()).ids == (saved["id"], old)
    assert agnox.json("vault", "rotate") == {
        "newest": saved["id"],
        "resealed": 1,
        "unreadable": [],
        "unused_keys": [old],
    }
    file.chmod(0o644)
    assert "chmod 600" in agnox.refused("vault", "status")
    assert "chmod 600" in agnox.refused("vault", "new-key", "--save")


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_shared_database_needs_a_given_key(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGNOX_SECRET_KEYS")
    assert "AGNOX_SECRET_KEYS is not set" in agnox.refused("vault", "status")
    assert "AGNOX_SECRET_KEYS" in agnox.refused("vault", "new-key", "--save")
