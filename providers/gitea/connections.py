"""What all connections of a process share: the pool of sockets, and the providers that were made before."""

import hashlib
import time
from collections.abc import Callable

import httpx2
from cachetools import LRUCache

from providers.clock import Clock
from providers.credentials import Token, parse_credential
from providers.gitea.client import Client
from providers.gitea.provider import GiteaProvider
from providers.interface import Connection
from providers.origin import Origin, http_client

KNOWN = 4096
"""Connections kept with what they learned; the one not used for longest goes first."""


class Connections:
    """Makes providers; each connection's token, silence and memory are its own."""

    def __init__(
        self, *, transport: httpx2.AsyncBaseTransport | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._clock = Clock(now)
        self._http = http_client(transport)
        self._known: LRUCache[tuple[str, str, str], GiteaProvider] = LRUCache(KNOWN)

    def provider(self, connection: Connection, base_url: str) -> GiteaProvider:
        """Gives what was made for the same tenant, token and instance before. Raises ValueError."""
        credential = parse_credential(connection.credential)
        if not isinstance(credential, Token):
            raise ValueError("Gitea takes a token, not a credential of several parts")  # noqa: TRY004 (a setting)
        key = (connection.tenant, hashlib.sha256(credential.token.encode()).hexdigest(), base_url)
        if key not in self._known:
            origin = Origin(self._http, "Gitea", base_url)
            self._known[key] = GiteaProvider(Client(origin, credential.token, self._clock))
        return self._known[key]

    async def aclose(self) -> None:
        await self._http.aclose()
