"""GitLab, at gitlab.com or anywhere else, behind the contract of a git host."""

import re
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from providers.addresses import beneath, read_address
from providers.factory import Option
from providers.gitlab.webhooks import GitlabWebhooks
from providers.interface import CiProvider, Connection
from providers.runs import Resent
from providers.values import Repository

if TYPE_CHECKING:
    from providers.gitlab.connections import Connections

URL = "https://gitlab.com"
# GitLab Docs, Limitations on usernames, project and group names.
_PART = re.compile(r"(?!\.\.?$)[\w.][\w.+-]{0,254}")
_STYLES = ("note", "discussion")


class GitlabHost:
    """A kind of host of which each tenant may have its own instance; `parts` go to `Connections`."""

    name = "gitlab"
    aliases = frozenset({"gitlab-ci", "gitlab.com", "gitlab-self-managed", "gitlab-ee", "gitlab-ce"})
    options = (
        Option("url", "The instance that is meant where an integration names none.", URL),
        Option("comment", "`note`, or `discussion` for a thread that is resolved once the tests pass.", "note"),
    )

    def __init__(self, options: Mapping[str, str], **parts: Any) -> None:
        self._parts = parts
        self._url = _instance(options.get("url", "")) or URL
        self._style = options.get("comment", "").strip().lower() or "note"
        if self._style not in _STYLES:
            raise ValueError(f"GitLab's option comment is one of {', '.join(_STYLES)}")
        self._webhooks = GitlabWebhooks(parts.get("now", time))
        self._loading = threading.Lock()
        self._connections: Connections | None = None

    @property
    def webhooks(self) -> GitlabWebhooks:
        return self._webhooks

    @property
    def hook_secrets(self) -> Sequence[str] | None:
        return None

    @property
    def install_url(self) -> str:
        return f"{self._url}/-/user_settings/personal_access_tokens"

    def read_repository(self, named: str, base_url: str = "") -> Repository:
        named = named.strip()
        if named.isascii() and named.isdecimal() and len(named) < 20:
            return Repository(named, "")
        address = read_address(named)
        if address is None:
            path = unquote(named).strip("/").removesuffix(".git")
        else:
            on_web = named.lower().startswith(("http://", "https://"))
            path = beneath(address.path, base_url or self._url) if on_web else address.path
            # A page of the project, such as `/-/merge_requests/1`.
            path = path.partition("/-/")[0]
        parts = path.split("/")
        if len(parts) < 2 or len(path) > 1000 or not all(_PART.fullmatch(part) for part in parts):
            raise ValueError(
                f"{named[:100]!r} is not a project of GitLab: "
                "send GROUP/PROJECT, its numeric id or its clone URL (https or ssh)"
            )
        return Repository("", path)

    def knows(self, address: str) -> bool:
        """Whether an address is on our instance; gitlab.com has another host for ssh over port 443."""
        found, ours = read_address(address), urlsplit(self._url).hostname
        return found is not None and found.host in (ours, f"www.{ours}", f"altssh.{ours}")

    def connect(self, connection: Connection) -> CiProvider:
        if connection.installation:
            raise ValueError("GitLab knows no installations; a connection needs a token")
        if not connection.credential:
            raise ValueError("a connection to GitLab needs a token")
        return self._connect().provider(connection, _instance(connection.base_url) or self._url)

    def load(self) -> None:
        """Imports what calls need; takes a second."""
        self._connect()

    async def resend_missed(self, since: datetime) -> Resent:
        return Resent()

    async def aclose(self) -> None:
        if self._connections is not None:
            await self._connections.aclose()

    def _connect(self) -> "Connections":
        """Loads what makes calls on first use: the web's door needs none of it."""
        with self._loading:
            if self._connections is None:
                from providers.gitlab.comments import Style
                from providers.gitlab.connections import Connections

                self._connections = Connections(Style(self._style), **self._parts)
            return self._connections


def _instance(url: str) -> str:
    """Reads the root of an instance; people often give the API's address instead. Raises ValueError."""
    url = url.strip().rstrip("/").removesuffix("/api/v4").rstrip("/")
    try:
        parts = urlsplit(url)
        fine = not url or (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
    except ValueError:
        fine = False
    if not fine or "@" in url or "?" in url or "#" in url:
        raise ValueError(f"{url[:200]!r} is not the address of a GitLab, such as {URL} or https://HOST/gitlab")
    return url
