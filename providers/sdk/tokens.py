"""Tokens for the calls of a connection: one that stays, and those that are renewed."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Protocol

from providers.clock import Clock
from providers.credentials import OAuth, ServicePrincipal, parse_credential
from providers.errors import Unauthenticated, Unavailable
from providers.interface import Exchange, Keeper
from providers.sdk.grants import Issued, TokenEndpoint

EARLY = 300.0
"""Seconds before its end at which a token is renewed."""
OAUTH_EARLY = 120.0


class TokenSource(Protocol):
    """Where a connection's token comes from."""

    def ready(self) -> str:
        """The token to send now; empty when one has to be fetched first."""
        ...

    async def fetch(self, refused: str = "") -> str:
        """Gets a token that is not `refused`; empty when there is no other.

        Once begun it is done to the end, and only once however many ask. Raises Unauthenticated when the grant is
        gone, Unavailable or RateLimited when nobody can tell.
        """
        ...


class FixedToken:
    """A token that nobody renews."""

    def __init__(self, token: str) -> None:
        self._token = token

    def ready(self) -> str:
        return self._token

    async def fetch(self, refused: str = "") -> str:
        return "" if refused == self._token else self._token


class Renewed:
    """A token that is replaced `early` seconds before its end, or when it is refused."""

    def __init__(self, issued: Issued, clock: Clock, early: float) -> None:
        self._issued = issued
        self._clock = clock
        self._early = early
        self._refused = ""
        self._once = Once(self._renew)

    def ready(self) -> str:
        token, ends = self._issued.access_token, self._issued.expires_at
        if token == self._refused or (ends and ends <= self._clock.now() + self._early):
            return ""
        return token

    async def fetch(self, refused: str = "") -> str:
        if refused and refused == self._issued.access_token:
            self._refused = refused
        if not self.ready():
            await self._once()
        token = self._issued.access_token
        return "" if token == refused else token

    async def _renew(self) -> None:
        """Puts a new token into `_issued`."""
        raise NotImplementedError


class PrincipalTokens(Renewed):
    """Tokens of an application in its own name (RFC 6749, section 4.4); there is nothing to keep."""

    def __init__(self, principal: ServicePrincipal, scope: str, endpoint: TokenEndpoint, clock: Clock) -> None:
        super().__init__(Issued(""), clock, EARLY)
        self._endpoint = endpoint
        self._form = {
            "grant_type": "client_credentials",
            "client_id": principal.client_id,
            "client_secret": principal.client_secret,
            "scope": scope,
        }

    async def _renew(self) -> None:
        self._issued = await self._endpoint.ask(self._form)


class OAuthTokens(Renewed):
    """Access tokens of an OAuth grant, each renewal of which ends the refresh token that it took.

    `kept` is the credential as its keeper knows it: JSON text of `providers.credentials.OAuth`. Raises ValueError when
    it is something else.
    """

    def __init__(
        self, host: str, kept: str, endpoint: TokenEndpoint, clock: Clock, keeper: Keeper | None = None
    ) -> None:
        super().__init__(_issued(_oauth(kept)), clock, OAUTH_EARLY)
        self._host = host
        self._kept = kept
        self._endpoint = endpoint
        self._keeper = keeper or _Memory()

    async def _renew(self) -> None:
        # What another process left with the keeper may have ended too; then it is ours to replace.
        for _ in range(2):
            self._kept = await self._keeper.renew(self._kept, self._exchange)
            try:
                self._issued = _issued(_oauth(self._kept))
            except ValueError as error:
                raise Unavailable("the credential was replaced by one of another kind meanwhile") from error
            if self.ready():
                return

    async def _exchange(self, stale: str) -> str:
        grant = _oauth(stale)
        form = {"grant_type": "refresh_token", "client_id": grant.client_id, "refresh_token": grant.refresh_token}
        if grant.client_secret:
            form["client_secret"] = grant.client_secret
        try:
            issued = await self._endpoint.ask(form)
        except Unauthenticated as error:
            raise Unauthenticated(f"{error}; grant access to {self._host} again") from error
        return replace(
            grant,
            access_token=issued.access_token,
            refresh_token=issued.refresh_token or grant.refresh_token,
            expires_at=issued.expires_at,
        ).dump()


class Once:
    """Does a piece of work once for all who ask meanwhile, to its end even if they go away."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._running: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._work())
            # When all have gone away nobody else looks at what became of it.
            self._running.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._running)


class _Memory:
    """Keeps nothing: what was exchanged lasts as long as the one who asked."""

    async def renew(self, stale: str, exchange: Exchange) -> str:
        return await exchange(stale)


def entra_token_url(authority: str, tenant_id: str) -> str:
    """Gives the token endpoint of an Entra tenant (Microsoft identity platform, client credentials flow).

    Raises ValueError when `tenant_id` is neither a GUID nor a domain.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", tenant_id):
        raise ValueError("the credential's tenant_id is neither a GUID nor a domain")
    return f"{authority.rstrip('/')}/{tenant_id}/oauth2/v2.0/token"


def _oauth(kept: str) -> OAuth:
    credential = parse_credential(kept)
    if not isinstance(credential, OAuth):
        raise ValueError("the credential is no OAuth grant")  # noqa: TRY004 (a setting, not a type)
    return credential


def _issued(grant: OAuth) -> Issued:
    return Issued(grant.access_token, grant.expires_at)
