"""Calls to GitHub's REST API: gidgethub on httpx2, with our errors, our pace and our mistrust."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin

from gidgethub.abc import GitHubAPI
from gidgethub.sansio import accept_format, create_headers, format_url

from providers.clock import Clock
from providers.errors import NotFound, RateLimited, Rejected, Unauthenticated, Unavailable
from providers.github.cache import ScopedCache
from providers.github.downloads import Downloads
from providers.github.failures import failure
from providers.github.pace import Gate
from providers.origin import Origin
from providers.values import Repository

API_VERSION = "2022-11-28"
USER_AGENT = "agnox-bot"
_ACCEPT = accept_format()
_FOUND = (302, 303)
_REDIRECTED = 65_536

T = TypeVar("T")
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
        origin: Origin,
        credential: Credential,
        gate: Gate,
        clock: Clock,
        cache: ScopedCache,
        downloads: Downloads,
    ) -> None:
        # gidgethub keys its cache by address alone; that suffices since the scope is ours and `Accept` never changes.
        super().__init__(USER_AGENT, base_url=origin.base_url, cache=cache)
        self._origin = origin
        self._credential = credential
        self._gate = gate
        self._clock = clock
        self.downloads = downloads

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

    async def raw(self, url: str, variables: Variables, media_type: str, most: int) -> tuple[str, bytes]:
        """Gives the media type of an answer and up to `most` bytes of it, as they are."""
        return await self._signed(lambda token: self._raw(url, variables, media_type, token, most))

    async def location(self, url: str, variables: Variables) -> str:
        """Gives the address, perhaps of another host, where a thing can be had for a minute."""
        return await self._signed(lambda token: self._location(url, variables, token))

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
        _check(variables)
        try:
            answer: tuple[Any, str | None, int] = await self._signed(
                lambda token: self._make_request(method, url, variables, data, _ACCEPT, jwt=token)
            )
        except (ValueError, LookupError) as error:
            raise Unavailable(f"GitHub's answer can't be read: {error}") from error
        if isinstance(answer[0], str):
            raise Unavailable("GitHub answered with something else than JSON")
        return answer[0], answer[1]

    async def _raw(self, url: str, variables: Variables, media_type: str, token: str, most: int) -> tuple[str, bytes]:
        # Not through gidgethub, which decodes every answer and keeps it under an address without its media type.
        _check(variables)
        self._gate.check()
        headers = create_headers(USER_AGENT, accept=media_type, oauth_token=token)
        _, told, body = await self._request(
            "GET", format_url(url, variables, base_url=self.base_url), headers, most=most
        )
        return told.get("content-type", "").partition(";")[0].strip().lower(), body

    async def _location(self, url: str, variables: Variables, token: str) -> str:
        _check(variables)
        self._gate.check()
        headers = create_headers(USER_AGENT, accept=_ACCEPT, oauth_token=token)
        filled = format_url(url, variables, base_url=self.base_url)
        _, told, _ = await self._request("GET", filled, headers, most=_REDIRECTED, found=True)
        if not told.get("location"):
            raise Unavailable("GitHub did not say where it keeps the file")
        try:
            return urljoin(filled, told["location"])
        except ValueError as error:
            raise Unavailable("GitHub keeps the file at an address that is none") from error

    async def _signed(self, ask: Callable[[str], Awaitable[T]]) -> T:
        """Asks with our token; once more with another one if that was refused."""
        for again in (True, False):
            token = await self._credential.token()
            try:
                return await ask(token)
            except Unauthenticated:
                if not self._credential.refused(token) or not again:
                    raise
        raise AssertionError("the second refusal is raised")

    async def manage_rate_limit(self, *, method: str, url: str) -> None:
        """Stays silent while GitHub asks for it, instead of asking again."""
        self._gate.check()

    async def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        most: int | None = None,
        found: bool = False,
    ) -> tuple[int, Mapping[str, str], bytes]:
        pinned = {**headers, "x-github-api-version": API_VERSION}
        answer = await self._origin.send(method, url, pinned, body, most=most)
        if answer.status < 300 or answer.status == 304 or (found and answer.status in _FOUND):
            self._gate.passed()
            return answer.status, answer.headers, answer.body
        if answer.status == 401:
            self._clock.learn(answer.headers)
        error = failure(answer.status, answer.headers, answer.body, self._clock, self._gate.strikes)
        if isinstance(error, RateLimited):
            self._gate.block(error)
        raise error

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _check(variables: Variables) -> None:
    # A dot segment would make it another address, an empty one another list.
    if any(value in ("", ".", "..") for value in variables.values()):
        raise Rejected(f"{dict(variables)} can't be part of an address")


def names(repository: Repository) -> dict[str, str]:
    """Gives the variables `owner` and `repo` of an address."""
    owner, _, name = repository.path.partition("/")
    if not name or "/" in name:
        raise NotFound(f"{repository.path!r} is not a repository of GitHub: expected owner/name")
    return {"owner": owner, "repo": name}
