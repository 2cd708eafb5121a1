"""Keeping the files of an execution: secrets masked, then compressed."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from bot.domain.masking import Masker

_GZIP = b"\x1f\x8b"
_LONGEST = 1 << 20


_SECRET_WORDS = (
    "AUTH",
    "COOKIE",
    "CREDENTIAL",
    "DSN",
    "KEY",
    "PASS",
    "PAT",
    "PRIVATE",
    "PWD",
    "SECRET",
    "SESSION",
    "TOKEN",
)


class Unstorable(Exception):
    """A file can't be kept; the message says why to the person who sent it."""


def pack(path: Path, secrets: Iterable[str], limit: int) -> tuple[bytes, int]:
    """Gives a file's masked content, gzip-compressed, and its plain size in bytes.

    A file that is gzip already is unpacked on the way. Raises Unstorable when it is over `limit` plain bytes or broken.
    """
    masker = Masker(secrets)
    size = 0
    with path.open("rb") as raw, TemporaryFile() as spool:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        source: BinaryIO = gzip.GzipFile(fileobj=raw, mode="rb") if packed else raw  # type: ignore[assignment]
        with gzip.GzipFile(fileobj=spool, mode="wb", compresslevel=6, mtime=0) as target:
            try:
                for line in _lines(source):
                    size += len(line)
                    if size > limit:
                        raise Unstorable(f"it is over the limit of {limit} bytes")
                    target.write(masker.bytes_line(line))
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise Unstorable(f"its gzip data is broken: {error}") from error
        spool.seek(0)
        return spool.read(), size


def secret_values(variables: dict[str, str]) -> list[str]:
    """Picks the values that a name calls a secret out of a suite's environment variables."""
    return [value for name, value in variables.items() if len(value) >= 6 and _is_secret(name.upper(), value)]


def _is_secret(name: str, value: str) -> bool:
    return any(word in name for word in _SECRET_WORDS) or ("://" in value and "@" in value)


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """Cuts into lines; one without an end in sight is cut at a space, where no token can be torn apart."""
    rest = b""
    while piece := source.readline(_LONGEST):
        line = rest + piece
        rest = b""
        if not piece.endswith(b"\n") and len(piece) == _LONGEST:
            cut = max(line.rfind(b" "), line.rfind(b"\t"), line.rfind(b">"), line.rfind(b","))
            if cut > 0:
                line, rest = line[: cut + 1], line[cut + 1 :]
        yield line
    if rest:
        yield rest
