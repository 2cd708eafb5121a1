"""What all connections of a process share: threads, idle clients, and the providers that were made before."""

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from cachetools import LRUCache
from gitlab import Gitlab
from gitlab.exceptions import GitlabError

from providers.clock import Clock
from providers.credentials import OAuth, Token, parse_credential
from providers.errors import ProviderError
from providers.gitlab.client import Client
from providers.gitlab.comments import Style
from providers.gitlab.downloads import Downloads
from providers.gitlab.failures import FAILURES
from providers.gitlab.identity import Me
from providers.gitlab.provider import GitlabProvider
from providers.interface import Connection
from providers.origin import http_client
from providers.sdk.caller import UNREADABLE, Caller
from providers.sdk.clients import Clients
from providers.sdk.grants import TokenEndpoint
from providers.sdk.hold import Hold
from providers.sdk.session import USER_AGENT, Guard, GuardedSession, Sign, bearer, origins, private_token
from providers.sdk.threads import Threads
from providers.sdk.tokens import FixedToken, OAuthTokens, TokenSource

KNOWN = 4096
"""Connections kept with what they learned; the one not used for longest goes first."""
# python-gitlab takes a list's answer for a list without looking.
_UNREADABLE = (*UNREADABLE, GitlabError, TypeError)


class Connections:
    """Makes providers; each connection's token, silence and memory are its own."""

    def __init__(
        self,
        style: Style,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._style = style
        self._sleep = sleep
        self._clock = Clock(now)
        self._threads = Threads("GitLab")
        self._clients: Clients[Gitlab] = Clients(lambda gitlab: gitlab.session.close())
        self._http = http_client()
        self._known: LRUCache[tuple[str, str, str], GitlabProvider] = LRUCache(KNOWN)

    def provider(self, connection: Connection, base_url: str) -> GitlabProvider:
        """Gives what was made for the same tenant, credential and instance before. Raises ValueError."""
        digest = hashlib.sha256(connection.credential.encode(errors="surrogatepass")).hexdigest()
        key = (connection.tenant, digest, base_url)
        if key not in self._known:
            self._known[key] = self._make(connection, base_url)
        return self._known[key]

    async def aclose(self) -> None:
        await self._threads.aclose()
        self._clients.close()
        await self._http.aclose()

    def _make(self, connection: Connection, base_url: str) -> GitlabProvider:
        tokens, sign = self._tokens(connection, base_url)
        hold = Hold(self._clock)
        guard = Guard("GitLab", origins(base_url), tokens, sign, partial(self._judge, hold), hold)
        caller = Caller(
            "GitLab",
            self._threads,
            self._clients,
            # No other connection has this guard, which holds the token.
            guard,
            partial(_gitlab, base_url, guard),
            _UNREADABLE,
        )
        client = Client(caller, base_url, Downloads(self._http, guard, base_url))
        return GitlabProvider(
            client,
            Me(client),
            self._style,
            self._pause,
            access_token=isinstance(tokens, FixedToken),
        )

    def _tokens(self, connection: Connection, base_url: str) -> tuple[TokenSource, Sign]:
        credential = parse_credential(connection.credential)
        if isinstance(credential, Token):
            return FixedToken(credential.token), private_token
        if not isinstance(credential, OAuth):
            raise ValueError("GitLab takes a token or an OAuth grant, no other credential")  # noqa: TRY004 (a setting)
        endpoint = TokenEndpoint("GitLab", f"{base_url}/oauth/token", self._http, self._clock)
        return OAuthTokens("GitLab", connection.credential, endpoint, self._clock, connection.keeper), bearer

    def _judge(self, hold: Hold, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError | None:
        if 200 <= status < 300:
            return None
        return FAILURES.failure(status, headers, body, self._clock, hold.strikes)

    async def _pause(self) -> None:
        """Waits a moment, and never the same one as the other writer."""
        await self._sleep(random.uniform(0.2, 1.2))  # noqa: S311 (no secret)


def _gitlab(base_url: str, guard: Guard) -> Gitlab:
    """The session carries the token, and follows no link to another host; pages are asked for at our address."""
    return Gitlab(base_url, session=GuardedSession(guard), keep_base_url=True, user_agent=USER_AGENT)
