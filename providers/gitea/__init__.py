"""Gitea and Forgejo, such as Codeberg, behind the contract of a git host."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from providers.addresses import read_address, read_instance, read_owned
from providers.factory import Option
from providers.gitea.webhooks import GiteaWebhooks
from providers.interface import CiProvider, Connection
from providers.runs import Resent
from providers.values import Repository

if TYPE_CHECKING:
    from providers.gitea.connections import Connections

_PUBLIC = ("codeberg.org", "gitea.com")


class GiteaHost:
    """A kind of host of which each tenant may have its own instance; `parts` go to `Connections`.

    There is no instance that is meant when none is named: a token must not go where its owner did not send it.
    """

    name = "gitea"
    aliases = frozenset(
        {"forgejo", "codeberg", "codeberg.org", "gitea.com", "gitea-actions", "forgejo-actions"},
    )
    options = (Option("url", "The instance that is meant where an integration names none, as `https://codeberg.org`."),)

    def __init__(self, options: Mapping[str, str], **parts: Any) -> None:
        self._parts = parts
        self._url = _instance(options.get("url", ""))
        self._webhooks = GiteaWebhooks()
        self._connections: Connections | None = None

    @property
    def webhooks(self) -> GiteaWebhooks:
        return self._webhooks

    @property
    def hook_secrets(self) -> Sequence[str] | None:
        return None

    @property
    def install_url(self) -> str:
        return f"{self._url}/user/settings/applications" if self._url else ""

    def read_repository(self, named: str, base_url: str = "") -> Repository:
        return read_owned(named, "Gitea", base_url or self._url)

    def knows(self, address: str) -> bool:
        """Whether an address is on our own instance, or on one that everybody knows."""
        found = read_address(address)
        return found is not None and found.host in (urlsplit(self._url).hostname, *_PUBLIC)

    def connect(self, connection: Connection) -> CiProvider:
        if connection.installation:
            raise ValueError("Gitea knows no installations; a connection needs a token")
        if not connection.credential:
            raise ValueError("a connection to Gitea needs a token")
        base_url = _instance(connection.base_url) or self._url
        if not base_url:
            raise ValueError("a connection to Gitea needs the address of its instance, such as https://codeberg.org")
        return self._connect().provider(connection, base_url)

    async def resend_missed(self, since: datetime) -> Resent:
        return Resent()

    async def aclose(self) -> None:
        if self._connections is not None:
            await self._connections.aclose()

    def _connect(self) -> "Connections":
        """Loads what makes calls on first use: the web's door needs none of it."""
        if self._connections is None:
            from providers.gitea.connections import Connections

            self._connections = Connections(**self._parts)
        return self._connections


def _instance(url: str) -> str:
    return read_instance(url, "Gitea", "/api/v1")
