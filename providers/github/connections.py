"""What all connections of a process share: the pool of sockets, tokens, gates and cached answers."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

import httpx2
from cachetools import LRUCache

from providers.clock import Clock
from providers.errors import Unavailable
from providers.github.auth import AppCredential, InstallationCredential, PersonalCredential
from providers.github.cache import ScopedCache, shared_cache
from providers.github.client import Client, Credential
from providers.github.comments import Author
from providers.github.deliveries import resend_missed
from providers.github.downloads import Downloads
from providers.github.inspection import of_installation, of_person
from providers.github.pace import Gate
from providers.github.provider import GithubProvider
from providers.origin import Origin, http_client
from providers.payloads import child, word
from providers.runs import Resent

KNOWN = 4096
"""Connections kept with their tokens; the one not used for longest goes first."""


class Connections:
    """Makes providers; each connection's token, pace and cached answers are its own."""

    def __init__(
        self,
        api_url: str,
        app_id: str,
        private_key: str,
        write_interval: float,
        app_slug: str = "",
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api_url = api_url
        self._app_id = app_id
        self._interval = write_interval
        self._sleep = sleep
        self._clock = Clock(now)
        self._cache = shared_cache()
        self._http = http_client(transport)
        self._known: LRUCache[str, GithubProvider] = LRUCache(KNOWN)
        self._slug = app_slug
        self._app: Client | None = None
        if app_id and private_key:
            self._app = self._client("app", api_url, AppCredential(app_id, private_key, self._clock))

    def installation(self, installation: str) -> GithubProvider:
        if self._app is None:
            raise ValueError("GitHub's app_id and private_key are not set")
        scope = f"installation {installation}"
        if scope not in self._known:
            client = self._client(scope, self._api_url, InstallationCredential(installation, self._app, self._clock))
            author, inspect = Author(self._app_id, self._bot_login), of_installation(self._app, installation)
            self._known[scope] = GithubProvider(client, self._app_id, author, inspect)
        return self._known[scope]

    def person(self, token: str, base_url: str, tenant: str = "") -> GithubProvider:
        scope = f"token {hashlib.sha256(token.encode()).hexdigest()} {base_url} {tenant}"
        if scope not in self._known:
            client = self._client(scope, base_url, PersonalCredential(token))
            self._known[scope] = GithubProvider(client, "", Author("", _Login(client)), of_person(client))
        return self._known[scope]

    async def slug(self) -> str:
        """Asks once under which name the app is known (GitHub REST, Apps)."""
        if not self._slug and self._app is not None:
            self._slug = word(child(await self._app.get("/app")), "slug")
        return self._slug

    async def resend_missed(self, since: datetime) -> Resent:
        return Resent() if self._app is None else await resend_missed(self._app, self._clock, since)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _bot_login(self) -> str:
        return f"{await self.slug()}[bot]"

    def _client(self, scope: str, base_url: str, credential: Credential) -> Client:
        gate = Gate(self._clock, self._interval, self._sleep)
        origin, cache = Origin(self._http, "GitHub", base_url), ScopedCache(self._cache, scope)
        return Client(origin, credential, gate, self._clock, cache, Downloads(self._http, base_url))


class _Login:
    """The login of a token's owner, asked once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._login = ""

    async def __call__(self) -> str:
        if not self._login:
            self._login = word(child(await self._client.get("/user")), "login")
        if not self._login:
            raise Unavailable("GitHub did not tell whose token this is")
        return self._login
