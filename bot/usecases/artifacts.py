"""Keeping the files of an execution: secrets masked, then compressed."""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from bot.domain.known_secrets import KnownSecrets
from bot.domain.masking import Masker

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 18


_SECRET_NAME = re.compile(
    r"(?:^|_)(?:AUTH|COOKIE|CREDENTIALS?|DSN|KEYS?|PASS|PAT|PRIVATE|PWD|SESSION|TOKENS?)(?:_|$)"
    r"|SECRET|PASSWORD|PASSWD|PASSPHRASE|APIKEY|TOKEN$"
)


class Unstorable(Exception):
    """A file can't be kept; the message says why to the person who sent it."""


class TooLarge(Unstorable):
    """A file is over its limit."""


def pack(path: Path, secrets: Iterable[str] | KnownSecrets, limit: int) -> tuple[bytes, int]:
    """Gives a file's masked content, gzip-compressed, and its plain size in bytes.

    A file that is gzip already is unpacked on the way. Raises TooLarge when it is over `limit` plain bytes, and
    Unstorable when it is broken.
    """
    size = 0

    def chunks(source: BinaryIO) -> Iterator[bytes]:
        nonlocal size
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"it is over the limit of {limit} bytes")
            yield chunk

    with path.open("rb") as raw, TemporaryFile() as spool:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        source: BinaryIO = gzip.GzipFile(fileobj=raw, mode="rb") if packed else raw  # type: ignore[assignment]
        with gzip.GzipFile(fileobj=spool, mode="wb", compresslevel=6, mtime=0) as target:
            try:
                for block in Masker(secrets).bytes_blocks(chunks(source)):
                    target.write(block)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise Unstorable(f"its gzip data is broken: {error}") from error
        spool.seek(0)
        return spool.read(), size


def secret_values(variables: dict[str, str]) -> list[str]:
    """Picks the values that a name calls a secret out of a suite's environment variables."""
    return [value for name, value in variables.items() if len(value) >= 6 and _is_secret(name.upper(), value)]


def _is_secret(name: str, value: str) -> bool:
    return _SECRET_NAME.search(name) is not None or ("://" in value and "@" in value)
