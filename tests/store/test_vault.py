import base64
import json
import pickle
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from bot.store.keyfile import ExposedKeyFile, UnusableKeyFile, add_key, open_vault
from bot.store.vault import (
    Changed,
    Keyring,
    MalformedKey,
    NoKey,
    UnknownKey,
    Vault,
    VaultError,
    decrypt,
    encrypt,
    new_key,
)

DATA = json.loads((Path(__file__).parent / "data" / "aes_256_gcm.json").read_text())
PLACE = {"organization_id": "org1", "provider": "gitlab", "field": "token"}


def key_text(byte: int, name: str = "") -> str:
    encoded = base64.b64encode(bytes([byte]) * 32).decode()
    return f"{name}:{encoded}" if name else encoded


def vault(*keys: str) -> Vault:
    return Vault(Keyring(",".join(keys)))


@pytest.mark.parametrize("vector", DATA["vectors"], ids=lambda vector: vector["name"])
def test_known_answers(vector: dict[str, Any]) -> None:
    key, nonce, aad, plain, sealed = (
        bytes.fromhex(vector[name]) for name in ("key", "nonce", "aad", "plain", "sealed")
    )
    if vector["valid"]:
        assert encrypt(AESGCM(key), nonce, plain, aad) == sealed
        assert decrypt(AESGCM(key), nonce, sealed, aad) == plain
    else:
        with pytest.raises(InvalidTag):
            decrypt(AESGCM(key), nonce, sealed, aad)


def test_an_envelope_is_what_the_documentation_says() -> None:
    """Read with nothing but the written form: version, key id, nonce, ciphertext and tag; lengths before each part."""
    envelope = vault(key_text(7, "k1")).seal("glpat-1", **PLACE)
    head, nonce, sealed = envelope[:4], envelope[4:16], envelope[16:]
    assert head == b"\x01\x02k1"
    parts = (head, b"org1", b"gitlab", b"token")
    place = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    assert AESGCM(bytes([7]) * 32).decrypt(nonce, sealed, place) == b"glpat-1"


@given(st.text(st.characters(), max_size=200))
def test_every_text_comes_back(text: str) -> None:
    sealed = vault(key_text(1))
    assert sealed.open(sealed.seal(text, **PLACE), **PLACE) == text


def test_a_lone_surrogate_comes_back() -> None:
    assert vault(key_text(1)).open(vault(key_text(1)).seal("a\ud800b", **PLACE), **PLACE) == "a\ud800b"


def test_no_nonce_is_used_twice() -> None:
    sealing = vault(key_text(1, "k1"))
    assert len({sealing.seal("same", **PLACE)[4:16] for _ in range(1000)}) == 1000


def test_every_changed_byte_is_noticed() -> None:
    sealing = vault(key_text(1, "k1"), key_text(2, "k2"))
    envelope = sealing.seal("glpat-secret", **PLACE)
    for at in range(len(envelope)):
        for bit in range(8):
            changed = bytearray(envelope)
            changed[at] ^= 1 << bit
            with pytest.raises((Changed, UnknownKey)):
                sealing.open(bytes(changed), **PLACE)
    for length in range(len(envelope)):
        with pytest.raises((Changed, UnknownKey)):
            sealing.open(envelope[:length], **PLACE)
    with pytest.raises(Changed):
        sealing.open(envelope + b"\0", **PLACE)


@pytest.mark.parametrize(
    "other",
    [
        {"organization_id": "org2"},
        {"provider": "azure"},
        {"field": "hook_secret"},
        {"organization_id": "org1g", "provider": "itlab"},
        {"provider": "gitlabt", "field": "oken"},
        {"organization_id": "", "provider": "org1gitlab"},
    ],
)
def test_a_moved_envelope_does_not_open(other: dict[str, str]) -> None:
    sealing = vault(key_text(1))
    envelope = sealing.seal("glpat-secret", **PLACE)
    with pytest.raises(Changed, match="was changed or moved"):
        sealing.open(envelope, **{**PLACE, **other})


def test_the_newest_key_seals_and_all_open() -> None:
    old = vault(key_text(1, "k1")).seal("old", **PLACE)
    ring = vault(key_text(2, "k2"), key_text(1, "k1"))
    new = ring.seal("new", **PLACE)
    assert (Vault.key_id(old), Vault.key_id(new)) == ("k1", "k2")
    assert (ring.open(old, **PLACE), ring.open(new, **PLACE)) == ("old", "new")


def test_a_key_that_is_gone_is_named() -> None:
    envelope = vault(key_text(1, "k1")).seal("x", **PLACE)
    with pytest.raises(UnknownKey, match=r"key 'k1', which is not in the key ring \(k2\)"):
        vault(key_text(2, "k2")).open(envelope, **PLACE)


def test_another_key_of_the_same_id_is_no_garbled_token() -> None:
    envelope = vault(key_text(1, "k1")).seal("x", **PLACE)
    with pytest.raises(Changed, match="is not the one that sealed it"):
        vault(key_text(2, "k1")).open(envelope, **PLACE)


