"""Downloads from where GitHub keeps files: another host, which must never see our token."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2

from providers.errors import NotFound, Rejected, TooLarge, Unavailable
from providers.fetching.cut import CutFile

TOTAL_TIMEOUT = 600.0
MOST = 4 * 2**30
"""Bytes read of one file, however much of them is kept."""
_HOPS = 3
_MOVED = (301, 302, 303, 307, 308)
_HEADERS = {"user-agent": "agnox-bot", "accept": "*/*"}
_CHUNK = 65_536


class Downloads:
    """Fetches without a token; from https only, or from loopback for an instance that is on loopback itself."""

    def __init__(self, http: httpx2.AsyncClient, base_url: str) -> None:
        self._http = http
        self._local = _loopback(base_url)

    async def cut(self, url: str, path: Path, limit: int) -> int:
        """Writes a text to `path`, its middle left out beyond `limit` bytes; gives how many bytes those were."""
        with CutFile(path, limit) as file:
            async with self._opened(url) as chunks:
                async for chunk in chunks:
                    file.write(chunk)
                    if file.seen > MOST:
                        break
            return file.finish()

    async def whole(self, url: str, path: Path, limit: int) -> None:
        """Writes a file to `path`. Raises TooLarge for more than `limit` bytes."""
        written = 0
        with path.open("wb") as file:
            async with self._opened(url) as chunks:
                async for chunk in chunks:
                    written += len(chunk)
                    if written > limit:
                        raise TooLarge(f"more than {limit:,} bytes")
                    file.write(chunk)

    @asynccontextmanager
    async def _opened(self, url: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Follows a few redirects; errors never tell the address, which is a key by itself."""
        try:
            async with asyncio.timeout(TOTAL_TIMEOUT):
                for _ in range(_HOPS):
                    self._check(url)
                    async with self._http.stream("GET", url, headers=_HEADERS) as response:
                        if response.status_code in _MOVED and response.headers.get("location"):
                            url = urljoin(url, response.headers["location"])
                            continue
                        if response.status_code in (404, 410):
                            raise NotFound("GitHub's storage does not have it any more")
                        if not response.is_success:
                            raise Unavailable(f"GitHub's storage answered {response.status_code}")
                        yield response.aiter_bytes(_CHUNK)
                        return
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unavailable(f"GitHub's storage can't be read: {type(error).__name__}") from error
        except ValueError as error:
            raise Unavailable("GitHub's storage is at an address that is none") from error
        raise Unavailable("GitHub's storage leads from one address to another")

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (self._local and _loopback(url)):
            raise Rejected(f"GitHub's storage is at {parts.scheme}://{parts.hostname}, not behind https")
        if parts.username or parts.password:
            raise Rejected("GitHub's storage wants a password")


def _loopback(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        near = ip_address(host).is_loopback
    except ValueError:
        near = host == "localhost"
    return near and parts.scheme in ("http", "https")
