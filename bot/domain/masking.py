"""Takes secrets out of text and leaves everything else, above all the number of lines, as it was."""

import re
from collections.abc import Iterable, Iterator

from bot.domain.known_secrets import KnownSecrets
from bot.domain.private_keys import PrivateKeys, mark_spans
from bot.domain.secret_shapes import shape_spans

MASK = "***"

_MASK = MASK.encode()
_ENTITY = re.compile(rb"&#?\w{1,8};")
_ENTITY_LONGEST = 11
_SHORTEST = 6
"""In fewer bytes there is no secret."""
_BLOCK = 1 << 19
"""A line of more bytes is masked in parts."""
_OVERLAP = 1 << 13
_LABELS = 600, 64
"""What makes a value a secret stands at most so many bytes before it; mostly far fewer."""


class Masker:
    """Masks a text that comes in pieces: a private key may run over many lines.

    `known` are secrets to mask wherever they stand, also escaped, URL-encoded or in base64. One masker is for one text;
    where there are many texts, KnownSecrets made once serve all.
    """

    def __init__(self, known: Iterable[str] | KnownSecrets = ()) -> None:
        self._known = known if isinstance(known, KnownSecrets) else KnownSecrets(known)
        self._keys = PrivateKeys()

    def line(self, text: str) -> str:
        """One line, masked; its line ending, if it has one, stays."""
        return self.bytes_block(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def lines(self, texts: Iterable[str]) -> Iterator[str]:
        """Each line, masked, as it comes."""
        return map(self.line, texts)

    def bytes_line(self, data: bytes) -> bytes:
        """One line of bytes, masked; bytes that are not UTF-8 stay as they are."""
        return self.bytes_block(data)

    def bytes_block(self, data: bytes) -> bytes:
        """Whole lines, masked; many at a time cost far less than one by one."""
        if len(data) < _SHORTEST and not self._keys.inside:
            return data
        spans = [*self._known.spans(data), *self._keys.spans(data)]
        if spans and (b"&" in data or b"\\" in data):
            spans = [_with_whole_escapes(data, *span) for span in spans]
        spans += shape_spans(data)
        return _replaced(data, sorted(spans)) if spans else data

    def bytes_blocks(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """A text cut anywhere, masked; best in chunks of some 100 KB. It may wait for the end of a line."""
        rest = b""
        for chunk in chunks:
            rest += chunk
            newline = chunk.rfind(b"\n")
            if newline >= 0:
                cut = len(rest) - len(chunk) + newline + 1
            elif len(rest) > _BLOCK:
                cut = self._cut(rest)
            else:
                continue
            yield self.bytes_block(rest[:cut])
            rest = rest[cut:]
        yield self.bytes_block(rest)

    def _cut(self, data: bytes) -> int:
        """Where a line without an end can be cut: where no secret stands, nor what makes it one."""
        start = len(data) - 2 * _OVERLAP
        window = data[start:]
        spans = sorted((*self._known.spans(window), *shape_spans(window), *mark_spans(window)), reverse=True)
        for label in _LABELS:
            cut = _OVERLAP
            for begin, end in spans:
                if begin - label < cut < end:
                    cut = begin - label
            if cut > 0:
                return start + cut
        return start + _OVERLAP


def mask(text: str, known: Iterable[str] | KnownSecrets = ()) -> str:
    """The text with known secrets and everything that has the shape of a secret replaced by `***`.

    Linear in the length of the text; the number of newlines never changes, commit hashes and UUIDs stay readable.
    """
    return Masker(known).line(text)


def _with_whole_escapes(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Takes in what a span has half of, an entity or an escape; what is left is as well-formed as it was."""
    opening = data.rfind(b"&", max(0, start - _ENTITY_LONGEST), start)
    if opening >= 0 and (entity := _ENTITY.match(data, opening)) and entity.end() > start:
        start, end = opening, max(end, entity.end())
    opening = data.rfind(b"&", max(start, end - _ENTITY_LONGEST), end)
    if opening >= 0 and (entity := _ENTITY.match(data, opening)) and entity.end() > end:
        end = entity.end()
    if _backslashes(data[max(0, start - 8) : start]) % 2:
        start -= 1
    # This one escapes a quote that ends what encloses the secret.
    if data[end : end + 1] == b'"' and _backslashes(data[start:end]) % 2:
        end -= 1
    return start, end


def _backslashes(data: bytes) -> int:
    return len(data) - len(data.rstrip(b"\\"))


def _replaced(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    parts: list[bytes] = []
    at = 0
    for start, end in spans:
        if data.startswith((b">", b"]>", b"->"), end):
            # The end of a comment, of CDATA or of an instruction, not of the secret.
            end = start + len(data[start:end].rstrip(b"-]?/"))
        if end <= at:
            continue
        if start > at or not parts:
            parts += (data[at:start], _MASK)
        at = end
    parts.append(data[at:])
    return b"".join(parts)
