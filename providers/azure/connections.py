"""What all connections of a process share: threads, idle clients, and the providers that were made before."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import httpx2
from cachetools import LRUCache
from requests.adapters import BaseAdapter

from providers.azure.access import AccessControl, Rules
from providers.azure.client import Client
from providers.azure.failures import judge, slow_down
from providers.azure.isolation import Isolation
from providers.azure.naming import Organization
from providers.azure.provider import AzureDevOpsProvider, Manner
from providers.azure.sdk import UNREADABLE as SDK_UNREADABLE
from providers.azure.sdk import Sdk, plain
from providers.clock import Clock
from providers.credentials import ServicePrincipal, Token, parse_credential
from providers.errors import ProviderError
from providers.fetching.storage import Storage
from providers.interface import Connection
from providers.origin import http_client
from providers.sdk.caller import UNREADABLE, Caller
from providers.sdk.clients import Clients
from providers.sdk.grants import TokenEndpoint
from providers.sdk.hold import Hold
from providers.sdk.session import Guard, GuardedSession, Sign, bearer, origins, password
from providers.sdk.threads import Threads
from providers.sdk.tokens import FixedToken, PrincipalTokens, TokenSource, entra_token_url

NAME = "Azure DevOps"
STORAGE = "Azure DevOps' storage"
KNOWN = 4096
"""Connections kept with what they learned; the one not used for longest goes first."""
SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"
"""Azure DevOps as Microsoft Entra knows it (Azure DevOps, Service principals and managed identities)."""
_NO_ROUTES: Mapping[str, BaseAdapter] = {}


class Connections:
    """Makes providers; each connection's token, silence and memory are its own.

    `routes` are other ways to addresses that begin so, as a network may have them.
    """

    def __init__(
        self,
        rules: Rules,
        thread_done: str,
        authority: str,
        *,
        now: Callable[[], float] = time.time,
        routes: Mapping[str, BaseAdapter] = _NO_ROUTES,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._rules = rules
        self._manner = Manner(thread_done, rules.mode)
        self._authority = authority
        self._clock = Clock(now)
        self._routes = routes
        self._threads = Threads(NAME)
        self._clients: Clients[Sdk] = Clients(Sdk.close)
        self._http = http_client(transport)
        self._known: LRUCache[tuple[str, str, str], AzureDevOpsProvider] = LRUCache(KNOWN)

    def provider(self, connection: Connection, organization: Organization) -> AzureDevOpsProvider:
        """Gives what was made for the same tenant, credential and organization before. Raises ValueError."""
        digest = hashlib.sha256(connection.credential.encode(errors="surrogatepass")).hexdigest()
        key = (connection.tenant, digest, organization.base_url)
        if key not in self._known:
            self._known[key] = self._make(connection, organization)
        return self._known[key]

    async def aclose(self) -> None:
        await self._threads.aclose()
        self._clients.close()
        await self._http.aclose()

    def _make(self, connection: Connection, organization: Organization) -> AzureDevOpsProvider:
        tokens, sign = self._tokens(connection, organization)
        hold = Hold(self._clock)
        guard = Guard(
            NAME,
            origins(*organization.origins),
            tokens,
            sign,
            partial(self._judge, hold),
            hold,
            lambda headers: slow_down(headers, self._clock),
        )
        caller = Caller(
            NAME,
            self._threads,
            self._clients,
            # No other connection has this guard, which holds the token.
            guard,
            partial(self._sdk, organization, guard, Isolation()),
            (*UNREADABLE, *SDK_UNREADABLE),
        )
        storage = Storage(self._http, STORAGE, organization.base_url)
        client = Client(organization, caller, plain, storage)
        manner = replace(self._manner, personal=isinstance(tokens, FixedToken))
        return AzureDevOpsProvider(client, AccessControl(client, self._rules, self._clock.now), manner)

    def _tokens(self, connection: Connection, organization: Organization) -> tuple[TokenSource, Sign]:
        credential = parse_credential(connection.credential)
        if isinstance(credential, Token):
            return FixedToken(credential.token), password
        if not isinstance(credential, ServicePrincipal):
            raise ValueError("Azure DevOps takes a personal access token or a service principal")  # noqa: TRY004
        if not organization.services:
            raise ValueError("a service principal is known to Azure DevOps Services only: a server needs a token")
        url = entra_token_url(self._authority, credential.tenant_id)
        endpoint = TokenEndpoint("Microsoft Entra", url, self._http, self._clock)
        return PrincipalTokens(credential, SCOPE, endpoint, self._clock), bearer

    def _judge(self, hold: Hold, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError | None:
        return judge(status, headers, body, self._clock, hold.strikes)

    def _sdk(self, organization: Organization, guard: Guard, isolation: Isolation) -> Sdk:
        session = GuardedSession(guard)
        for start, adapter in self._routes.items():
            session.mount(start, adapter)
        return Sdk(organization, isolation, session)
