"""Calls to the REST API (v1) of Gitea and Forgejo, with our errors and our mistrust."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from providers.clock import Clock
from providers.errors import NotFound, RateLimited, Unavailable
from providers.gitea.failures import FAILURES
from providers.origin import Answer, Origin
from providers.payloads import Json, items
from providers.sdk.hold import Hold
from providers.values import Repository

USER_AGENT = "agnox-bot"
API = "/api/v1"
PER_PAGE = 50
"""Gitea's default of MAX_RESPONSE_ITEMS; an instance may give fewer."""
PAGES = 100
"""Most pages of a list that are read."""

Query = Mapping[str, str | int]


class Client:
    """Speaks for one token; every failure is a ProviderError."""

    def __init__(self, origin: Origin, token: str, clock: Clock) -> None:
        self._origin = origin
        self._token = token
        self._clock = clock
        self._hold = Hold(clock)

    async def get(self, path: str, query: Query | None = None) -> Any:
        return _json(await self._call("GET", path, query))

    async def text(self, path: str) -> str:
        """Reads what is no JSON; broken UTF-8 is replaced."""
        return (await self._call("GET", path)).body.decode(errors="replace")

    async def raw(self, path: str, query: Query, *, most: int) -> Answer:
        """Reads up to `most` bytes, with the headers that tell what they are."""
        return await self._call("GET", path, query, most=most)

    async def pages(self, path: str, query: Query | None = None, *, most: int = PAGES) -> AsyncIterator[Json]:
        """Walks a list to its end, or `most` pages; not all lists link their next page, but all count their items."""
        seen = 0
        for page in range(1, most + 1):
            answer = await self._call("GET", path, {"limit": PER_PAGE, "page": page, **(query or {})})
            data = _json(answer)
            for item in items(data):
                yield item
            seen += len(data) if isinstance(data, list) else 0
            total = answer.headers.get("x-total-count", "")
            if not data or (total.isdecimal() and seen >= int(total)):
                return

    async def write(self, method: str, path: str, body: object = None) -> Any:
        return _json(await self._call(method, path, body=body))

    async def _call(
        self, method: str, path: str, query: Query | None = None, body: object = None, *, most: int | None = None
    ) -> Answer:
        self._hold.check()
        headers = {"Authorization": f"token {self._token}", "Accept": "application/json", "User-Agent": USER_AGENT}
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self._origin.base_url}{API}{path}{'?' if query else ''}{urlencode(query or {})}"
        answer = await self._origin.send(method, url, headers, b"" if body is None else orjson.dumps(body), most=most)
        if 200 <= answer.status < 300:
            self._hold.passed()
            return answer
        error = FAILURES.failure(answer.status, answer.headers, answer.body, self._clock, self._hold.strikes)
        if isinstance(error, RateLimited):
            self._hold.block(error)
        raise error


def place(*parts: str | int) -> str:
    """Joins the parts of a path; a slash in one is escaped, and none may be a way up."""
    if any(str(part) in ("", ".", "..") for part in parts):
        raise NotFound(f"{'/'.join(map(str, parts))} is no address on Gitea")
    return "/" + "/".join(quote(str(part), safe="") for part in parts)


def repo(repository: Repository, *rest: str | int) -> str:
    """Gives the path of something in a repository."""
    owner, _, name = repository.path.partition("/")
    if not name or "/" in name:
        raise NotFound(f"{repository.path!r} is not a repository of Gitea: expected owner/name")
    return place("repos", owner, name, *rest)


def _json(answer: Answer) -> Any:
    """Some answers to writes have no body, and an empty list may be null."""
    if not answer.body:
        return None
    try:
        return orjson.loads(answer.body)
    except ValueError:
        raise Unavailable("Gitea answered with something else than JSON") from None
