"""The addresses under which git knows a repository: https, ssh, and the short form of ssh (git-clone, Git URLs)."""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_SHORT = re.compile(r"(?:[^@/\s]+@)?(?P<host>[^:/\s]+):(?!//)(?P<path>[^\s]+)")


class Address(NamedTuple):
    """Where a repository is: the host's name in lower case, and the path without slashes at its ends or `.git`."""

    host: str
    path: str


def read_address(text: str) -> Address | None:
    """Reads an address; None when it is none, as with a mere path. User names and passwords are dropped."""
    text = text.strip()
    if "://" in text:
        try:
            parts = urlsplit(text)
            host = parts.hostname or ""
        except ValueError:
            return None
        if parts.scheme not in ("http", "https", "ssh", "git", "git+ssh") or not host:
            return None
        return Address(host, _trimmed(parts.path))
    found = _SHORT.fullmatch(text)
    return Address(found["host"].lower(), _trimmed(found["path"])) if found else None


def beneath(path: str, root: str) -> str:
    """Takes the path of an instance's own root (`/gitlab`) off the path of a repository."""
    prefix = urlsplit(root).path.strip("/")
    return path.removeprefix(f"{prefix}/") if prefix else path


def _trimmed(path: str) -> str:
    return unquote(path).strip("/").removesuffix(".git").rstrip("/")
