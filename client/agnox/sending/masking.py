"""Secrets that this machine's environment holds, taken out of all that is sent.

The server masks what has the shape of a secret; only here it is known what the values are.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Protocol
from urllib.parse import quote

MASK = b"***"
_SHORTEST = 8

_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|_PWD\Z|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL|_AUTH\Z|_KEY\Z|_PAT\Z",
    re.IGNORECASE,
)
# They say where a secret is, or whose.
_PLAIN_NAME = re.compile(r"_(?:FILE|PATH|DIR|SOCK|URL|URI|ID|NAME|USER|USERNAME|HOST|TYPE)\Z", re.IGNORECASE)
# What somebody chose as a password for a test database is everywhere in a log, and nobody's secret.
_WORD = re.compile(r"[a-z_-]+|[A-Z_-]+|[0-9.]+")
_LOGIN = re.compile(r"://[^/?#@\s:]*:([^/?#@\s]+)@")


class Sink(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> object: ...


def find_secrets(environment: Mapping[str, str]) -> frozenset[str]:
    """Gives the values of variables whose names speak of secrets, line by line, and the passwords in addresses."""
    found: set[str] = set()
    for name, value in environment.items():
        found.update(_LOGIN.findall(value))
        if _SECRET_NAME.search(name) and not _PLAIN_NAME.search(name):
            found.update(line.strip() for line in value.splitlines())
    return frozenset(text for text in found if len(text) >= _SHORTEST and not _WORD.fullmatch(text))


class Masker:
    """Masks known secrets, also as XML, JSON and addresses write them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[bytes] = set()
        for secret in secrets:
            for form in (secret, html.escape(secret), json.dumps(secret)[1:-1], quote(secret, safe="")):
                forms.add(form.encode(errors="surrogateescape"))
        # The longest first, so that what contains another is masked as a whole.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._longest = len(ordered[0]) if ordered else 0
        self._pattern = re.compile(b"|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """Masks a whole text."""
        if self._pattern is None:
            return text
        return self._pattern.sub(MASK, text.encode(errors="surrogateescape")).decode(errors="replace")

    def stream(self, sink: Sink) -> "MaskedStream":
        """Gives a stream that masks what is written to it."""
        return MaskedStream(sink, self._pattern, self._longest)


class MaskedStream:
    """Passes bytes on with their secrets masked, also those that come in pieces."""

    def __init__(self, sink: Sink, pattern: re.Pattern[bytes] | None, longest: int) -> None:
        self._sink = sink
        self._pattern = pattern
        self._longest = longest
        self._held = b""

    def write(self, data: bytes) -> None:
        """Takes bytes; the end of an unfinished line waits until it can't begin a secret any more."""
        if self._pattern is None:
            self._sink.write(data)
            return
        data = self._held + data
        # No secret has a line break in it.
        whole = max(len(data) - self._longest + 1, data.rfind(b"\n") + 1, 0)
        out, begun = [], 0
        for found in self._pattern.finditer(data):
            if found.start() >= whole:
                break
            out += [data[begun : found.start()], MASK]
            begun = found.end()
        whole = max(whole, begun)
        out.append(data[begun:whole])
        self._held = data[whole:]
        self._sink.write(b"".join(out))

    def finish(self) -> None:
        """Passes on what waits."""
        held, self._held = self._held, b""
        if held:
            self._sink.write(self._pattern.sub(MASK, held) if self._pattern else held)
