"""The addresses under which git knows a repository: https, ssh, and the short form of ssh (git-clone, Git URLs)."""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from providers.values import Repository

_SHORT = re.compile(r"(?:[^@/\s]+@)?(?P<host>[^:/\s]+):(?!//)(?P<path>[^\s]+)")
_NAME = re.compile(r"(?!\.\.?$)[A-Za-z0-9_.-]{1,100}")


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


def read_owned(named: str, host: str, root: str = "") -> Repository:
    """Reads a repository that is named as `owner/name`, by its numeric id or by its address.

    `root` is the instance's, of which web addresses have the path too; `host` is its name for people. Raises
    ValueError that says what would be accepted.
    """
    named = named.strip()
    if named.isascii() and named.isdecimal() and len(named) < 20:
        return Repository(named, "")
    address = read_address(named)
    path = address.path if address else named.strip("/").removesuffix(".git")
    if address and named.lower().startswith(("http://", "https://")):
        path = beneath(path, root)
    owner, _, name = path.partition("/")
    if not _NAME.fullmatch(owner) or not _NAME.fullmatch(name):
        raise ValueError(
            f"{named[:100]!r} is not a repository of {host}: "
            "send OWNER/NAME, its numeric id or its clone URL (https or ssh)"
        )
    return Repository("", path)


def read_instance(url: str, host: str, api: str) -> str:
    """Reads the root of an instance, empty for none; people often give the address of its API instead.

    Raises ValueError.
    """
    url = url.strip().rstrip("/").removesuffix(api).rstrip("/")
    try:
        parts = urlsplit(url)
        fine = not url or (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
    except ValueError:
        fine = False
    if not fine or "@" in url or "?" in url or "#" in url:
        raise ValueError(f"{url[:200]!r} is not the address of a {host}, such as https://HOST or https://HOST/path")
    return url


def _trimmed(path: str) -> str:
    return unquote(path).strip("/").removesuffix(".git").rstrip("/")
