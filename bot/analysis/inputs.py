"""Reads an input in chunks, whatever it is wrapped in, and never more than it may."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Input:
    """A named stream of bytes that can be opened more than once."""

    name: str
    open: Callable[[], BinaryIO]

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> "Input":
        """An input that is already in memory."""
        return cls(name, lambda: BytesIO(data))


class CutError(Exception):
    """The input goes on, but no more of it is read; the message says why."""


class Source:
    """The decompressed bytes of one input, counted while they are read.

    Raises `CutError` from `chunks` after the last chunk when the byte cap was hit or gzip data is damaged,
    and OSError when the input cannot be opened or read.
    """

    def __init__(self, given: Input, max_bytes: int) -> None:
        self.given = given
        self.max_bytes = max_bytes
        self.bytes = 0

    def head(self) -> bytes:
        """The first bytes (up to 64 KiB), for finding out what it is; never raises `CutError`."""
        data = b""
        try:
            for chunk in self._plain():
                data += chunk
                if len(data) >= CHUNK:
                    break
        except CutError:
            pass
        return data[:CHUNK]

    def chunks(self) -> Iterator[bytes]:
        """The content in pieces of at most 64 KiB."""
        self.bytes = 0
        for chunk in self._plain():
            room = self.max_bytes - self.bytes
            if len(chunk) > room:
                self.bytes += room
                yield chunk[:room]
                raise CutError(f"larger than {_size(self.max_bytes)}: only the first {_size(self.max_bytes)} were read")
            self.bytes += len(chunk)
            yield chunk

    def _plain(self) -> Iterator[bytes]:
        with self.given.open() as stream:
            first = stream.read(CHUNK)
            if first[:2] == b"\x1f\x8b":
                yield from _gunzip(first, stream)
                return
            while first:
                yield first
                first = stream.read(CHUNK)


def _gunzip(data: bytes, stream: BinaryIO) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    try:
        while True:
            out = member.decompress(data, CHUNK)
            data = member.unconsumed_tail
            if out:
                yield out
            if member.eof:
                data = member.unused_data or stream.read(CHUNK)
                if not data.startswith(b"\x1f"):
                    return
                member = zlib.decompressobj(wbits=31)
            elif not data and len(out) < CHUNK:
                # A full output chunk may have left more inside zlib; a short one means it wants input.
                data = stream.read(CHUNK)
                if not data:
                    break
    except zlib.error as error:
        raise CutError(f"damaged gzip data: {error}") from error
    raise CutError("truncated gzip data: it ends before its end marker")


def _size(count: int) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:.4g} {name}"
    return f"{count} bytes"
