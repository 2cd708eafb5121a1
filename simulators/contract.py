"""Requests are held against the OpenAPI description that the git host publishes."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from simulators.routing import Operation, Path, Routing

METHODS = ("get", "put", "post", "delete", "patch", "options", "head")


@dataclass(frozen=True)
class Violation:
    """A request that the real host would not have accepted, or that our own rules forbid."""

    method: str
    path: str
    problem: str


class Contract:
    """One host's OpenAPI description, able to route and to judge requests.

    `spanning` names the path parameters that may hold slashes, which a path template cannot express.
    With `closed_bodies` a body field that the description does not name is a problem.
    """

    def __init__(
        self, document: Mapping[str, Any], *, spanning: frozenset[str] = frozenset(), closed_bodies: bool = True
    ) -> None:
        own = copy.deepcopy(dict(document))
        if closed_bodies:
            _close_bodies(own)
        self._openapi = OpenAPI.from_dict(own, config=Config(spec_validator_cls=None))
        paths = list(_paths(own, spanning))
        self._operations = frozenset(path.operation for path in paths)
        self._routing = Routing(paths)

    @property
    def operations(self) -> frozenset[str]:
        """The ids of all operations."""
        return self._operations

    def find(self, method: str, path: str) -> Operation | None:
        """The operation for a raw (still percent-encoded) path; fixed segments win over parameters."""
        return self._routing.find(method, path)

    def problems(
        self,
        operation: Operation,
        method: str,
        *,
        query: list[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> list[str]:
        """What the description has against this request, in words."""
        path = operation.template
        for name, value in operation.arguments.items():
            path = path.replace("{" + name + "}", quote(value, safe=""))
        request = _Request(
            host_url=operation.host,
            path=path,
            method=method.lower(),
            body=body or None,
            content_type=headers.get("content-type", "application/json").split(";")[0].strip(),
            parameters=RequestParameters(
                path=dict(operation.arguments), query=ImmutableMultiDict(query), header=Headers(dict(headers))
            ),
        )
        return [text for error in self._openapi.iter_request_errors(request) for text in _explain(error)]


@dataclass
class _Request:
    host_url: str
    path: str
    method: str
    body: bytes | None
    content_type: str
    parameters: RequestParameters


def _paths(document: Mapping[str, Any], spanning: frozenset[str]) -> Iterator[Path]:
    for template, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                servers = operation.get("servers") or item.get("servers") or document.get("servers") or [{"url": ""}]
                name = operation.get("operationId", f"{method} {template}")
                yield Path(method, template, name, servers[0]["url"], spanning)


def _close_bodies(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for method in METHODS:
            content = item.get(method, {}).get("requestBody", {}).get("content", {})
            for media in content.values():
                media["schema"] = _closed(media.get("schema", {}), document)


def _closed(schema: dict[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        schema = _resolve(schema["$ref"], document)
    closed = dict(schema)
    if "properties" in schema:
        closed["properties"] = {name: _closed(value, document) for name, value in schema["properties"].items()}
        if "allOf" not in schema:
            closed.setdefault("additionalProperties", False)
    if isinstance(schema.get("items"), dict):
        closed["items"] = _closed(schema["items"], document)
    return closed


def _resolve(reference: str, document: Mapping[str, Any]) -> dict[str, Any]:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _explain(error: BaseException) -> Iterator[str]:
    cause = error.__cause__
    details = getattr(error, "schema_errors", None) or getattr(cause, "schema_errors", None)
    if details:
        for detail in details:
            where = "/".join(str(part) for part in detail.absolute_path)
            yield _shortened(f"{where}: {detail.message}" if where else str(detail.message))
    else:
        yield _shortened(str(cause or error))


def _shortened(text: str) -> str:
    """The refused value stands in the middle and may be large; what is wrong with it stands at the end."""
    return text if len(text) <= 300 else f"{text[:100]} ... {text[-195:]}"


@cache
def load_contract(
    package: str, name: str, spanning: frozenset[str] = frozenset(), supplement: str | None = None
) -> Contract:
    """The description shipped as `name` in `package`, with the paths of a `supplement` added; read once a process."""
    document = json.loads(files(package).joinpath(name).read_bytes())
    if supplement is not None:
        document["paths"] |= json.loads(files(package).joinpath(supplement).read_bytes())["paths"]
    return Contract(document, spanning=spanning)
