"""GitHub and GitHub Enterprise Server behind the contract of a git host."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from providers.github.webhooks import GithubWebhooks
from providers.interface import CiProvider, Connection

if TYPE_CHECKING:
    from providers.github.connections import Connections

API_URL = "https://api.github.com"


class GithubHost:
    """A GitHub with our app on it.

    Options: `app_id` (the number on the app's page), `private_key` (PEM), `webhook_secret` (several while one is
    exchanged, newest first, separated by commas or lines), `api_url` (an Enterprise Server's is `https://HOST/api/v3`),
    `app_slug` (the app's name in addresses), `write_interval` (seconds between writes of one installation once it has
    written ten in a row, 1 unless told; 0 where rate limits are off). `parts` go to `Connections`.
    """

    name = "github"
    aliases = frozenset({"github-app", "github-actions", "github-enterprise", "github-enterprise-server", "ghes"})

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
    def hook_secrets(self) -> Sequence[str]:
        found = re.split(r"[,\r\n]", self._options.get("webhook_secret", ""))
        return [secret.strip() for secret in found if secret.strip()]

    @property
    def web_url(self) -> str:
        """Where people look at it: API and pages share a host on Enterprise Server only."""
        parts = urlsplit(self._api_url)
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"

    @property
    def install_url(self) -> str:
        pages = "apps" if urlsplit(self._api_url).path in ("", "/") else "github-apps"
        return f"{self.web_url}/{pages}/{self._slug}/installations/new" if self._slug else ""

    def connect(self, connection: Connection) -> CiProvider:
        base_url = connection.base_url.rstrip("/") or self._api_url
        if connection.installation:
            # The app's JWT must not go where an organization's own setting points.
            if base_url != self._api_url:
                raise ValueError(f"installations are known to {self._api_url} only, not to {base_url}")
            return self._connect().installation(connection.installation)
        if connection.token:
            return self._connect().person(connection.token, base_url)
        raise ValueError("a connection to GitHub needs an installation or a token")

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
