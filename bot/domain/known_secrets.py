"""Finds secrets that are known, in every way in which logs and reports spell them."""

import base64
import re
from collections.abc import Iterable, Iterator

from bot.domain.wrapped_secrets import WrappedSecrets

MIN_SECRET = 6
"""Shorter known secrets are left alone: masking them would tear words apart."""

_PLAIN = re.compile(r"[A-Za-z0-9._~-]*")
"""What no encoding below ever changes."""
_CHARACTER = re.compile(r"\\+|.", re.DOTALL)
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_SHORT = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}


class KnownSecrets:
    """Secrets as they are, escaped as in XML, JSON, URLs and by backslashes, and in base64, also wrapped; each line by
    itself."""

    def __init__(self, secrets: Iterable[str]) -> None:
        lines = {
            line.strip("\r") for secret in secrets for line in secret.split("\n") if len(line.strip()) >= MIN_SECRET
        }
        forms = {form for line in lines for form in _forms(line)}
        self._forms = [(hint.encode(), re.compile(pattern)) for hint, pattern in sorted(forms)]
        self._wrapped = WrappedSecrets(form for line in lines for form in (_raw(line), *map(str.encode, _cores(line))))

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where they stand; spans may overlap and come in no order."""
        for hint, pattern in self._forms:
            if hint in data:
                yield from (match.span() for match in pattern.finditer(data))
        yield from self._wrapped.spans(data)


def _forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """Patterns, each with a text that must be there for it to match."""
    yield _hint(secret), b"".join(map(_spelled, _CHARACTER.findall(secret)))
    for core in _cores(secret):
        yield _hint(core), b"".join(map(_spelled_in_base64, core))


def _cores(secret: str) -> Iterator[str]:
    """A secret in base64: only the characters that do not depend on what stands around it."""
    data = _raw(secret)
    for shift in range(3 if len(data) >= 8 else 0):
        encoded = base64.b64encode(b"\0" * shift + data).decode()
        yield encoded[(0, 2, 3)[shift] : (shift + len(data)) * 8 // 6]


def _raw(secret: str) -> bytes:
    return secret.encode("utf-8", "surrogatepass")


def _hint(text: str) -> str:
    hints: list[str] = _PLAIN.findall(text)
    return max(hints, key=len)


def _spelled(char: str) -> bytes:
    """A pattern of all that may stand for a character or some backslashes, with JSON in XML or JSON, and XML in XML."""
    if _PLAIN.fullmatch(char):
        return re.escape(char).encode()
    if char[0] == "\\":
        # A run of them is one repeat: a repeat each would be tried in every way they can be shared out.
        return rf"(?:\\|%5[cC]|&#0{{0,6}}92;|&#[xX]0{{0,6}}5[cC];|u005[cC]){{{len(char)},{4 * len(char)}}}".encode()
    number, raw = ord(char), char.encode("utf-8", "surrogatepass")
    wide = char.encode("utf-16-be", "surrogatepass").hex()
    units = [wide[at : at + 4] for at in range(0, len(wide), 4)]
    name = f"{_ENTITIES[char]}|" if char in _ENTITIES else ""
    forms = [
        re.escape(raw),
        rf"&(?:amp;){{0,2}}(?:{name}#0{{0,6}}{number}|#[xX]0{{0,6}}{_hex(f'{number:x}')});".encode(),
        "".join(f"%{_hex(f'{byte:02x}')}" for byte in raw).encode(),
        "".join(rf"\\{{1,3}}u{_hex(unit)}" for unit in units).encode(),
        "".join(rf"\\{{1,3}}x{_hex(f'{byte:02x}')}" for byte in raw).encode(),
    ]
    if char == "&":
        forms[0] = rb"&(?:amp;){0,3}"
    elif char in _SHORT:
        forms.append(rf"\\{{1,3}}{_SHORT[char]}".encode())
    elif char == " ":
        forms.append(rb"\+")
    # The longer ways first: what stands for a character must not be taken for one by itself.
    escaped = b"(?:" + b"|".join([*forms[1:], forms[0]]) + b")"
    return escaped if number > 126 else rb"\\{0,3}" + escaped


def _spelled_in_base64(char: str) -> bytes:
    if char == "+":
        return rb"(?:[+-]|%2[bB]|\\{1,3}u002[bB])"
    if char == "/":
        return rb"(?:[/_]|\\{1,3}/|%2[fF]|\\{1,3}u002[fF])"
    return char.encode()


def _hex(digits: str) -> str:
    """Digits in either case."""
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)
