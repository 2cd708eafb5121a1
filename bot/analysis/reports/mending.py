"""Mends what careless writers of XML do most: control characters, wrong bytes, a declaration that can't be true."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator

_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
_TABLE = bytes.maketrans(_CONTROLS, b"?" * len(_CONTROLS))
_DECLARATION = re.compile(rb"((?:\xef\xbb\xbf)?(\s*))(<\?xml\s[^>]{0,200}\?>)")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([\w.:-]+)""")
_UTF8 = (b"utf-8", b"utf8")
_WIDE = (b"utf-16", b"utf16", b"ucs-2", b"unicode")
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_HEAD = 512


def mended(chunks: Iterable[bytes], note: Callable[[str], None]) -> Iterator[bytes]:
    """The chunks with every such place replaced; lines stay where they are, and `note` is told of each kind.

    UTF-8 and UTF-16 come out as UTF-8, other encodings as they are.
    """
    codec: str | None = None
    decoder: codecs.IncrementalDecoder | None = None
    wrong_bytes = controls = 0
    for number, chunk in enumerate(with_head(chunks)):
        if not number:
            codec = _codec(chunk)
            decoder = codecs.getincrementaldecoder(codec)("replace") if codec else None
        data = chunk
        # Most chunks are ASCII, which needs no decoding, unless a character began in the chunk before.
        if decoder is not None and (codec != "utf-8" or not data.isascii() or decoder.getstate()[0]):
            text = decoder.decode(data)
            wrong_bytes += _REPLACED in text and text.count(_REPLACED) > chunk.count(_REPLACED.encode())
            data = text.encode("utf-8", "replace")
        safe = data.translate(_TABLE)
        controls += safe != data
        yield safe if number else _undeclared(safe, known=codec is not None)
    if decoder is not None and (rest := decoder.decode(b"", True)):
        wrong_bytes += 1
        yield rest.encode("utf-8", "replace")
    if controls:
        note("it has control characters that XML does not allow")
    if wrong_bytes:
        note(f"it has bytes that are not {(codec or '').upper()}")


def with_head(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, the first of them long enough to tell what it is."""
    source, head = iter(chunks), b""
    for chunk in source:
        head += chunk
        if len(head) >= _HEAD:
            break
    if head:
        yield head
    yield from source


def _codec(head: bytes) -> str | None:
    """What the bytes must be, whatever is declared; None for encodings that are known by their declaration only."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if head[:2] in (b"<\0", b"\0<"):
        return "utf-16-le" if head[0] else "utf-16-be"
    declared = _declared(_DECLARATION.match(head))
    return "utf-8" if declared in _UTF8 or declared.startswith(_WIDE) else None


def _declared(declaration: re.Match[bytes] | None) -> bytes:
    encoding = _ENCODING.search(declaration[3]) if declaration else None
    return encoding[1].lower() if encoding else b"utf-8"


def _undeclared(head: bytes, *, known: bool) -> bytes:
    """The beginning without a declaration that comes late or speaks of another encoding, as .NET's and shells' do."""
    found = _DECLARATION.match(head)
    if found is None or not (found[2] or (known and _declared(found) not in _UTF8)):
        return head
    return found[1] + b" " * len(found[3]) + head[found.end() :]
