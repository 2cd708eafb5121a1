"""Where grants are turned into tokens: the token endpoint of OAuth 2.0 (RFC 6749, section 3.2)."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from providers.clock import Clock, read_seconds
from providers.credentials import is_token
from providers.errors import ProviderError, Rejected, Unauthenticated, Unavailable
from providers.failures import Failures
from providers.text import one_line

TOTAL_TIMEOUT = 20.0
"""Seconds; whoever keeps the credential may hold a lock all that time."""
MAX_BYTES = 2**20

_SECRET = ("client_secret", "refresh_token")
_PASSING = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as it was issued; `expires_at` in seconds since 1970 by our own clock, 0 when nobody said."""

    access_token: str = field(repr=False)
    expires_at: float = 0.0
    refresh_token: str = field(default="", repr=False)


class TokenEndpoint:
    """An authorization server's token endpoint; `name` is what people call the server."""

    def __init__(self, name: str, url: str, http: httpx2.AsyncClient, clock: Clock) -> None:
        self._name = name
        self._url = url
        self._http = http
        self._clock = clock
        self._failures = Failures(name, limits=frozenset({429, 503}), read=_words, refine=_refused)

    async def ask(self, form: Mapping[str, str]) -> Issued:
        """Sends a grant. Raises Unauthenticated in the server's words when it is refused, never with a secret."""
        try:
            # The timeouts of httpx are for each read: a host that drips would hold us for ever.
            async with asyncio.timeout(TOTAL_TIMEOUT):
                status, headers, body = await self._post(form)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            reason = one_line(f"{type(error).__name__} {error}", 200)
            raise Unavailable(f"{self._name} can't be reached for a token: {reason}") from error
        for name in _SECRET:
            if secret := form.get(name, ""):
                body = body.replace(secret.encode(), b"***")
        if not 200 <= status < 300:
            raise self._failures.failure(status, headers, body, self._clock)
        return self._read(body)

    async def _post(self, form: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"accept": "application/json", "user-agent": "agnox-bot"}
        body = bytearray()
        async with self._http.stream(
            "POST", self._url, data=dict(form), headers=headers, follow_redirects=False
        ) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise Rejected(f"{self._name} answered with more than {MAX_BYTES:,} bytes")
            return response.status_code, response.headers, bytes(body)

    def _read(self, body: bytes) -> Issued:
        answer = _object(body)
        token, refresh = answer.get("access_token"), answer.get("refresh_token")
        if not isinstance(token, str) or not is_token(token):
            raise Unavailable(f"{self._name} answered without a token")
        # Some servers write the number as text.
        lifetime = read_seconds(str(answer.get("expires_in", "")))
        expires_at = self._clock.now() + lifetime if lifetime else 0.0
        return Issued(token, expires_at, refresh if isinstance(refresh, str) else "")


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _words(body: bytes) -> str:
    """RFC 6749, section 5.2."""
    answer = _object(body)
    told = [answer[name] for name in ("error", "error_description") if isinstance(answer.get(name), str)]
    return ": ".join(told)


def _refused(status: int, headers: Mapping[str, str], message: str) -> type[ProviderError] | None:
    """A 4xx is about the grant when it is told in OAuth's form, else about the address; neither passes by itself."""
    if not 400 <= status < 500 or status == 408:
        return None
    code = message.partition(":")[0]
    if code in _PASSING:
        return Unavailable
    return Unauthenticated if status == 401 or code.replace("_", "").isalpha() else Rejected
