"""Splits a stream of bytes into lines without ever holding a long one."""

import codecs
from collections.abc import Iterable, Iterator


class Lines:
    """Numbered lines (1-based, `\\n` only) of a byte stream, each cut to `max_chars` characters.

    UTF-8 with replacement, or UTF-16 where a byte order mark says so. `count` is the number of lines so far,
    `cut` the first line that was too long with its length so far, or None.
    """

    def __init__(self, chunks: Iterable[bytes], max_chars: int) -> None:
        self.chunks = chunks
        self.max_chars = max_chars
        self.count = 0
        self.cut: tuple[int, int] | None = None

    def __iter__(self) -> Iterator[tuple[int, str]]:
        decoder: codecs.IncrementalDecoder | None = None
        carry, length = "", 0
        cap = self.max_chars
        for chunk in self.chunks:
            if decoder is None:
                encoding = "utf-16" if chunk[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
                decoder = codecs.getincrementaldecoder(encoding)("replace")
            pieces = decoder.decode(chunk).split("\n")
            length += len(pieces[0])
            if len(carry) < cap:
                carry += pieces[0]
            for piece in pieces[1:]:
                self.count += 1
                yield self.count, self._capped(carry, length)
                carry, length = piece, len(piece)
            if len(carry) > cap:
                carry = carry[:cap]
        if length:
            self.count += 1
            yield self.count, self._capped(carry, length)

    def _capped(self, text: str, length: int) -> str:
        if length <= self.max_chars:
            return text
        if self.cut is None:
            self.cut = (self.count, length)
        return text[: self.max_chars]
