"""Which file is meant: paths in a repository and the names of its versions, the same for all hosts."""

import re

from providers.errors import Rejected, TooLarge

LIMIT = 2**20
"""Bytes of a file that are read unless more are asked for."""
_LONGEST = 4096

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
# Surrogates are in no text that a host would understand, and some hosts take a backslash for a slash.
_NO_PATH = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
# What git's own names of versions may not hold (git-check-ref-format): the rest is its language of revisions.
_NO_REF = re.compile(r"[\x00-\x20\x7f\\~^:?*\[\ud800-\udfff]|\.\.|@\{|^[-/.]|//|/$")


def parts_of(path: str) -> tuple[str, ...]:
    """Splits the path of a file. Raises Rejected for one that leads out of its repository or to no file."""
    parts = tuple(path.split("/"))
    if len(path) > _LONGEST or _NO_PATH.search(path) or {"", ".", ".."} & set(parts):
        raise Rejected(f"{path[:200]!r} is no path of a file: expected one like docs/CODEOWNERS")
    return parts


def check_ref(ref: str) -> None:
    """Raises Rejected for what neither a branch nor a commit is called."""
    if not ref or len(ref) > _LONGEST or _NO_REF.search(ref):
        raise Rejected(f"{ref[:200]!r} is no branch or commit")


def is_commit(ref: str) -> bool:
    """Whether a version is named by a whole hash (SHA-1, SHA-256); a branch that is called so can't be asked for."""
    return _COMMIT.fullmatch(ref) is not None


def within(content: bytes, limit: int, path: str) -> bytes:
    """Gives the content back. Raises TooLarge."""
    if len(content) > limit:
        raise TooLarge(f"{path} has more than {limit:,} bytes")
    return content
