"""GitHub and GitHub Enterprise Server behind the contract of a git host."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from providers.addresses import read_address, read_owned
from providers.credentials import Token, parse_credential
from providers.factory import Option
from providers.github.webhooks import GithubWebhooks
from providers.interface import CiProvider, Connection
from providers.runs import Resent
from providers.values import Repository

if TYPE_CHECKING:
    from providers.github.connections import Connections

API_URL = "https://api.github.com"


class GithubHost:
    """A GitHub with our app on it; `parts` go to `Connections`."""

    name = "github"
    aliases = frozenset(
        {"github-app", "github-actions", "github-enterprise", "github-enterprise-server", "github.com", "ghe", "ghes"}
    )
    options = (
        Option("app_id", "Id of the GitHub App: the number on its page."),
        Option("app_slug", "Its name in addresses (https://github.com/apps/NAME), for links to install it."),
        Option(
            "private_key",
            "Its private key: PEM text or the path of a file.",
            secret=True,
            pem=True,
            also=("app_private_key",),
        ),
        Option(
            "webhook_secret",
            "Its webhook secret; two, comma separated, while one is being replaced.",
            secret=True,
            also=("app_webhook_secret",),
        ),
        Option("api_url", "`https://HOST/api/v3` for GitHub Enterprise Server.", API_URL, also=("app_api_url",)),
        Option(
            "write_interval",
            "Seconds between writes of one installation once it has written ten in a row; 0 where limits are off.",
            "1",
        ),
    )

    def __init__(self, options: Mapping[str, str], **parts: Any) -> None:
        self._options = options
        self._parts = parts
        self._api_url = options.get("api_url", "").strip().rstrip("/") or API_URL
        self._app_id = options.get("app_id", "").strip()
        self._slug = options.get("app_slug", "").strip()
        self._webhooks = GithubWebhooks(self._app_id)
        self._connections: Connections | None = None

    @property
    def webhooks(self) -> GithubWebhooks:
        return self._webhooks

    @property
    def hook_secrets(self) -> Sequence[str] | None:
        """None without an app, whose webhook it is."""
        found = re.split(r"[,\r\n]", self._options.get("webhook_secret", ""))
        secrets = [secret.strip() for secret in found if secret.strip()]
        return secrets if secrets or self._app_id else None

    @property
    def web_url(self) -> str:
        """Where people look at it: API and pages share a host on Enterprise Server only."""
        parts = urlsplit(self._api_url)
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"

    @property
    def install_url(self) -> str:
        pages = "apps" if urlsplit(self._api_url).path in ("", "/") else "github-apps"
        return f"{self.web_url}/{pages}/{self._slug}/installations/new" if self._slug else ""

    def read_repository(self, named: str, base_url: str = "") -> Repository:
        return read_owned(named, "GitHub")

    def knows(self, address: str) -> bool:
        """Whether an address is on our app's instance; ssh may have its own host (GitHub Docs, SSH over port 443)."""
        found, ours = read_address(address), urlsplit(self.web_url).hostname
        return found is not None and found.host in (ours, f"www.{ours}", f"ssh.{ours}")

    def connect(self, connection: Connection) -> CiProvider:
        base_url = connection.base_url.rstrip("/") or self._api_url
        if connection.installation:
            # The app's JWT must not go where an organization's own setting points.
            if base_url != self._api_url:
                raise ValueError(f"installations are known to {self._api_url} only, not to {base_url}")
            return self._connect().installation(connection.installation)
        if connection.credential:
            credential = parse_credential(connection.credential)
            if not isinstance(credential, Token):
                raise ValueError("GitHub takes a token, not a credential of several parts")
            return self._connect().person(credential.token, base_url, connection.tenant)
        raise ValueError("a connection to GitHub needs an installation or a token")

    async def resend_missed(self, since: datetime) -> Resent:
        return await self._connect().resend_missed(since)

    async def aclose(self) -> None:
        if self._connections is not None:
            await self._connections.aclose()

    def _connect(self) -> "Connections":
        """Loads what makes calls on first use: the web's door needs none of it."""
        if self._connections is None:
            from providers.github.connections import Connections

            if self._app_id and not self._app_id.isdecimal():
                raise ValueError("GitHub's app_id is the number on the app's page, not its client id")
            interval = float(self._options.get("write_interval", "") or 1)
            key = self._options.get("private_key", "")
            self._connections = Connections(self._api_url, self._app_id, key, interval, self._slug, **self._parts)
        return self._connections