@pytest.mark.parametrize("text", ["", "  ", ",", "\n"])
def test_no_key_is_told(text: str) -> None:
    with pytest.raises(NoKey, match="agnox vault new-key"):
        Keyring(text)


MALFORMED = {
    "short": "k1:" + base64.b64encode(b"x" * 31).decode(),
    "long": "k1:" + base64.b64encode(b"x" * 33).decode(),
    "not base64": "k1:" + "!" * 44,
    "bad id": "k/1" + ":" + base64.b64encode(b"x" * 32).decode(),
    "empty id": ":" + base64.b64encode(b"x" * 32).decode(),
    "id and key swapped": base64.b64encode(b"x" * 32).decode() + ":k1",
    "passphrase": "correct-horse-battery-staple",
    "not ascii": "k1:" + "é" * 44,
}


@pytest.mark.parametrize("entry", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_key_is_told_by_its_place_only(entry: str) -> None:
    with pytest.raises(MalformedKey, match="key 2 of the key ring") as caught:
        Keyring(f"{key_text(1)},{entry}")
    told = "".join(traceback.format_exception(caught.value))
    for part in filter(None, entry.split(":")):
        assert len(part) < 3 or part not in told


def test_an_id_may_stand_once() -> None:
    with pytest.raises(MalformedKey, match="same id"):
        Keyring(f"{key_text(1, 'a')},{key_text(2, 'a')}")


def test_forms_of_a_key() -> None:
    bare = new_key().partition(":")[2]
    urlsafe = bare.replace("+", "-").replace("/", "_").rstrip("=")
    ring = Keyring(bare)
    assert Keyring(urlsafe).ids == ring.ids
    assert Keyring(f"{ring.newest}:{bare}").ids == ring.ids
    envelope = Vault(ring).seal("x", **PLACE)
    assert vault(new_key(), urlsafe).open(envelope, **PLACE) == "x"
    assert Keyring(f" {key_text(1, 'b')} ,\n{key_text(2, 'a')}\n").ids == ("b", "a")


def test_keys_are_never_shown() -> None:
    text = new_key()
    secret = text.partition(":")[2]
    sealing = vault(text)
    for shown in (repr(sealing), str(sealing.keyring), repr(sealing.keyring), repr(vars(sealing.keyring))):
        assert secret not in shown
        assert str(base64.b64decode(secret)) not in shown
    with pytest.raises(TypeError):
        pickle.dumps(sealing)


def test_the_key_file_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret.keys"
    envelope = open_vault("", path).seal("x", **PLACE)
    assert open_vault("", path).open(envelope, **PLACE) == "x"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_take_the_same_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bot.store.keyfile import open_vault;"
        "print(flush=True); sys.stdin.readline(); print(open_vault('', Path(sys.argv[1])).keyring.newest)"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "secret.keys")]
    processes = [
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
    ids = {process.communicate()[0].strip() for process in processes}
    assert ids == set(Keyring((tmp_path / "secret.keys").read_text()).ids)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret.keys"
    open_vault("", path)
    path.chmod(mode)
    with pytest.raises(ExposedKeyFile, match=f"mode {mode:04o}.*chmod 600"):
        open_vault("", path)
    with pytest.raises(ExposedKeyFile):
        add_key(path)


def test_a_key_file_of_rubbish_is_told(tmp_path: Path) -> None:
    path = tmp_path / "secret.keys"
    path.touch(mode=0o600)
    with pytest.raises(NoKey):
        open_vault("", path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UnusableKeyFile, match="not a text file"):
        open_vault("", path)
    (tmp_path / "file").touch()
    with pytest.raises(UnusableKeyFile):
        open_vault("", tmp_path / "file" / "secret.keys")


def test_a_shared_database_needs_a_given_key(tmp_path: Path) -> None:
    with pytest.raises(NoKey, match="AGNOX_SECRET_KEYS is not set"):
        open_vault("", None)
    assert open_vault(key_text(1, "given"), tmp_path / "secret.keys").keyring.ids == ("given",)
    assert list(tmp_path.iterdir()) == []


def test_a_key_added_to_the_file_is_found_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "secret.keys"
    serving = open_vault("", path)
    first = serving.seal("old", **PLACE)
    added = add_key(path)
    assert added.ids[1:] == serving.keyring.ids
    envelope = open_vault("", path).seal("new", **PLACE)
    assert Vault.key_id(envelope) == added.newest
    assert serving.open(envelope, **PLACE) == "new"
    assert serving.open(first, **PLACE) == "old"
    assert serving.keyring.newest == added.newest
    assert path.stat().st_mode & 0o777 == 0o600


def test_all_errors_are_one_kind() -> None:
    kinds = (NoKey, MalformedKey, UnknownKey, Changed, ExposedKeyFile, UnusableKeyFile)
    assert all(issubclass(kind, VaultError) for kind in kinds)
