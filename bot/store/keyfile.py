"""The key file: the key ring of an embedded instance, one key a line, newest first, readable by its owner only."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.store.vault import Keyring, NoKey, Vault, VaultError, new_key


class ExposedKeyFile(VaultError):
    """Others may read the key file."""


class UnusableKeyFile(VaultError):
    """The key file can't be read or written."""


def open_vault(secret_keys: str, key_file: Path | None) -> Vault:
    """Makes the vault of a process from `AGNOX_SECRET_KEYS`, else from the key file, made here if it is not there.

    `key_file` is None where the database may be shared with other machines. Raises VaultError.
    """
    if secret_keys.strip():
        return Vault(Keyring(secret_keys))
    if key_file is None:
        raise NoKey(
            "AGNOX_SECRET_KEYS is not set: processes that share this database need the same key; "
            "make one by `agnox vault new-key`"
        )
    path = key_file
    with _translated(path):
        if not path.exists():
            _make(path)
        return Vault(_read(path), reload=lambda: _read(path))


def add_key(key_file: Path) -> Keyring:
    """Puts a new key in front of the key file, which is made if it is not there. Raises VaultError."""
    with _translated(key_file), _locked(key_file):
        older = _text(key_file) if key_file.exists() else ""
        _replace(key_file, f"{new_key()}\n{older}")
        return _read(key_file)


def _make(path: Path) -> None:
    with _locked(path):
        if not path.exists():
            _replace(path, new_key() + "\n")


def _read(path: Path) -> Keyring:
    with _translated(path):
        return Keyring(_text(path))


def _text(path: Path) -> str:
    with path.open(encoding="ascii") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ExposedKeyFile(
                f"{path} may be read or written by others (mode {stat.S_IMODE(mode):04o}): run `chmod 600 {path}`, "
                "and if somebody may have read it, replace the key: `agnox vault new-key --save`, `agnox vault rotate`"
            )
        return file.read()


def _replace(path: Path, text: str) -> None:
    """Writes the whole file or nothing; it has mode 0600 from its first byte on."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # A secret must not be stored before the name of the file with its key is durable.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keeps other processes from making or changing the file: a lock on its folder, gone with the process."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnusableKeyFile(f"key file {path}: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError:
        raise UnusableKeyFile(f"key file {path}: not a text file of keys") from None
