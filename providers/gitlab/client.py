"""Calls to GitLab's REST API (v4) through python-gitlab, which keeps its retries and its sleep to itself."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit

from gitlab import Gitlab
from requests import Response

from providers.errors import NotFound, Unavailable
from providers.gitlab.downloads import Downloads
from providers.gitlab.failures import Moved
from providers.payloads import Json, items
from providers.sdk.caller import Caller
from providers.sdk.session import GuardedSession
from providers.values import Repository

PER_PAGE = 100
PAGES = 100
"""Most pages of a list that are read."""

Query = Mapping[str, str | int]
T = TypeVar("T")


class Client:
    """Speaks for one connection; every failure is a ProviderError. `web_url` is the instance's root.

    What may be large goes to files by `downloads`.
    """

    def __init__(self, caller: Caller[Gitlab], web_url: str, downloads: Downloads) -> None:
        self._call = caller
        self.web_url = web_url
        self.downloads = downloads

    async def get(self, path: str, query: Query | None = None) -> Any:
        return await self._call(lambda gitlab: _json(_get(gitlab, path, query or {})))

    async def raw(self, path: str, query: Query) -> bytes:
        """Reads what is no JSON, or not to be read as such."""
        return await self._call(lambda gitlab: _get(gitlab, path, query, raw=True).content)

    async def pages(self, path: str, query: Query | None = None, *, most: int = PAGES) -> list[Json]:
        """Reads a list to its end, or `most` pages of a hundred."""
        asked = {"per_page": PER_PAGE, **(query or {})}
        return await self._call(lambda gitlab: _list(gitlab, path, asked, most * PER_PAGE))

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        sent = dict(body)
        return await self._call(lambda gitlab: _json(gitlab.http_post(path, post_data=sent, obey_rate_limit=False)))

    async def put(self, path: str, body: Mapping[str, Any]) -> Any:
        sent = dict(body)
        return await self._call(lambda gitlab: _json(gitlab.http_put(path, post_data=sent, obey_rate_limit=False)))

    async def delete(self, path: str) -> None:
        await self._call(lambda gitlab: gitlab.http_delete(path, obey_rate_limit=False))


def project(repository: Repository, *rest: str | int) -> str:
    """Gives the path of something in a project, named by its id if there is one: paths change."""
    return place("projects", repository.id or repository.path, *rest)


def place(*parts: str | int) -> str:
    """Joins the parts of a path; a slash in one is escaped, and none may be a way up."""
    if any(str(part) in ("", ".", "..") for part in parts):
        raise NotFound(f"{'/'.join(map(str, parts))} is no address on GitLab")
    return "/" + "/".join(quote(str(part), safe="") for part in parts)


def _get(gitlab: Gitlab, path: str, query: Query, *, raw: bool = False) -> Any:
    return _followed(gitlab, partial(gitlab.http_get, raw=raw, obey_rate_limit=False), path, query)


def _followed(gitlab: Gitlab, ask: Callable[..., T], path: str, query: Query) -> T:
    """Follows GitLab once to the new name of a project, by the path alone: the host is ours whatever it says."""
    try:
        return ask(path, query_data=dict(query))
    except Moved:
        following = _location(gitlab)
        if not following:
            raise
        return ask(following)


def _location(gitlab: Gitlab) -> str:
    session = gitlab.session
    last = session.last if isinstance(session, GuardedSession) else None
    told = urlsplit(last.headers.get("location", "") if last else "")
    _, found, rest = told.path.partition("/api/v4/")
    query = f"?{told.query}" if told.query else ""
    return f"/{rest}{query}" if found and ".." not in unquote(rest).split("/") else ""


def _list(gitlab: Gitlab, path: str, query: Query, most: int) -> list[Json]:
    found = _followed(gitlab, partial(gitlab.http_list, iterator=True, obey_rate_limit=False), path, query)
    return items(list(islice(found, most)))


def _json(answer: object) -> Any:
    """python-gitlab hands through whatever is not declared to be JSON."""
    if isinstance(answer, Response):
        if answer.status_code in (202, 204) or not answer.content:
            return {}
        raise Unavailable("GitLab answered with something else than JSON")
    return answer
