"""Finds what has the shape of a secret: tokens by how they look, passwords by what stands before them.

Each pattern starts with its literal, so that the search for it is a plain one, and looks behind it for what must stand
before. Runs are possessive and never tried twice, so that the time is linear in the length of the text whatever it
holds. No pattern crosses a line or takes a quote, `<`, `>` or the entity of one with it: what encloses a secret stays.
"""

import re
from bisect import bisect
from collections.abc import Iterator

Span = tuple[int, int]


def _apart(literal: str) -> str:
    """The literal, not at the end of a word; an escape before it, as `\\n` or `%3D`, or a colour is no word."""
    befores = r"\\[bfnrt]", r"%[0-9A-Fa-f]{2}", r"u[0-9A-Fa-f]{4}", r"\dm"
    return rf"{literal}(?:(?<![A-Za-z0-9_+/]{literal})" + "".join(f"|(?<={b}{literal})" for b in befores) + ")"


_TOKENS = (
    ("gh", r"gh(?:[opru]_[A-Za-z0-9]{36,}+|s_[A-Za-z0-9._-]{36,}+)"),
    ("github_pat_", r"github_pat_[A-Za-z0-9_]{22,}+"),
    ("gl", r"gl(?:pat|oas|dt|rt|ptt|cbt|soat|ft|imt|agent)-[A-Za-z0-9_.=-]{20,}+"),
    ("whsec_", r"whsec_[A-Za-z0-9+/=_-]{16,}+"),
    ("AZDO", r"(?<![A-Za-z0-9])[A-Za-z0-9]{75,76}AZDO[A-Za-z0-9]{4,5}(?![A-Za-z0-9])"),
    ("AKIA", _apart("AKIA") + r"[A-Z0-9]{16}(?![A-Za-z0-9+/])"),
    ("ASIA", _apart("ASIA") + r"[A-Z0-9]{16}(?![A-Za-z0-9+/])"),
    ("xox", r"xox[abceoprs]-[A-Za-z0-9-]{10,}+"),
    ("xapp-", r"xapp-\d-[A-Za-z0-9-]{10,}+"),
    ("agx_", r"agx_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),
    ("npm_", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9_])"),
    ("pypi-", r"pypi-[A-Za-z0-9_-]{50,}+"),
    ("sk-", _apart("sk-") + r"(?:ant-|proj-)?[A-Za-z0-9_-]{32,}+"),
    ("AIza", _apart("AIza") + r"[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    ("hooks.slack.com", r"hooks\.slack\.com\\?/services\\?/(?:[A-Za-z0-9/]|\\/){20,}+"),
)
# Without its second part it is none, but taken all the same: no part of it need be looked at again.
_JWT = (b"eyJ", re.compile(rb"eyJ[A-Za-z0-9_-]{5,}+(\.eyJ[A-Za-z0-9_-]{5,}+(?:\.[A-Za-z0-9_-]*+)?)?"))
# Azure DevOps' older tokens: 52 characters of base32 in lower case, always with digits among them.
_BASE32 = re.compile(rb"(?<![A-Za-z0-9+/_-])(?=[a-z2-7]{0,51}[2-7])[a-z2-7]{52}(?![A-Za-z0-9+/_=-])")
_BASE32_CLASS = bytes(ord("x") if chr(byte) in "abcdefghijklmnopqrstuvwxyz234567" else ord(" ") for byte in range(256))
_BASE32_RUN = b"x" * 52

# What follows is looked for in lower case.
_QUOTE = r"(?:\\{0,3}(?:['\"]|&(?:quot|apos|#0*3[49]|#x0*2[27]);))?"
_IS = rf"{_QUOTE}[ \t]{{0,4}}(?:[:=]>?|=&gt;)[ \t]{{0,4}}{_QUOTE}"
_VALUE = r"(?:[^\s'\",;<>&\\]++|&amp;|&(?![#\w]{1,8};)|\\[^\s'\"<>&])++"
_BETWEEN_AT = r"(?:[^\s/'\"<>&@]++|&(?!(?:quot|apos|lt|gt|#0*(?:9|1[03]|3[49])|#x0*(?:[9ad]|2[27]));))*+"
_LOGIN = rf"[^\s/:@'\"<>]*+:((?!@)(?:{_BETWEEN_AT}@){{0,20}}{_BETWEEN_AT})(?=@[^\s/@])"
_LABELLED = (
    ("authorization", rf"authorization{_IS}(?:bearer|basic|token|negotiate|digest)[ \t]{{1,4}}({_VALUE})"),
    ("bearer", r"bearer[ \t]{1,4}([a-z0-9._~+/=-]{20,}+)"),
    (
        "-token",
        r"-token(?:(?<=private-token)|(?<=job-token)|(?<=deploy-token)|(?<=x-gitlab-token)|(?<=x-auth-token))"
        rf"{_IS}(?=[^\s'\",;<>]{{6}})({_VALUE})",
    ),
    ("x-api-key", rf"x-api-key{_IS}(?=[^\s'\",;<>]{{6}})({_VALUE})"),
    # scheme://user:password@host, where the password may hold anything but what ends an authority
    ("://", rf"://(?<=[a-z0-9+.-]://){_LOGIN}"),
    (r":\/\/", rf":\\/\\/(?<=[a-z0-9+.-]:\\/\\/){_LOGIN}"),
    ("accountkey=", rf"accountkey=(?=[^\s'\",;<>]{{20}})({_VALUE})"),
    ("sharedaccess", rf"sharedaccess(?:key|signature)=(?=[^\s'\",;<>]{{20}})({_VALUE})"),
    ("aws_secret_access_key", rf"aws_secret_access_key{_IS}((?:[a-z0-9/+=]|\\/){{40}}+)(?![a-z0-9/+=])"),
    ("azure_devops_ext_pat", rf"azure_devops_ext_pat{_IS}([a-z0-9._-]{{20,}}+)"),
    ("_accesstoken", rf"_accesstoken(?:(?<=system_accesstoken)|(?<=vss_nuget_accesstoken)){_IS}([a-z0-9._-]{{20,}}+)"),
    ("azp_token", rf"azp_token{_IS}([a-z0-9._-]{{20,}}+)"),
)
# Server=x;Password=y;  and  host=x password=y: behind a semicolon, or behind another setting in the same line
_SETTINGS = tuple(
    (key, rf"{key}((?<=;{key})|(?<=;[ \t]{key})|(?<=;[ \t]{{2}}{key}))?[ \t]{{0,2}}=[ \t]{{0,2}}(?!=)({_VALUE})")
    for key in ("password", "pwd")
)
_SETTING_BEFORE = re.compile(rb"\b(?:server|host|data source|endpoint|accountname|user id|uid|dbname)=")
_SETTING_FAR = 500


def _compiled(shapes: tuple[tuple[str, str], ...]) -> tuple[tuple[bytes, re.Pattern[bytes]], ...]:
    return tuple((literal.encode(), re.compile(pattern.encode())) for literal, pattern in shapes)


_TOKEN_SHAPES, _LABELLED_SHAPES, _SETTING_SHAPES = _compiled(_TOKENS), _compiled(_LABELLED), _compiled(_SETTINGS)


def shape_spans(data: bytes) -> Iterator[Span]:
    """Where something stands that looks like a secret; spans may overlap and come in no order."""
    for literal, pattern in _TOKEN_SHAPES:
        if literal in data:
            yield from (match.span() for match in pattern.finditer(data))
    literal, pattern = _JWT
    if literal in data:
        yield from (match.span() for match in pattern.finditer(data) if match.lastindex)
    if _BASE32_RUN in data.translate(_BASE32_CLASS):
        yield from (match.span() for match in _BASE32.finditer(data))
    lower = data.lower()
    for literal, pattern in _LABELLED_SHAPES:
        if literal in lower:
            yield from (match.span(1) for match in pattern.finditer(lower))
    yield from _setting_spans(lower)


def _setting_spans(lower: bytes) -> Iterator[Span]:
    settings: list[int] | None = None
    for literal, pattern in _SETTING_SHAPES:
        if literal not in lower:
            continue
        for match in pattern.finditer(lower):
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
