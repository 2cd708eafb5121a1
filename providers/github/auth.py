"""Proof of who we are: as the app, as one of its installations, or as a person with a token."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from providers.clock import Clock
from providers.errors import Forbidden, NotFound, RateLimited, Suspended, Unauthenticated, Unavailable

if TYPE_CHECKING:
    from providers.github.client import Client

_ACCESS_TOKENS = "/app/installations/{id}/access_tokens"
BACKDATED = 60
LIFETIME = 9 * 60
"""Of a JWT; GitHub refuses more than 10 minutes (GitHub Docs, Generating a JSON Web Token for a GitHub App)."""
RENEWED = 60
"""Seconds before a JWT's end."""
EARLY = 5 * 60
"""Seconds before the end of an installation's token, which lives an hour."""


class AppCredential:
    """The app itself: a JWT signed with its private key, for `/app` and for tokens of installations."""

    def __init__(self, app_id: str, private_key: str, clock: Clock) -> None:
        self._app_id = app_id
        # Loading takes a hundred times as long as signing, so it is done once.
        self._key = load_key(private_key)
        self._clock = clock
        self._token = ""
        self._expires = 0.0
        self._ahead = 0.0

    async def token(self) -> str:
        now = self._clock.host_now()
        if now + RENEWED >= self._expires or self._ahead != self._clock.ahead:
            issued = int(now) - BACKDATED
            self._expires, self._ahead = issued + LIFETIME, self._clock.ahead
            claims = {"iat": issued, "exp": issued + LIFETIME, "iss": self._app_id}
            self._token = jwt.encode(claims, self._key, algorithm="RS256")
        return self._token

    def refused(self, token: str) -> bool:
        """Another try helps only if the refusal's `Date` header has put our clock right."""
        return self._ahead != self._clock.ahead


class InstallationCredential:
    """One installation: a token of an hour, fetched once by whoever needs it first."""

    def __init__(self, installation: str, app: "Client", clock: Clock) -> None:
        self._installation = installation
        self._app = app
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: tuple[str, float] = ("", 0.0)

    async def token(self) -> str:
        async with self._lock:
            if self._clock.host_now() + EARLY >= self._token[1]:
                self._token = await self._fetch()
            return self._token[0]

    def refused(self, token: str) -> bool:
        if self._token[0] == token:
            self._token = ("", 0.0)
        return True

    async def _fetch(self) -> tuple[str, float]:
        try:
            answer = await self._app.send("POST", _ACCESS_TOKENS, {"id": self._installation})
        except (RateLimited, Suspended):
            raise
        except Unauthenticated as error:
            raise Unauthenticated(
                f"the app's private_key was revoked or is not that of its app_id ({error})"
            ) from error
        except (Forbidden, NotFound) as error:
            raise Suspended(f"installation {self._installation} is suspended or gone: {error}") from error
        try:
            return str(answer["token"]), datetime.fromisoformat(answer["expires_at"]).timestamp()
        except (TypeError, KeyError, ValueError) as error:
            raise Unavailable(f"GitHub's token can't be read: {error!r}") from error


class PersonalCredential:
    """A person's own token; there is no other to try."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    def refused(self, token: str) -> bool:
        return False


def load_key(pem: str) -> RSAPrivateKey:
    """Reads the app's private key; environment files often write its line ends as `\\n`."""
    try:
        key = load_pem_private_key(pem.replace("\\n", "\n").strip().encode(), password=None)
    except (ValueError, TypeError) as error:
        raise ValueError("the GitHub App's private key is not a PEM text") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the GitHub App's private key is not an RSA key")  # noqa: TRY004 (a setting, not a type)
    return key
