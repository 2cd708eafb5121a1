"""Takes secrets out of text and leaves everything else, above all the number of lines, as it was."""

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MASK = "***"
MIN_SECRET = 6
"""Shorter known secrets are left alone: masking them would tear words apart."""

_TOKENS = (
    r"\b(?:ghp|gho|ghu|ghr)_[A-Za-z0-9]{36,255}\b",
    r"\bghs_[A-Za-z0-9._-]{36,1000}",
    r"\bgithub_pat_[A-Za-z0-9_]{22,255}\b",
    r"\b(?:glpat|gloas|gldt|glrt|glptt|glcbt|glsoat|glft|glimt|glagent)-[A-Za-z0-9_.=-]{20,300}",
    r"\bwhsec_[A-Za-z0-9+/=_-]{16,200}",
    r"\b[A-Za-z0-9]{75,76}AZDO[A-Za-z0-9]{4,5}\b",
    r"(?<![A-Za-z0-9+/])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9+/])",
    r"\beyJ[A-Za-z0-9_-]{5,4000}\.eyJ[A-Za-z0-9_-]{5,8000}(?:\.[A-Za-z0-9_-]{5,4000})?",
    r"\bxox[abceoprs]-[A-Za-z0-9-]{10,250}",
    r"\bxapp-\d-[A-Za-z0-9-]{10,250}",
    r"\bagx_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])",
    r"\bnpm_[A-Za-z0-9]{36}\b",
    r"\bpypi-[A-Za-z0-9_-]{50,1000}",
    r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,200}",
    r"\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
    r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,100}",
)
_TOKEN = re.compile("|".join(_TOKENS))
# One of these must be in the text for a token of the list above to be: a plain search is far cheaper.
_HINT = re.compile(
    r"gh[oprsu]_|github_pat_|gl[a-z]{2,6}-|whsec_|AZDO|AKIA|ASIA|eyJ|xox|xapp-|agx_|npm_|pypi-|sk-|AIza|hooks\.slack"
)
_LABELLED: tuple[re.Pattern[str], ...] = (
    # Authorization: Bearer x, authorization=Basic x, "Authorization": "token x", PRIVATE-TOKEN: x, x-api-key: x
    re.compile(
        r"(?i)(\b(?:proxy-)?authorization['\"]?\s{0,4}[:=]\s{0,4}['\"]?(?:bearer|basic|token|negotiate"
        r"|digest)\s{1,4})([^\s'\",;]{1,8000})"
    ),
    re.compile(
        r"(?i)(\b(?:private-token|job-token|deploy-token|x-api-key|x-gitlab-token"
        r"|x-auth-token)['\"]?\s{0,4}[:=]\s{0,4}['\"]?)([^\s'\",;]{6,4000})"
    ),
    re.compile(r"(\b[Bb]earer\s{1,4})([A-Za-z0-9._~+/=-]{20,8000})"),
    # scheme://user:password@host, where the password may hold anything but what ends an authority
    re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@'\"<>]{0,200}:)([^\s/'\"<>]{1,500})(?=@[^\s/@])"),
    # Server=x;Password=y;  and  password=y host=x
    re.compile(
        r"(?i)((?:;|\b(?:server|host|data source|endpoint|accountname|user id|uid"
        r"|dbname)=[^;\s]{0,200}[;\s]\s{0,4})(?:[^;=\s]{1,60}=[^;\s]{0,200}[;\s]\s{0,4}){0,8}"
        r"(?:password|pwd|accountkey|sharedaccesskey)\s{0,2}=\s{0,2})((?!\*\*\*)[^;\s'\"]{1,500})"
    ),
    re.compile(r"(?i)(\b(?:accountkey|sharedaccesskey|sharedaccesssignature)=)([A-Za-z0-9+/=%&;_-]{20,500})"),
    re.compile(
        r"(\b(?:AWS_SECRET_ACCESS_KEY"
        r"|aws_secret_access_key)['\"]?\s{0,4}[:=]\s{0,4}['\"]?)([A-Za-z0-9/+=]{40})(?![A-Za-z0-9/+=])"
    ),
    re.compile(
        r"(\b(?:AZURE_DEVOPS_EXT_PAT|SYSTEM_ACCESSTOKEN|VSS_NUGET_ACCESSTOKEN"
        r"|AZP_TOKEN)['\"]?\s{0,4}[:=]\s{0,4}['\"]?)([A-Za-z0-9._-]{20,4000})"
    ),
)
_LABEL_HINT = re.compile(
    r"(?i)authoriz|token|api-key|bearer|://|passw|pwd|accountkey|accesskey|accesssig|secret_access|_pat\b"
)
# Azure DevOps' older tokens: 52 characters of base32 in lower case, always with digits among them.
_AZURE = re.compile(r"(?<![A-Za-z0-9+/_-])(?=[a-z2-7]{0,51}[2-7])[a-z2-7]{52}(?![A-Za-z0-9+/_=-])")
_PEM_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_PEM_BODY = re.compile(r"[A-Za-z0-9+/=]{16,}")
_PEM_LAST = re.compile(r"(?<!\S)[A-Za-z0-9+/]{1,15}={0,2}(?=\s*$)")
_PEM_LINES = 200
"""A key that never ends must not eat the rest of a log."""


