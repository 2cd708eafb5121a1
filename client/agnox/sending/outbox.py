"""Requests on disk: each is written here before it is sent, and stays until a server has answered it."""

import hashlib
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from agnox.sending.server import Server

LIMIT = 200 * 1024 * 1024
"""Bytes of all that waits; the oldest goes first."""
WEEK = 7 * 24 * 3600.0
HOUR = 3600.0

_META, _BODY = "request.json", "body"


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that is ready to be sent; `kept` that it outlives this process."""

    folder: Path
    path: str
    content_type: str
    idempotency_key: str
    made: float
    lifetime: float
    kept: bool = True

    def open(self) -> BinaryIO:
        """Opens the body. Raises OSError."""
        return (self.folder / _BODY).open("rb")

    def drop(self) -> None:
        """Takes the request off the disk."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Outbox:
    """A folder of requests that only its owner can read, bounded in bytes and age."""

    def __init__(self, folder: Path | None, *, limit: int = LIMIT, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._limit = limit
        self._clock = clock

    @classmethod
    def of_user(cls) -> "Outbox":
        """The outbox in the folder that the platform has for such things; none where there is no home."""
        from platformdirs import user_state_path

        try:
            return cls(user_state_path("agnox", appauthor=False) / "outbox")
        except (OSError, RuntimeError):
            return cls(None)

    def put(self, server: Server, path: str, write: Callable[[BinaryIO], str], *, lifetime: float = WEEK) -> Entry:
        """Has a body written, which gives its content type, and keeps it. Raises OSError where no disk takes it."""
        folder, kept = self._new_folder()
        try:
            with _private(folder / _BODY) as body:
                content_type = write(body)
            entry = Entry(folder, path, content_type, secrets.token_hex(16), self._clock(), lifetime, kept)
            meta = {
                "server": server.url,
                "keyId": _key_id(server),
                "path": path,
                "contentType": content_type,
                "idempotencyKey": entry.idempotency_key,
                "made": entry.made,
                "lifetime": lifetime,
            }
            with _private(folder / _META) as target:
                target.write(json.dumps(meta).encode())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if kept:
            self._bound(entry)
        return entry

    def waiting(self, server: Server) -> Iterator[Entry]:
        """Gives what waits for a server, the oldest first; only what was made with the same key, for the same right."""
        for folder in self._folders():
            meta = _read(folder)
            if meta is None or (meta.get("server"), meta.get("keyId")) != (server.url, _key_id(server)):
                continue
            try:
                entry = Entry(
                    folder,
                    str(meta["path"]),
                    str(meta["contentType"]),
                    str(meta["idempotencyKey"]),
                    float(meta["made"]),
                    float(meta["lifetime"]),
                )
            except (KeyError, TypeError, ValueError):
                continue
            if self._clock() - entry.made <= entry.lifetime:
                yield entry

    def _new_folder(self) -> tuple[Path, bool]:
        if self._folder is not None:
            with suppress(OSError):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                # Names sort by age.
                folder = self._folder / f"{int(self._clock() * 1000):015d}-{secrets.token_hex(4)}"
                folder.mkdir(mode=0o700)
                return folder, True
        return Path(tempfile.mkdtemp(prefix="agnox-")), False

    def _folders(self) -> list[Path]:
        if self._folder is None:
            return []
        with suppress(OSError):
            return sorted(path for path in self._folder.iterdir() if path.is_dir() and not path.is_symlink())
        return []

    def _bound(self, newest: Entry) -> None:
        """Takes away what is too old, and then the oldest of what is too much."""
        left = self._limit
        for folder in reversed(self._folders()):
            meta = _read(folder)
            lifetime, made = (_number(meta, "lifetime"), _number(meta, "made")) if meta else (HOUR, _touched(folder))
            size = sum(_size(folder / name) for name in (_META, _BODY))
            left -= size
            if folder != newest.folder and (left < 0 or self._clock() - made > lifetime):
                left += size
                shutil.rmtree(folder, ignore_errors=True)


def _private(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _key_id(server: Server) -> str:
    """Tells keys apart without keeping them: a key is long and random, so its hash gives nothing away."""
    return hashlib.sha256(b"agnox outbox\0" + server.key.encode()).hexdigest()[:32]


def _read(folder: Path) -> Mapping[str, Any] | None:
    try:
        meta = json.loads((folder / _META).read_bytes())
    except (OSError, ValueError):
        return None
    return meta if isinstance(meta, dict) else None


def _number(meta: Mapping[str, Any], name: str) -> float:
    value = meta.get(name)
    return float(value) if isinstance(value, int | float) else 0


def _touched(folder: Path) -> float:
    with suppress(OSError):
        return folder.stat().st_mtime
    return 0


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
