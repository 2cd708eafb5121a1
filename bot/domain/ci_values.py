"""The forms in which CIs write numbers, branches, commits and addresses, each read into one."""

import re
from urllib.parse import urlsplit

from bot.domain.masking import MASK, mask

_SHOWN = 64
_LONGEST = 2048
_LARGEST = 2**31 - 1

# Some CIs leave a variable that has no value as it stands.
_UNEXPANDED = re.compile(r"\$\([^()\s]*\)")
# What shells and templates make of a value that is not there; `false` is Travis' word for no pull request.
_NO_NUMBER = frozenset({"0", "false", "no", "none", "null", "undefined"})
_NO_BRANCH = frozenset({"HEAD", "(no branch)"})

_KINDS = r"pull|pulls|pull-requests|pull_requests|pullrequest|merge-requests|merge_requests"
_SUFFIX = r"/(?:merge|head|from|train)"
_REF = re.compile(rf"(?:refs/)?(?:{_KINDS})/([0-9]{{1,10}})(?:{_SUFFIX})?|([0-9]{{1,10}}){_SUFFIX}", re.ASCII)
_NUMBER = re.compile(r"(?:(?:pr|mr)[-/]?|[#!])?([0-9]{1,10})", re.IGNORECASE)
_PAGE = re.compile(rf"https?://[^\s?#]+/(?:{_KINDS})/([0-9]{{1,10}})(?:[/?#]\S*)?", re.IGNORECASE)
_PREFIX = re.compile(r"(?:refs/heads/|refs/remotes/|remotes/|origin/)+")

_SHA = re.compile(r"[0-9a-fA-F]{7,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LOGIN = re.compile(r"(?<=://)[^/?#]*@")
_SHORT_LOGIN = re.compile(r"\A[^/\s]*@(?=[^/\s@:]+:)")
_SECRET_QUERY = re.compile(
    r"([?&;][^?=&;#]*(?:token|secret|passw|pwd|sig|key|auth|code)[^?=&;#]*=)[^&;#]*", re.IGNORECASE
)


def is_absent(value: object) -> bool:
    """Whether a CI's variable has no value: null, blank, or left as `$(Its.Name)`."""
    return value is None or (
        isinstance(value, str) and (not value.strip() or bool(_UNEXPANDED.fullmatch(value.strip())))
    )


def shown(value: object) -> str:
    """What was sent, as it may be told back: cut, without secrets and line breaks."""
    if not isinstance(value, str):
        return {dict: "an object", list: "a list", bool: str(value).lower()}.get(type(value), str(value))[:_SHOWN]
    # Whatever stands before an `@` may be a login.
    before, _, text = value.strip().rpartition("@")
    text = (f"{MASK}@" if before else "") + without_secrets(text[:_LONGEST])
    return repr(text[:_SHOWN] + "…" if len(text) > _SHOWN else text)


def without_secrets(text: str) -> str:
    """Masks what has the shape of a secret, and what the query of an address calls one."""
    return mask(_SECRET_QUERY.sub(rf"\1{MASK}", text))


def read_number(value: object) -> int | None:
    """Reads `42`, `#42`, `!42`, `42/merge`, `PR-42`, `refs/pull/42/merge` or a page's address; None for `false` and 0.

    Raises ValueError.
    """
    if value is False or (isinstance(value, str) and value.strip().lower() in _NO_NUMBER):
        return None
    number = None
    if isinstance(value, str) and len(value) <= _LONGEST:
        number = number_of_ref(value.strip()) or _first(_NUMBER, value.strip()) or _first(_PAGE, value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LARGEST and value % 1 == 0:
        number = int(value)
        if number == 0:
            return None
    if number is None or not 1 <= number <= _LARGEST:
        raise ValueError(f"not a pull request number: {shown(value)}; send 42 or refs/pull/42/merge")
    return number


def number_of_ref(branch: str) -> int | None:
    """Gives the number in a ref that hosts make for pull requests, such as `refs/pull/42/merge` and `42/merge`."""
    return _first(_REF, branch)


def is_merge_ref(branch: str) -> bool:
    """Whether a ref is a host's test merge of a pull request with its base, and so no head of anything."""
    return bool(_REF.fullmatch(branch)) and branch.endswith(("/merge", "/train"))


def read_branch(value: object) -> str | None:
    """Reads `main`, `origin/main` or `refs/heads/main`; None where there is no branch. Raises ValueError."""
    text = read_line(value, 1024, "the name of a branch")
    prefix = _PREFIX.match(text)
    text = text[prefix.end() :].strip() if prefix else text
    return None if text in _NO_BRANCH else text or None


def read_commit(value: object) -> str | None:
    """Reads a whole or shortened commit id into lower case; None for the zeros of no commit. Raises ValueError."""
    if not isinstance(value, str) or not _SHA.fullmatch(value.strip()):
        raise ValueError(f"not a commit: {shown(value)}; send 7 to 64 hexadecimal digits")
    return value.strip().lower() if value.strip("0 \t") else None


def read_web_address(value: object) -> str:
    """Reads an http(s) address; logins and secrets in its query are taken out. Raises ValueError."""
    wanted = "an address with http:// or https://"
    text = without_login(read_line(value, _LONGEST, wanted))
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise ValueError(f"not a web address: {shown(value)}; send {wanted}")
    return text.replace(" ", "%20")


def read_line(value: object, longest: int, wanted: str) -> str:
    """Reads one line of text, its secrets masked. Raises ValueError that says what is wanted."""
    if not isinstance(value, str):
        raise ValueError(f"not a text: {shown(value)}; send {wanted}")  # noqa: TRY004 - pydantic reports this one
    text = value.strip()
    if len(text) > longest:
        raise ValueError(f"longer than {longest} characters: {shown(value)}; send {wanted}")
    if _CONTROL.search(text):
        raise ValueError(f"holds a line break or another control character: {shown(value)}; send {wanted}")
    return without_secrets(text)


def without_login(address: str) -> str:
    """Takes user names and passwords out of an address; `git@` stays in the short form of ssh."""
    if "://" in address:
        return _LOGIN.sub("", address, count=1)
    return _SHORT_LOGIN.sub("git@", address, count=1)


def _first(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.fullmatch(text)
    number = int(next(filter(None, found.groups()))) if found else 0
    return number if 1 <= number <= _LARGEST else None
