"""The multipart form of `POST /api/results`, written to disk as it will be sent."""

import gzip
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from agnox.sending.masking import Masker

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_LEVEL = 6
_CHUNK = 256 * 1024

HEAD = 16 * 1024 * 1024
TAIL = 56 * 1024 * 1024
"""Bytes of a log, more than those that `agnox run` keeps; a server takes 100 MB of a file unless told otherwise."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to send: `kind` is report or log, `name` what it is called there."""

    kind: str
    name: str
    path: Path


def write_form(target: BinaryIO, fields: Mapping[str, str], files: Iterable[File], masker: Masker) -> str:
    """Writes a form, its files masked and compressed one after another; gives its content type.

    What is compressed already goes as it is. Raises OSError for a file that can't be read.
    """
    boundary = f"agnox-{secrets.token_hex(16)}"
    for name, value in fields.items():
        target.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode())
        target.write(masker.text(value).encode() + b"\r\n")
    for file in files:
        with file.path.open("rb") as source:
            packed = source.read(4).startswith((_GZIP, _ZIP))
            source.seek(0)
            named = f'name="{file.kind}"; filename="{_quoted(masker.text(file.name))}"'
            encoding = "" if packed else "Content-Encoding: gzip\r\n"
            head = f"--{boundary}\r\nContent-Disposition: form-data; {named}\r\n{encoding}"
            target.write(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode())
            if packed:
                target.writelines(_all(source))
            else:
                with gzip.GzipFile("", "wb", _LEVEL, target, mtime=0) as packing:
                    stream = masker.stream(packing)
                    for data in _log(source) if file.kind == "log" else _all(source):
                        stream.write(data)
                    stream.finish()
        target.write(b"\r\n")
    target.write(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}"


def _all(source: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    """Gives the next `size` bytes of a file, or all that is left."""
    left = size
    while (left is None or left > 0) and (data := source.read(_CHUNK if left is None else min(_CHUNK, left))):
        yield data
        left = left if left is None else left - len(data)


def _log(source: BinaryIO) -> Iterator[bytes]:
    """Gives a log; of one that a server may not take as a whole, the beginning and the end."""
    size = source.seek(0, 2)
    source.seek(0)
    if size > HEAD + TAIL:
        yield from _all(source, HEAD)
        yield f"\n[agnox: {size - HEAD - TAIL} bytes left out]\n".encode()
        source.seek(-TAIL, 2)
    yield from _all(source)


def _quoted(name: str) -> str:
    """Escapes a file name as browsers do (HTML standard, multipart form data)."""
    plain = name.encode(errors="replace").decode()
    return plain.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
