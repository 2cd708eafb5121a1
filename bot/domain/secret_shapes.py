"""Finds what has the shape of a secret: tokens by how they look, passwords by what stands before them.

Each pattern starts with its literal, so that the search for it is a plain one, and looks behind it for what must stand
before. Runs are possessive and never tried twice, so that the time is linear in the length of the text whatever it
holds. No pattern crosses a line or takes a quote, `<`, `>` or the entity of one with it: what encloses a secret stays.
"""

import re
from base64 import b64decode
from bisect import bisect
from collections.abc import Iterator
from itertools import groupby

from bot.domain.assignments import QUOTE, VALUE, assigned_spans, is_placeholder
from bot.domain.token_shapes import token_spans

Span = tuple[int, int]

# What follows is looked for in lower case.
_IS = rf"{QUOTE}[ \t]{{0,4}}(?:[:=]>?|=&gt;)[ \t]{{0,4}}{QUOTE}"
_ENOUGH = r"(?=[^\s'\",;<>]{6})"
_BETWEEN_AT = r"(?:[^\s/'\"<>&@]++|&(?!(?:quot|apos|lt|gt|#0*(?:9|1[03]|3[49])|#x0*(?:[9ad]|2[27]));))*+"
# The port of a socket without a host is no password.
_LOGIN = rf"[^\s/:@'\"<>]*+:(?![0-9]{{1,5}}[,;)\]}}|])((?!@)(?:{_BETWEEN_AT}@){{0,20}}{_BETWEEN_AT})(?=@[^\s/@])"
_FIELD = r"[\w!#$%&*+.^|~-]{1,64}=[^\s'\"<>;,&]++"
_LABELLED = (
    ("authorization", rf"authorization{_IS}(?:bearer|basic|token|negotiate|digest|apikey|splunk)[ \t]{{1,4}}({VALUE})"),
    ("authorization", rf"authorization{_IS}(?=[^\s'\",;<>]{{16}})(?=[^\s0-9]{{0,32}}[0-9])({VALUE})"),
    ("bearer", r"bearer[ \t]{1,4}([a-z0-9._~+/=-]{20,}+)"),
    ("cookie", rf"cookie(?<=set-cookie){_IS}[\w!#$%&*+.^|~-]{{1,64}}=([^\s'\"<>;,&\\]++)"),
    ("cookie", rf"cookie(?<!set-cookie){QUOTE}[ \t]{{0,4}}:[ \t]{{0,4}}{QUOTE}((?:{_FIELD};[ ]?){{0,40}}+{_FIELD})"),
    # scheme://user:password@host, where the password may hold anything but what ends an authority
    ("://", rf"://(?<=[a-z0-9+.-]://){_LOGIN}"),
    # What Sentry calls a DSN, and what else logs in by a token alone
    ("://", r"://(?:(?<=http://)|(?<=https://))([0-9a-f]{32}(?::[0-9a-f]{32})?|[a-z0-9_-]{32,255}+)@(?=[a-z0-9])"),
    (r":\/\/", rf":\\/\\/(?<=[a-z0-9+.-]:\\/\\/){_LOGIN}"),
    # Signed addresses: `sig` of Azure, `X-Amz-Signature`, `X-Goog-Signature`, CloudFront's `Signature`
    ("sig", r"sig(?:nature)?=(?:(?<=[?&;]sig=)|(?<=-signature=)|(?<=[?&;]signature=))([a-z0-9%+/=_~-]{20,}+)"),
    # Options that mean a login to few tools
    ("-u", rf"-u(?:ser)?[ \t=]{{1,2}}{QUOTE}[^\s:'\"-][^\s:'\"]{{0,63}}:({VALUE})"),
    ("-p", rf"-p(?<=[ \t]-p){QUOTE}(?![ \t-])({VALUE})"),
    ("-p ", rf"-p (?<=[ \t]-p )[ \t]?{QUOTE}(?!-)({VALUE})"),
)
_TOOLS = {
    b"-u": re.compile(rb"\b(?:curl|wget|https?|nuget|svn)\b"),
    b"-p": re.compile(rb"\b(?:mysql(?:dump|admin|import)?|mariadb|sshpass)\b"),
    b"-p ": re.compile(rb"\b(?:sshpass|(?:docker|podman|oras|helm|az|oc) .{0,60}login)\b"),
}
_TOOL_FAR = 160
# Server=x;Password=y;  and  host=x password=y: behind a semicolon, or behind another setting in the same line
_SETTINGS = tuple(
    (key, rf"{key}((?<=;{key})|(?<=;[ \t]{key})|(?<=;[ \t]{{2}}{key}))?[ \t]{{0,2}}=[ \t]{{0,2}}(?!=)({VALUE})")
    for key in ("password", "pwd")
)
_SETTING_BEFORE = re.compile(rb"\b(?:server|host|data source|endpoint|accountname|user id|uid|dbname)=")
_SETTING_FAR = 500


