"""One request to a simulated API, read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Asked(Generic[C]):
    """A request that was found in order, for the handler of its operation.

    `path` is below the mount point and still percent-encoded, `arguments` are decoded. `base` is the URL of the mount
    point as the caller sees it, `origin` that of the host; neither ends with a slash.
    """

    method: str
    path: str
    operation: str
    template: str
    arguments: Mapping[str, str]
    query: QueryParams
    headers: Headers
    body: Any
    caller: C
    base: str
    origin: str


def path_of(request: Request) -> str:
    """The path below the mount point, still percent-encoded."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0].removeprefix(request.scope.get("root_path", "")).rstrip("/")


def origin_of(request: Request) -> str:
    """Where the caller came in, so that links lead back there."""
    return f"{request.url.scheme}://{request.url.netloc}"


def read_body(body: bytes, media_type: str) -> Any:
    """A form as strings, JSON as it is, nothing as `{}`, any other media type as bytes; ValueError if unreadable."""
    kind = media_type.partition(";")[0].strip().lower()
    if not body:
        return {}
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    return json.loads(body) if not kind or "json" in kind else body
