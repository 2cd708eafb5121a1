"""Finds tokens by how they look: the prefixes and signatures that their issuers gave them to be found by.

Almost all tokens are one long word. So the words that are long enough are found first, at the speed of a plain search,
and only in those a prefix is looked for; a hundred prefixes then cost little more than one. Sources: what the issuers
document of their tokens' form, and for Azure the signatures of Microsoft's "common annotated security keys".
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from itertools import groupby

Span = tuple[int, int]

WORD = 20
"""A token has at least so many characters in one word."""

_END = r"(?![A-Za-z0-9_-])"
_URL = r"[A-Za-z0-9_-]"
_ESCAPES = r"\\[bfnrt]", r"%[0-9A-Fa-f]{2}", r"u[0-9A-Fa-f]{4}", r"\dm"


def _apart(literal: str) -> str:
    """Not at the end of a word; an escape before it, as `\\n` or `%3D`, or a colour is no word."""
    return rf"(?:(?<![A-Za-z0-9_+/]{literal})" + "".join(f"|(?<={escape}{literal})" for escape in _ESCAPES) + ")"


# Prefixes that no other word begins with or contains, and what follows them.
_DISTINCT = (
    ("ghp_", r"[A-Za-z0-9]{36,}+"), ("gho_", r"[A-Za-z0-9]{36,}+"), ("ghu_", r"[A-Za-z0-9]{36,}+"),
    ("ghr_", r"[A-Za-z0-9]{36,}+"), ("ghs_", r"[A-Za-z0-9._-]{36,}+"), ("github_pat_", r"[A-Za-z0-9_]{22,}+"),
    ("gl", r"(?:pat|oas|dt|rt|rtr|ptt|cbt|soat|ft|ffct|imt|wt|agent)-[A-Za-z0-9_.=-]{20,}+"),
    ("GR1348941", rf"{_URL}{{20,}}+"), ("ATBB", r"[A-Za-z0-9]{32,}+"), ("ATCTT3", r"[A-Za-z0-9_=.-]{60,}+"),
    ("ATATT3", r"[A-Za-z0-9_=.-]{60,}+"), ("agx_", rf"{_URL}{{43}}{_END}"),
    ("GOCSPX-", rf"{_URL}{{28}}"), ("ya29.", rf"{_URL}{{20,}}+"),
    ("npm_", rf"[A-Za-z0-9]{{36}}{_END}"), ("pypi-", rf"{_URL}{{50,}}+"), ("rubygems_", r"[0-9a-f]{48}"),
    ("dckr_", rf"[po]at_{_URL}{{20,}}+"),
    ("xapp-", r"\d-[A-Za-z0-9-]{13,}+"), ("xox", r"[abceoprs]-[A-Za-z0-9-]{15,}+"),
    ("SG.", rf"{_URL}{{20,24}}\.{_URL}{{39,50}}+"), ("xkeysib-", r"[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    ("sk_live_", r"[A-Za-z0-9]{16,}+"), ("sk_test_", r"[A-Za-z0-9]{16,}+"),
    ("rk_live_", r"[A-Za-z0-9]{16,}+"), ("rk_test_", r"[A-Za-z0-9]{16,}+"),
    ("sntry", r"(?:s_eyJ[A-Za-z0-9+/=_-]{20,}+|u_[0-9a-f]{64})"),
    ("hvs.", rf"{_URL}{{24,}}+"), ("hvb.", rf"{_URL}{{24,}}+"), ("hvr.", rf"{_URL}{{24,}}+"),
    ("dop_v1_", r"[0-9a-f]{64}"), ("doo_v1_", r"[0-9a-f]{64}"), ("dor_v1_", r"[0-9a-f]{64}"),
    ("glsa_", r"[A-Za-z0-9]{32}_[0-9a-f]{8}"),
    ("glc_eyJ", r"[A-Za-z0-9+/=_-]{20,}+"), ("lin_api_", r"[A-Za-z0-9]{40}"),
    ("shp", r"(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}"), ("sq0", rf"(?:atp|csp)-{_URL}{{22,}}+"), ("figd_", rf"{_URL}{{40,}}+"),
    ("PMAK-", r"[0-9a-f]{24}-[0-9a-f]{34}"), ("NRAK-", r"[A-Z0-9]{27}"), ("HRKU-", rf"{_URL}{{36,}}+"),
    ("AGE-SECRET-KEY-1", r"[0-9A-Z]{58}"), ("tskey-", r"[a-z]{2,10}-[A-Za-z0-9]{6,}-[A-Za-z0-9]{16,}+"),
    ("CCIPAT_", r"[A-Za-z0-9]{22}_[0-9a-f]{40}"), ("pscale_", rf"(?:tkn|pw|oauth)_{_URL}{{30,}}+"),
    ("sbp_", r"[0-9a-f]{40}"), ("dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"), ("AKCp", r"[A-Za-z0-9]{60,}+"),
    ("pplx-", r"[A-Za-z0-9]{40,}+"), ("gsk_", r"[A-Za-z0-9]{50,}+"), ("xai-", r"[A-Za-z0-9]{70,}+"),
    ("ops_eyJ", rf"{_URL}{{60,}}+"), ("dp.", rf"(?:pt|st|ct|sa|scim|audit)\.{_URL}[A-Za-z0-9_.-]{{39,}}+"),
    # A private key in base64: what follows says `PRIVATE KEY`, at whichever place its kind puts it.
    ("LS0tLS1CRUdJTi", r"B(?:SU0EgUFJJVkFUR|FQyBQUklWQVRF|EU0EgUFJJVkFUR|QUklWQVRFIEtFW|PUEVOU1NIIFBSSVZBVE"
     r"|FTkNSWVBURUQgUFJJVkFUR|QR1AgUFJJVkFUR)[A-Za-z0-9+/=_-]{16,}+"),
)  # fmt: skip
# Prefixes that also stand inside of words.
_SHORT = (
    ("sk-", r"(?:ant-|proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_-]{32,}+"),
    ("AIza", rf"{_URL}{{35}}{_END}"), ("AKIA", r"[A-Z0-9]{16}(?![A-Za-z0-9+/])"),
    ("ASIA", r"[A-Z0-9]{16}(?![A-Za-z0-9+/])"), ("ABSK", r"[A-Za-z0-9]{60,}+"),
    ("hf_", rf"[A-Za-z0-9]{{30,40}}{_END}"), ("api_org_", rf"[A-Za-z0-9]{{30,40}}{_END}"),
    ("SK", rf"[0-9a-f]{{32}}{_END}"), ("oy2", rf"[a-z0-9]{{43}}{_END}"), ("cio", rf"[A-Za-z0-9]{{32}}{_END}"),
    ("dapi", rf"[0-9a-f]{{32}}(?:-\d)?{_END}"), ("pul-", rf"[0-9a-f]{{40}}{_END}"),
    ("key-", rf"[0-9a-f]{{32}}{_END}"), ("ntn_", rf"[A-Za-z0-9]{{40,50}}{_END}"),
    ("secret_", rf"(?=[A-Za-z]{{0,42}}[0-9])[A-Za-z0-9]{{43}}{_END}"),
    ("r8_", rf"[A-Za-z0-9]{{37}}{_END}"), ("nfp_", rf"[A-Za-z0-9]{{36}}{_END}"), ("BBDC-", r"[A-Za-z0-9+/]{40,}+"),
    ("sqp_", rf"[0-9a-f]{{40}}{_END}"), ("squ_", rf"[0-9a-f]{{40}}{_END}"), ("sqa_", rf"[0-9a-f]{{40}}{_END}"),
    ("bkua_", rf"[0-9a-f]{{40}}{_END}"),
)  # fmt: skip
# A JWT without its second part is none, but taken all the same: no part of it need be looked at again.
_JWT = ("eyJ", r"[A-Za-z0-9_-]{5,}+(?P<jwt>\.eyJ[A-Za-z0-9_-]{5,}+(?:\.[A-Za-z0-9_-]*+)?)?")
# What an issuer writes into the middle of a token: how many characters come before it, and what follows.
_INSIDE = (
    ("AZDO", 76, rf"(?<=[A-Za-z0-9]{{76}}AZDO)[A-Za-z0-9]{{4,5}}{_END}"),
    ("AZDO", 75, rf"(?<=[A-Za-z0-9]{{75}}AZDO)[A-Za-z0-9]{{4,5}}{_END}"),
    ("Q~", 4, r"(?<=[A-Za-z0-9_~.-]{3}[0-9]Q~)[A-Za-z0-9_~.-]{31,34}+(?![A-Za-z0-9_~-])"),
    (".atlasv1.", 14, r"(?<=[A-Za-z0-9]{14}\.atlasv1\.)[A-Za-z0-9_=-]{60,}+"),
    ("JQQJ99", 52, r"(?<=[A-Za-z0-9]{52}JQQJ99)[A-Za-z0-9]{26,30}+=?"),
    ("AzFu", 44, r"(?<=[A-Za-z0-9_-]{44}AzFu)[A-Za-z0-9_-]{6,8}+(?:==)?"),
    ("-us", 32, rf"(?<=(?<![0-9a-f])[0-9a-f]{{32}}-us)[0-9]{{1,2}}{_END}"),
    ("AzSe", 42, r"(?<=[A-Za-z0-9]{42}AzSe)[A-D][A-Za-z0-9]{5}"),
)
# What holds other characters than those of a word early on, and how many of its characters come before.
_OPEN = (
    ("whsec_", 0, r"[A-Za-z0-9+/=_-]{16,}+"),
    ("hook", 0, r"s\.slack\.com\\?/(?:services|workflows|triggers)\\?/(?:[A-Za-z0-9/]|\\/){20,}+"),
    ("hook", -6, r"s/(?<=/api/webhooks/)[0-9]{15,21}/[A-Za-z0-9_-]{30,}+"),
    ("hook", 0, r"\.office\.com/[A-Za-z0-9/@_-]{60,}+"),
    ("1//0", 0, _apart("1//0") + r"[A-Za-z0-9_-]{30,}+"),
    (":AA", 10, r"(?<=(?<![0-9])[0-9]{10}:AA)[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    (":AA", 9, r"(?<=(?<![0-9])[0-9]{9}:AA)[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    ("+A", 76, r"(?<=[A-Za-z0-9+/]{76}\+A)St[A-Za-z0-9+/]{5}[AQgw]=="),
    ("+A", 42, r"(?<=[A-Za-z0-9+/]{42}\+A)CR[A-D][A-Za-z0-9+/]{5}"),
)
# Without a prefix: Azure DevOps' older tokens are 52 characters of base32 in lower case, always with digits among them;
# a Discord bot's token begins with its number, in base64.
_BASE32 = re.compile(rb"(?<![A-Za-z0-9+/_-])(?=[a-z]{0,51}[2-7])[a-z2-7]{52}(?![A-Za-z0-9+/_=-])")
_NUMBERED = re.compile(rb"([MNO][A-Za-z0-9]{23,27})\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,40}+(?!\.)")

_WORD_CHARS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.~-")
_WORD_CLASS = bytes(ord("x") if byte in _WORD_CHARS else ord(" ") for byte in range(256))
_WORD_RUN = b"x" * WORD
_UNPREFIXED = 52
"""Tokens without a prefix are longer."""


def _branches(shapes: Iterable[tuple[str, str]]) -> re.Pattern[bytes]:
    """One pattern of all, with one branch for each first character."""
    groups = groupby(sorted(shapes), key=lambda shape: shape[0][0])
    branches = (
        f"{re.escape(first)}(?:{'|'.join(re.escape(word[1:]) + rest for word, rest in group)})"
        for first, group in groups
    )
    return re.compile("|".join(branches).encode())


_PREFIXED: tuple[tuple[str, str], ...] = (*_DISTINCT, *((word, _apart(word) + rest) for word, rest in _SHORT), _JWT)
_TOKEN = _branches(_PREFIXED)
_HINT = _branches([(word, "") for word, _ in _PREFIXED] + [(word, "") for word, _, _ in _INSIDE])
_SIGNED = re.compile("|".join(f"({re.escape(word)}{rest})" for word, _, rest in _INSIDE).encode())
_OPEN_SHAPES = tuple(
    (literal.encode(), tuple((before, re.compile((re.escape(literal) + rest).encode())) for _, before, rest in shapes))
    for literal, shapes in groupby(_OPEN, key=lambda shape: shape[0])
)


def token_spans(data: bytes) -> Iterator[Span]:
    """Where tokens stand; spans may overlap and come in no order."""
    yield from _worded(data)
    for literal, shapes in _OPEN_SHAPES:
        if literal in data:
            for before, pattern in shapes:
                yield from ((match.start() - before, match.end()) for match in pattern.finditer(data))


def _worded(data: bytes) -> Iterator[Span]:
    words = data.translate(_WORD_CLASS)
    end = 0
    while (start := words.find(_WORD_RUN, end)) >= 0:
        end = words.find(b" ", start + WORD)
        end = len(words) if end < 0 else end
        if end - start >= _UNPREFIXED and (whole := _unprefixed(data, start)):
            yield whole
        at = start
        while hint := _HINT.search(data, at, end):
            at = hint.start()
            if token := _TOKEN.match(data, at):
                if token["jwt"] or not hint[0].startswith(b"eyJ"):
                    yield token.span()
                at = token.end()
            elif signed := _SIGNED.match(data, at):
                yield at - _INSIDE[(signed.lastindex or 1) - 1][1], signed.end()
                at = signed.end()
            else:
                at += 1


def _unprefixed(data: bytes, start: int) -> Span | None:
    found = _BASE32.match(data, start)
    if found is None and (numbered := _NUMBERED.match(data, start)) and _is_number(numbered[1]):
        found = numbered
    return found and found.span()


def _is_number(encoded: bytes) -> bool:
    try:
        return b64decode(encoded + b"=" * (-len(encoded) % 4)).isdigit()
    except ValueError:
        return False
