"""Requests to one host over httpx2: there and nowhere else, and never for ever."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx2

from providers.errors import Rejected, Unavailable

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


class Origin:
    """The one place that a token is for; `host` is its name for people."""

    def __init__(self, http: httpx2.AsyncClient, host: str, base_url: str) -> None:
        self._http = http
        self.host = host
        self.base_url = base_url

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Sends a request and follows the host once to where a thing is by now, method and body kept.

        Raises Rejected for addresses elsewhere and answers too big, Unavailable when none comes.
        """
        answer = await self._send(method, url, headers, body)
        location = answer.headers.get("location", "")
        if answer.status in _REDIRECTS and location:
            # A renamed repository answers so, to writes too (GitHub REST, Best practices; Gitea, repoAssignment).
            answer = await self._send(method, urljoin(url, location), headers, body)
        return answer

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if not same_origin(url, self.base_url):
            raise Rejected(f"{urlsplit(url).netloc} is not the host that our token is for")
        try:
            # The timeouts of httpx are for each read: a host that drips would hold us for ever.
            async with asyncio.timeout(TOTAL_TIMEOUT):
                return await self._exchange(method, url, headers, body)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unavailable(f"{self.host} can't be reached: {type(error).__name__} {error}".rstrip()) from error

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        read = bytearray()
        async with self._http.stream(method, url, headers=dict(headers), content=body) as response:
            async for chunk in response.aiter_bytes():
                read += chunk
                if len(read) > MAX_BYTES:
                    raise Rejected(f"{self.host} answered with more than {MAX_BYTES:,} bytes")
        return Answer(response.status_code, response.headers, bytes(read))


def same_origin(url: str, other: str) -> bool:
    """Compares scheme, host and port."""
    try:
        left, right = httpx2.URL(url), httpx2.URL(other)
    except httpx2.InvalidURL:
        return False
    return (left.scheme, left.host, left.port) == (right.scheme, right.host, right.port)
