"""Path templates, as OpenAPI writes them, to the operation that a request asks for."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, found for a request; `arguments` are percent-decoded."""

    id: str
    template: str
    host: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Path:
    """A method and template, and the operation that stands there.

    A parameter named in `spanning`, or written `{name:path}`, may hold slashes.
    """

    method: str
    template: str
    operation: str
    host: str = ""
    spanning: frozenset[str] = frozenset()


class Routing:
    """Finds operations; fixed segments win over parameters."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._routes: dict[str, list[_Route]] = defaultdict(list)
        for route in sorted(map(_compiled, paths), key=lambda route: route.rank):
            self._routes[route.path.method.upper()].append(route)

    def find(self, method: str, path: str) -> Operation | None:
        """The operation for a raw (still percent-encoded) path."""
        for route in self._routes.get(method.upper(), ()):
            if (found := route.pattern.fullmatch(path)) is not None:
                arguments = {name: unquote(found[f"p{at}"]) for at, name in enumerate(route.names)}
                return Operation(route.path.operation, route.path.template, route.path.host, arguments)
        return None


@dataclass(frozen=True, slots=True)
class _Route:
    path: Path
    names: tuple[str, ...]
    pattern: re.Pattern[str]
    rank: tuple[int, ...]


def _compiled(path: Path) -> _Route:
    pieces = re.split(r"\{([^}]+)\}", path.template)
    named = [piece.partition(":") for piece in pieces[1::2]]
    spans = [name in path.spanning or kind == "path" for name, _, kind in named]
    pattern = "".join(
        f"(?P<p{at // 2}>{'.+' if spans[at // 2] else '[^/]+'})" if at % 2 else re.escape(piece)
        for at, piece in enumerate(pieces)
    )
    # What ends in a spanning parameter would swallow everything, so it is tried last.
    swallows = bool(spans) and spans[-1] and path.template.endswith("}")
    rank = (int(swallows), *(int("{" in part) for part in path.template.split("/")))
    return _Route(path, tuple(name for name, _, _ in named), re.compile(pattern), rank)
