"""Downloads from where a host keeps files: another host, which must never see our token."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2

from providers.errors import NotFound, Rejected, TooLarge, Unavailable

TOTAL_TIMEOUT = 600.0
_HOPS = 3
_MOVED = (301, 302, 303, 307, 308)
_HEADERS = {"user-agent": "agnox-bot", "accept": "*/*"}
_CHUNK = 65_536


class Storage:
    """Fetches signed addresses without a token, from https only, or from loopback for a host that is there itself.

    `name` is what people call the storage.
    """

    def __init__(self, http: httpx2.AsyncClient, name: str, base_url: str) -> None:
        self._http = http
        self._name = name
        self._local = _loopback(base_url)

    async def whole(self, url: str, path: Path, limit: int) -> int:
        """Writes a file to `path`; gives its bytes. Raises TooLarge for more than `limit`."""
        written = 0
        with path.open("wb") as file:
            async with self._opened(url) as chunks:
                async for chunk in chunks:
                    written += len(chunk)
                    if written > limit:
                        raise TooLarge(f"more than {limit:,} bytes")
                    file.write(chunk)
        return written

    @asynccontextmanager
    async def _opened(self, url: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Follows a few redirects; errors never tell the address, which is a key by itself."""
        try:
            # The timeouts of httpx are for each read: a host that drips would hold us for ever.
            async with asyncio.timeout(TOTAL_TIMEOUT):
                for _ in range(_HOPS):
                    self._check(url)
                    async with self._http.stream("GET", url, headers=_HEADERS) as response:
                        if response.status_code in _MOVED and response.headers.get("location"):
                            url = urljoin(url, response.headers["location"])
                            continue
                        self._judge(response.status_code)
                        yield response.aiter_bytes(_CHUNK)
                        return
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unavailable(f"{self._name} can't be read: {type(error).__name__}") from error
        except (ValueError, httpx2.InvalidURL) as error:
            raise Rejected(f"{self._name} is at an address that is none") from error
        raise Rejected(f"{self._name} leads from one address to another")

    def _judge(self, status: int) -> None:
        if status in (404, 410):
            raise NotFound(f"{self._name} does not have it any more")
        if not 200 <= status < 300:
            raise Unavailable(f"{self._name} answered {status}")

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (self._local and _loopback(url)):
            raise Rejected(f"{self._name} is at {parts.scheme}://{parts.hostname}, not behind https")
        if parts.username or parts.password:
            raise Rejected(f"{self._name} wants a password")


def _loopback(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        near = ip_address(host).is_loopback
    except ValueError:
        near = host == "localhost"
    return near and parts.scheme in ("http", "https")
