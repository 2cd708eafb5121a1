"""The page that shows the API's document to people."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.web.cycles import HEADERS

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class ApiPage:
    """`GET /api/docs`; the page is made with the first request from what `make_document` gives."""

    make_document: Callable[[], Schema]

    def routes(self) -> list[BaseRoute]:
        return [Route("/api/docs", self.show)]

    async def show(self, _request: Request) -> Response:
        return HTMLResponse(self._content, headers=HEADERS)

    @cached_property
    def _content(self) -> str:
        from jinja2 import Environment, PackageLoader, StrictUndefined

        environment = Environment(
            loader=PackageLoader("bot.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["kind"] = kind
        environment.filters["models"] = models
        document = self.make_document()
        operations = [
            (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]
        return environment.get_template("api.html").render(
            document=document,
            tags={
                tag["name"]: [each for each in operations if tag["name"] in each[2]["tags"]] for tag in document["tags"]
            },
        )


def kind(schema: Schema) -> str:
    """Says in a few words what a value is, as `array of string` or `string or null`."""
    if "$ref" in schema:
        return _name(schema["$ref"])
    if "anyOf" in schema and "properties" not in schema:
        return " or ".join(kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(str(each) for each in schema["enum"])
    if "const" in schema:
        return str(schema["const"]).lower()
    types = schema.get("type", "any")
    if types == "array" and "items" in schema:
        return f"array of {kind(schema['items'])}"
    return types if isinstance(types, str) else " or ".join(types)


def models(schema: Any) -> list[str]:
    """Lists the models that a schema names, each once."""
    return list(dict.fromkeys(_named(schema)))


def _named(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "$ref":
                yield _name(value)
            else:
                yield from _named(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _named(value)


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]
