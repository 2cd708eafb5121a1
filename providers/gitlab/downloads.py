"""Logs, reports and artifacts of any size, streamed to files (GitLab REST, Jobs; Job artifacts).

Artifacts may be in an object storage, to which GitLab sends on: that must never see our token.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2

from providers.errors import NotFound, ProviderError, RateLimited, Rejected, TooLarge, Unauthenticated, Unavailable
from providers.fetching.cut import CutFile
from providers.sdk.session import Guard

TOTAL_TIMEOUT = 600.0
MOST = 4 * 2**30
"""Bytes read of one file, however much of them is kept."""

_HOPS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
_HEADERS = {"user-agent": "agnox-bot", "accept": "*/*"}
_CHUNK = 65_536
_REFUSAL = 65_536
"""Bytes of a refusal that are read."""

Judge = Callable[[int, Mapping[str, str], bytes], ProviderError | None]


class Downloads:
    """Fetches below one instance's API as the connection's guard says; `base_url` is the instance's root."""

    def __init__(self, http: httpx2.AsyncClient, guard: Guard, base_url: str) -> None:
        self._http = http
        self._guard = guard
        self._root = f"{base_url}/api/v4"
        self._here = urlsplit(base_url)

    async def cut(self, path: str, file: Path, limit: int) -> int:
        """Writes a text to `file`, its middle left out beyond `limit` bytes; gives how many bytes those were."""
        with CutFile(file, limit) as kept:
            async with self._opened(path) as chunks:
                async for chunk in chunks:
                    kept.write(chunk)
                    if kept.seen > MOST:
                        break
            return kept.finish()

    async def whole(self, path: str, file: Path, limit: int) -> int:
        """Writes what is there to `file`, gives its size. Raises TooLarge for more than `limit` bytes."""
        size = 0
        with file.open("wb") as kept:
            async with self._opened(path) as chunks:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(f"more than {limit:,} bytes")
                    kept.write(chunk)
        return size

    @asynccontextmanager
    async def _opened(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Asks with our token first, and with another one if that is refused; then follows redirects without any."""
        tokens = self._guard.tokens
        token = tokens.ready() or await tokens.fetch()
        try:
            async with asyncio.timeout(TOTAL_TIMEOUT):
                try:
                    async with self._asked(path, token) as chunks:
                        yield chunks
                        return
                except Unauthenticated:
                    other = await tokens.fetch(token)
                    if not other:
                        raise
                async with self._asked(path, other) as chunks:
                    yield chunks
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unavailable(f"GitLab's files can't be read: {type(error).__name__}") from error

    @asynccontextmanager
    async def _asked(self, path: str, token: str) -> AsyncIterator[AsyncIterator[bytes]]:
        self._guard.hold.check()
        url = f"{self._root}{path}"
        headers = {**_HEADERS, **self._guard.sign(token)}
        async with self._http.stream("GET", url, headers=headers) as response:
            location = response.headers.get("location", "")
            if response.status_code not in _MOVED or not location or "/users/sign_in" in location:
                if not response.is_success:
                    raise await self._refused(response)
                yield response.aiter_bytes(_CHUNK)
                return
        async with self._stored(_joined(url, location)) as chunks:
            yield chunks

    @asynccontextmanager
    async def _stored(self, url: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Reads from a storage; errors never tell the address, which is a key by itself."""
        for _ in range(_HOPS):
            self._check(url)
            async with self._http.stream("GET", url, headers=_HEADERS) as response:
                location = response.headers.get("location", "")
                if response.status_code in _MOVED and location:
                    url = _joined(url, location)
                    continue
                if response.status_code in (404, 410):
                    raise NotFound("GitLab's storage does not have it any more")
                if not response.is_success:
                    raise Unavailable(f"GitLab's storage answered {response.status_code}")
                yield response.aiter_bytes(_CHUNK)
                return
        raise Unavailable("GitLab's storage leads from one address to another")

    async def _refused(self, response: httpx2.Response) -> ProviderError:
        body = b""
        async for chunk in response.aiter_bytes(_CHUNK):
            body += chunk
            if len(body) > _REFUSAL:
                break
        refusal = self._guard.judge(response.status_code, response.headers, body)
        if isinstance(refusal, RateLimited):
            self._guard.hold.block(refusal)
        return refusal or Unavailable(f"GitLab answered {response.status_code}")

    def _check(self, url: str) -> None:
        """Only an instance on plain http may have a storage there too, on its own machine."""
        parts = urlsplit(url)
        near = parts.hostname == self._here.hostname or (_loopback(url) and _loopback(self._here.geturl()))
        if parts.scheme != "https" and not (parts.scheme == self._here.scheme == "http" and near):
            raise Rejected(f"GitLab's storage is at {parts.scheme}://{parts.hostname}, not behind https")
        if parts.username or parts.password:
            raise Rejected("GitLab's storage wants a password")


def _joined(url: str, location: str) -> str:
    try:
        return str(httpx2.URL(urljoin(url, location)))
    except (ValueError, httpx2.InvalidURL) as error:
        raise Unavailable("GitLab sends on to what is no address") from error


def _loopback(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        near = ip_address(host).is_loopback
    except ValueError:
        near = host == "localhost"
    return near
