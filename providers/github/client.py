"""Calls to GitHub's REST API: gidgethub on httpx2, with our errors, our pace and our mistrust."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

import httpx2
from gidgethub.abc import GitHubAPI
from gidgethub.sansio import accept_format, create_headers, format_url

from providers.clock import Clock
from providers.errors import NotFound, RateLimited, Rejected, Unauthenticated, Unavailable
from providers.github.cache import ScopedCache
from providers.github.failures import failure
from providers.github.pace import Gate
from providers.values import Repository

API_VERSION = "2022-11-28"
USER_AGENT = "agnox-bot"
TOTAL_TIMEOUT = 60.0
_ACCEPT = accept_format()
_REDIRECTS = (301, 307, 308)

Variables = Mapping[str, str]
NONE: Variables = MappingProxyType({})


class Credential(Protocol):
    """Gives the token for a call."""

    async def token(self) -> str: ...

    def refused(self, token: str) -> bool:
        """Hears that GitHub took the token for invalid; tells whether another try may help."""
        ...


class Client(GitHubAPI):
    """Speaks for one credential; every failure is a ProviderError."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        base_url: str,
        credential: Credential,
        gate: Gate,
        clock: Clock,
        cache: ScopedCache,
    ) -> None:
        # gidgethub keys its cache by address alone; that suffices since the scope is ours and `Accept` never changes.
        super().__init__(USER_AGENT, base_url=base_url, cache=cache)
        self._http = http
        self._credential = credential
        self._gate = gate
        self._clock = clock

    async def get(self, url: str, variables: Variables = NONE) -> Any:
        return (await self._call("GET", url, variables))[0]

    async def get_with_headers(self, url: str) -> tuple[Any, Mapping[str, str]]:
        """Gives an answer and its headers, in which GitHub tells of the token."""
        token = await self._credential.token()
        headers = create_headers(USER_AGENT, accept=_ACCEPT, oauth_token=token)
        _, told, body = await self._request("GET", format_url(url, {}, base_url=self.base_url), headers)
        try:
            return json.loads(body), told
        except ValueError as error:
            raise Unavailable("GitHub answered with something else than JSON") from error

    async def pages(self, url: str, variables: Variables = NONE, key: str = "", most: int = 100) -> AsyncIterator[Any]:
        """Walks a list page by page, `key` naming it where it is wrapped in an object."""
        for _ in range(most):
            data, following = await self._call("GET", url, variables)
            items = data.get(key) if isinstance(data, dict) else data
            for item in items if isinstance(items, list) else ():
                yield item
            if following is None:
                return
            url = following

    async def write(self, method: str, url: str, variables: Variables, data: object = b"") -> Any:
        """Sends data, one write at a time and not too fast."""
        async with self._gate.writing():
            return await self.send(method, url, variables, data)

    async def send(self, method: str, url: str, variables: Variables, data: object = b"") -> Any:
        """Sends data at once; for what GitHub does not count as content."""
        return (await self._call(method, url, variables, data))[0]

    async def _call(self, method: str, url: str, variables: Variables, data: object = b"") -> tuple[Any, str | None]:
        # A dot segment would make it another address, an empty one another list.
        if any(value in ("", ".", "..") for value in variables.values()):
            raise Rejected(f"{dict(variables)} can't be part of an address")
        for again in (True, False):
            token = await self._credential.token()
            try:
                answer: tuple[Any, str | None, int] = await self._make_request(
                    method, url, variables, data, _ACCEPT, jwt=token
                )
            except Unauthenticated:
                if not self._credential.refused(token) or not again:
                    raise
            except (ValueError, LookupError) as error:
                raise Unavailable(f"GitHub's answer can't be read: {error}") from error
            else:
                if isinstance(answer[0], str):
                    raise Unavailable("GitHub answered with something else than JSON")
                return answer[0], answer[1]
        raise AssertionError("the second refusal is raised")

    async def manage_rate_limit(self, *, method: str, url: str) -> None:
        """Stays silent while GitHub asks for it, instead of asking again."""
        self._gate.check()

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        headers = {**headers, "x-github-api-version": API_VERSION}
        response = await self._send(method, url, headers, body)
        location = response.headers.get("location", "")
        if response.status_code in _REDIRECTS and location:
            # A renamed repository answers so, to writes too; the method stays (GitHub REST, Best practices).
            response = await self._send(method, urljoin(url, location), headers, body)
        status = response.status_code
        if status < 300 or status == 304:
            self._gate.strikes = 0
            return status, response.headers, response.content
        if status == 401:
            self._clock.learn(response.headers)
        error = failure(status, response.headers, response.content, self._clock, self._gate.strikes)
        if isinstance(error, RateLimited):
            self._gate.block(error)
        raise error

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> httpx2.Response:
        if not same_origin(url, self.base_url):
            raise Rejected(f"{urlsplit(url).netloc} is not the host that our token is for")
        try:
            # The timeouts of httpx are for each read: a host that drips would hold us for ever.
            async with asyncio.timeout(TOTAL_TIMEOUT):
                return await self._http.request(method, url, headers=dict(headers), content=body)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unavailable(f"GitHub can't be reached: {type(error).__name__} {error}".rstrip()) from error

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def same_origin(url: str, other: str) -> bool:
    """Compares scheme, host and port."""
    try:
        left, right = httpx2.URL(url), httpx2.URL(other)
    except httpx2.InvalidURL:
        return False
    return (left.scheme, left.host, left.port) == (right.scheme, right.host, right.port)


def names(repository: Repository) -> dict[str, str]:
    """Gives the variables `owner` and `repo` of an address."""
    owner, _, name = repository.path.partition("/")
    if not name or "/" in name:
        raise NotFound(f"{repository.path!r} is not a repository of GitHub: expected owner/name")
    return {"owner": owner, "repo": name}
