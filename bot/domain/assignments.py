"""Finds the secrets in `DB_PASSWORD=...`, `--token ...`, `?api_key=...`, `"client_secret": "..."`.

A name alone proves little: logs are full of `token: expected ';'` and `login(password=password)`. So the less the place
says, the more the value has to look like a secret: an environment variable or an option is believed at once, a name in
running text only beside what looks random.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

Span = tuple[int, int]

QUOTE = r"(?:\\{0,3}(?:['\"]|&(?:quot|apos|#0*3[49]|#x0*2[27]);))?"
VALUE = r"(?:[^\s'\",;<>&\\]++|&amp;(?![\w.-]{1,64}=)|&(?![#\w]{1,8};)(?![\w.-]{1,64}=)|\\(?!\\{0,2}[nr])[^\s'\"<>&])++"
"""What stands up to a space, a quote, what separates settings, or the next field of a query."""

_KEYS = (
    "access", "account", "admin", "api", "app", "auth", "client", "deploy", "encryption", "function", "license",
    "master", "private", "secret", "service", "shared", "signing", "storage", "subscription", "webhook",
)  # fmt: skip
_BEFORE_KEY = "|".join(f"(?<={word}key)|(?<={word}[_-]key)" for word in _KEYS)
_PASSWORDS = (
    ("passw", "passw(?:or)?d"),
    ("passphrase", "passphrase"),
    ("pwd", "pwd(?<=[a-z_-]pwd)(?<!oldpwd)"),
    ("credential", "credential(?<!amz-credential)(?<!goog-credential)"),
)
_TOKENS = (
    ("token", "token(?<!publickeytoken)"),
    ("secret", "secret"),
    ("key", f"key(?:{_BEFORE_KEY})(?:_base)?"),
    ("auth", "auth(?<=[_-]auth)"),
    ("_pat", "_pat"),
)
_ENDING = r"(?:_?[0-9]{1,2}|_value|_(?:prod|production|staging|dev|test|ci))?"
_ASSIGNS = rf"({QUOTE})([ \t]{{0,4}}(?:[:=]>?|=&gt;)[ \t]{{0,4}}|[ \t]{{1,4}})({QUOTE})"


def _named(names: tuple[tuple[str, str], ...]) -> tuple[tuple[bytes, re.Pattern[bytes]], ...]:
    return tuple((word.encode(), re.compile(f"{name}{_ENDING}{_ASSIGNS}".encode())) for word, name in names)


_NAMED = tuple((*shape, True) for shape in _named(_PASSWORDS)) + tuple((*shape, False) for shape in _named(_TOKENS))
_VALUE = re.compile(VALUE.encode())
_SPACED = re.compile(rb"[^'\"<>&\\\n]{1,300}+(?=\\{0,3}['\"]|&(?:quot|apos|#))")
_NAME_CHARS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
_LONGEST_NAME = 64
_HEADERS = (
    b"private-token", b"job-token", b"deploy-token", b"x-gitlab-token", b"x-auth-token", b"csrf-token", b"vault-token",
    b"security-token", b"x-api-key", b"dd-api-key", b"dd-application-key",
)  # fmt: skip
_AFTER_LOGIN = re.compile(rb"\blogin[ \t]{1,4}\S{1,50}[ \t]{1,4}\Z")
_FAR = 256
"""A value that is no secret may hold another name so near its start."""

# What stands where a secret would, and is none: masks, references, types, words.
_PLACEHOLDER = re.compile(
    rb"[*x.#_=?-]++|\[[^\]]{0,40}\]?|\$(?:[A-Z_][A-Z0-9_]*+|\{.*|\(.*|env:.*|\{\{.*)|%[A-Za-z_]\w*%?|\{.*|@[A-Z_]+@|!?[0-9.]{1,4}"
    rb"|(?:none|null|nil|undefined|true|false|yes|no|on|off|empty|unset|missing|invalid|required|optional|redacted|masked"
    rb"|hidden|secure|str|string|bytes|bytearray|int|bool|object|any|text|char|function|class|not|is|are|was|has|must|the"
    rb"|and|or|for|to|in|of|with|from|pass|passw(?:or)?d|passwd|pwd|passphrase|secret|token|key|credentials?|changeme"
    rb"|example|dummy|placeholder|your[-_ ].*|(?:optional|union|list|dict|set|tuple|secretstr)\[?.*)",
    re.IGNORECASE,
)
_PLACE = re.compile(rb"(?:~|\.{0,2})/[\w.@/-]*+|[A-Za-z]:[\\/].*|[a-z][a-z0-9+.-]{1,20}://.*", re.DOTALL)
_CODE = re.compile(rb".*?[(\[{]|[A-Za-z_]\w*+(?:(?:\.|->|::)[A-Za-z_]\w*+)++\Z")
_DIGEST = re.compile(rb"(?:sha(?:1|256|384|512)|md5)[-:=]", re.IGNORECASE)
_LONG_BASE64 = re.compile(
    rb"(?=[^0-9]{0,64}[0-9])(?=[^A-Z]{0,64}[A-Z])(?=[^a-z]{0,64}[a-z])[A-Za-z0-9+/_-]{40,}+={0,2}"
)
_STAMP = re.compile(rb"[0-9]{8}[Tt][0-9]{6}")
_SEGMENT = re.compile(rb"[A-Za-z0-9]{10,}+")
_DIGITS = re.compile(rb"[0-9]")
_ODD = re.compile(rb"[^A-Za-z_]")
_LETTERS = re.compile(rb"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class _Place:
    """How a name stands in its text."""

    name: bytes
    """As far as it goes to the left, with the dashes of an option."""
    in_query: bool
    after_login: bool
    """As in `machine host login name password ...`."""
    named: bytes
    """The quote that ends the name."""
    assigns: bytes
    quoted: bool
    password: bool

    @property
    def tight(self) -> bool:
        """Without a space: as shells have it, and addresses."""
        return self.assigns == b"=" and not self.named

    def accepts(self, value: bytes) -> bool:
        """Whether this value, no placeholder, is a secret in this place."""
        if self.name.startswith(b"-"):
            return self._of_option(value)
        if not self.assigns.strip():
            return self.after_login and bool(_ODD.search(value))
        if self.name.lower().endswith(_HEADERS):
            return len(value) >= 6
        if self.tight and (self.name.isupper() or self.in_query):
            return len(value) >= 4
        if self.name.isupper() and self.assigns == b": ":
            return len(value) >= 8 if self.password else looks_random(value)
        return self._of_password(value) if self.password else looks_random(value)

    def _of_option(self, value: bytes) -> bool:
        """Behind a space the next word may be one of a sentence, or another option."""
        told = self.assigns == b"=" or self.quoted
        return len(value) >= 4 and (told or not (value.startswith(b"-") or value.isalpha()))

    def _of_password(self, value: bytes) -> bool:
        if self.quoted and not self.tight:
            return len(value) >= 4
        if self.quoted or self.tight:
            return len(value) >= 6 and not _CODE.match(value) and bool(_ODD.search(value))
        return len(value) >= 8 and not _CODE.match(value) and bool(_DIGITS.search(value))


def looks_random(value: bytes) -> bool:
    """Whether a value looks drawn by lot: letters and digits mixed without a break, and no digest or date."""
    if _DIGEST.match(value) or _PLACE.match(value):
        return False
    return _LONG_BASE64.fullmatch(value) is not None or any(
        len(_DIGITS.findall(segment)) > 1 and len(_LETTERS.findall(segment)) > 1 and not _STAMP.match(segment)
        for segment in _SEGMENT.findall(value)
    )


def is_placeholder(value: bytes) -> bool:
    """Whether a value only stands for a secret."""
    return _PLACEHOLDER.fullmatch(value) is not None


def assigned_spans(data: bytes, lower: bytes) -> Iterator[Span]:
    """Where values stand that are secrets by their names; `lower` is the same text in lower case."""
    for literal, pattern, password in _NAMED:
        if literal not in lower:
            continue
        seen = 0
        for match in pattern.finditer(lower):
            if match.start() < seen:
                continue
            span = _value(data, match)
            if span is None:
                continue
            start, end = span
            value = data[start:end]
            if (
                not is_placeholder(value)
                and not _PLACE.fullmatch(value)
                and _place(data, match, password).accepts(value)
            ):
                yield span
                seen = end
            elif end - start > _FAR:
                # What is this long is not looked at again for each name in it.
                seen = end


def _value(data: bytes, match: re.Match[bytes]) -> Span | None:
    start = match.end()
    found = _VALUE.match(data, start)
    if match[3] and (spaced := _SPACED.match(data, start)):
        found = spaced
    if found is None:
        return None
    end = start + len(found[0] if match[3] else found[0].rstrip(b")]}.:"))
    return (start, end) if end > start else None


def _place(data: bytes, match: re.Match[bytes], password: bool) -> _Place:
    start = match.start()
    before = data[max(0, start - _LONGEST_NAME) : start]
    outer = before.rstrip(_NAME_CHARS)
    return _Place(
        name=before[len(outer) :] + data[start : match.start(1)],
        in_query=outer.endswith((b"?", b"&", b"&amp;")),
        after_login=_AFTER_LOGIN.search(before) is not None,
        named=match[1],
        assigns=match[2],
        quoted=bool(match[3]),
        password=password,
    )