class Masker:
    """Masks a text that comes line by line: a private key may run over many lines.

    `known` are secrets to mask wherever they stand, also in base64 or URL-encoded. One masker is for one text.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        forms = sorted({form for secret in known for form in _forms(secret)}, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, forms))) if forms else None
        self._pem = 0
        self._in_body = False

    def line(self, text: str) -> str:
        """One line, masked; its line ending, if it has one, stays."""
        if self._pem:
            text = self._inside_key(text)
        if "PRIVATE KEY" in text:
            text = self._begin_key(text)
        if self._known is not None:
            text = self._known.sub(MASK, text)
        return _mask_shapes(text)

    def lines(self, texts: Iterable[str]) -> Iterator[str]:
        """Each line, masked, as it comes."""
        return map(self.line, texts)

    def bytes_line(self, data: bytes) -> bytes:
        """One line of bytes, masked; bytes that are not UTF-8 stay as they are."""
        return self.line(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _begin_key(self, text: str) -> str:
        begin = _PEM_BEGIN.search(text)
        if begin is None:
            return text
        end = _PEM_END.search(text, begin.end())
        if end is not None:
            return text[: begin.end()] + MASK + self._begin_key(text[end.start() :])
        self._pem = _PEM_LINES
        body = text[begin.end() :]
        return text[: begin.end()] + (MASK + _ending(body) if body.strip() else body)

    def _inside_key(self, text: str) -> str:
        """Mask what looks like key material, and the short last line behind it; a log may put time stamps before it."""
        self._pem -= 1
        end = _PEM_END.search(text)
        if end is not None:
            self._pem = 0
            return _PEM_BODY.sub(MASK, text[: end.start()]) + text[end.start() :]
        masked, found = _PEM_BODY.subn(MASK, text)
        if not found and self._in_body:
            masked = _PEM_LAST.sub(MASK, text)
        self._in_body = bool(found)
        return masked


def mask(text: str, known: Iterable[str] = ()) -> str:
    """The text with known secrets and everything that has the shape of a secret replaced by `***`.

    Linear in the length of the text; the number of newlines never changes, commit hashes and UUIDs stay readable.
    """
    masker = Masker(known)
    return "\n".join(map(masker.line, text.split("\n")))


def _mask_shapes(text: str) -> str:
    if _HINT.search(text):
        text = _TOKEN.sub(MASK, text)
    if _LABEL_HINT.search(text):
        for pattern in _LABELLED:
            text = pattern.sub(rf"\g<1>{MASK}", text)
    if len(text) >= 52:
        text = _AZURE.sub(MASK, text)
    return text


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, URL-encoded, and in base64 at each of the three alignments it can have."""
    for part in secret.split("\n"):
        part = part.strip("\r")
        if len(part.strip()) < MIN_SECRET:
            continue
        yield part
        yield quote(part, safe="")
        yield quote_plus(part)
        data = part.encode("utf-8", "surrogateescape")
        for shift in range(3):
            if len(data) < 8:
                break
            # Only the characters that do not depend on what stands around the secret.
            encoded = base64.b64encode(b"\0" * shift + data).decode()
            start = (0, 2, 3)[shift]
            stop = (shift + len(data)) * 8 // 6
            core = encoded[start:stop]
            yield core
            yield core.replace("+", "-").replace("/", "_")


def _ending(text: str) -> str:
    return text[len(text.rstrip("\r\n")) :]