# A login in base64, wherever it stands: `Basic ...`, and `"auth": "..."` of Docker
_ENCODED = (
    ("basic", r"basic[ \t]{1,4}([a-z0-9+/_-]{8,}+={0,2})"),
    ("auth", rf"auth{_IS}([a-z0-9+/_-]{{8,}}+={{0,2}})"),
)


def _compiled(shapes: tuple[tuple[str, str], ...]) -> tuple[tuple[bytes, tuple[re.Pattern[bytes], ...]], ...]:
    return tuple(
        (literal.encode(), tuple(re.compile(pattern.encode()) for _, pattern in patterns))
        for literal, patterns in groupby(shapes, key=lambda shape: shape[0])
    )


_LABELLED_SHAPES, _SETTING_SHAPES, _ENCODED_SHAPES = _compiled(_LABELLED), _compiled(_SETTINGS), _compiled(_ENCODED)


def shape_spans(data: bytes) -> Iterator[Span]:
    """Where something stands that looks like a secret; spans may overlap and come in no order."""
    lower = data.lower()
    yield from token_spans(data)
    yield from _labelled_spans(data, lower)
    yield from assigned_spans(data, lower)
    yield from _setting_spans(lower)


def _labelled_spans(data: bytes, lower: bytes) -> Iterator[Span]:
    for literal, match in _matches(_LABELLED_SHAPES, lower):
        start, end = match.span(1)
        tool = _TOOLS.get(literal)
        if end - start < 2 or is_placeholder(data[start:end]):
            continue
        if tool is None or tool.search(_line_before(lower, match.start())):
            yield start, end
    for _, match in _matches(_ENCODED_SHAPES, lower):
        start, end = match.span(1)
        if _is_login(data[start:end]):
            yield start, end


def _matches(
    shapes: tuple[tuple[bytes, tuple[re.Pattern[bytes], ...]], ...], lower: bytes
) -> Iterator[tuple[bytes, re.Match[bytes]]]:
    for literal, patterns in shapes:
        if literal in lower:
            for pattern in patterns:
                yield from ((literal, match) for match in pattern.finditer(lower))


def _line_before(lower: bytes, at: int) -> bytes:
    return lower[max(0, at - _TOOL_FAR) : at].rpartition(b"\n")[2]


def _is_login(encoded: bytes) -> bool:
    """Whether it is `user:password` in base64."""
    try:
        text = b64decode(
            encoded.rstrip(b"=") + b"=" * (-len(encoded.rstrip(b"=")) % 4), b"-_" if b"_" in encoded else None
        )
    except ValueError:
        return False
    return b":" in text[1:] and text.isascii() and text.decode().isprintable()


def _setting_spans(lower: bytes) -> Iterator[Span]:
    settings: list[int] | None = None
    for _, match in _matches(_SETTING_SHAPES, lower):
        if match[1] is not None:
            yield match.span(2)
            continue
        start = match.start()
        if settings is None:
            settings = [setting.start() for setting in _SETTING_BEFORE.finditer(lower)]
        index = bisect(settings, start)
        before = settings[index - 1] if index else -_SETTING_FAR - 1
        if start - before <= _SETTING_FAR and lower.find(b"\n", before, start) < 0:
            yield match.span(2)
