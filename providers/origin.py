"""Requests to one host over httpx2: there and nowhere else, and never for ever."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urljoin, urlsplit

import httpx2

from providers.errors import Rejected, TooLarge, Unavailable

TOTAL_TIMEOUT = 60.0
MAX_BYTES = 32 * 2**20
TIMEOUT = httpx2.Timeout(20, connect=10)
_REDIRECTS = (301, 307, 308)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names by any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the authorities takes longer than connecting, so all clients of a process share them.
    return httpx2.create_ssl_context()


def http_client(transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """Opens a client that follows nobody; `SSL_CERT_FILE` and the proxies of the environment hold for it."""
    return httpx2.AsyncClient(timeout=TIMEOUT, transport=transport, follow_redirects=False, verify=_trusted())


class Origin:
    """The one place that a token is for; `host` is its name for people."""

    def __init__(self, http: httpx2.AsyncClient, host: str, base_url: str) -> None:
        self._http = http
        self.host = host
        self.base_url = base_url

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", *, most: int | None = None
    ) -> Answer:
        """Sends a request and follows the host once to where a thing is by now, method and body kept.

        Raises Rejected for addresses elsewhere, TooLarge for more than MAX_BYTES, or than `most` if it is given and
        the answer is a good one, Unavailable when none comes.
        """
        answer = await self._send(method, url, headers, body, most)
        location = answer.headers.get("location", "")
        if answer.status in _REDIRECTS and location:
            # A renamed repository answers so, to writes too (GitHub REST, Best practices; Gitea, repoAssignment).
            answer = await self._send(method, urljoin(url, location), headers, body, most)
        return answer

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, most: int | None) -> Answer:
        if not same_origin(url, self.base_url):
            raise Rejected(f"{urlsplit(url).netloc} is not the host that our token is for")
        try:
            # The timeouts of httpx are for each read: a host that drips would hold us for ever.
            async with asyncio.timeout(TOTAL_TIMEOUT):
                return await self._exchange(method, url, headers, body, most)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unavailable(f"{self.host} can't be reached: {type(error).__name__} {error}".rstrip()) from error

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, most: int | None
    ) -> Answer:
        read = bytearray()
        async with self._http.stream(method, url, headers=dict(headers), content=body) as response:
            limit = MAX_BYTES if most is None or not response.is_success else most
            async for chunk in response.aiter_bytes():
                read += chunk
                if len(read) > limit:
                    raise TooLarge(f"{self.host} answered with more than {limit:,} bytes")
        return Answer(response.status_code, response.headers, bytes(read))


def same_origin(url: str, other: str) -> bool:
    """Compares scheme, host and port."""
    try:
        left, right = httpx2.URL(url), httpx2.URL(other)
    except httpx2.InvalidURL:
        return False
    return (left.scheme, left.host, left.port) == (right.scheme, right.host, right.port)
