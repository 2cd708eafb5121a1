"""The OpenAPI 3.1 document of the API, made from the models that the doors read and answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Literal

import orjson
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.domain.context import CiContext
from bot.inbound.openapi_answers import WrongField
from bot.inbound.openapi_operations import JSON, OPERATIONS, Operation

_ALWAYS = (500, 503)
_REFERENCE = "#/components/schemas/{model}"
_TEXT = {"type": ["string", "null"]}
_WRITTEN: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "source": {"type": "string", "minLength": 1, "description": "The git host or the runner."},
        "scm": {**_TEXT, "description": "The git host, where `source` is a runner."},
        "repository": {"type": ["string", "integer", "null"], "description": "Its path, its id or its clone URL."},
        "branch": {**_TEXT, "description": "Its name or a ref."},
        "prNumber": {
            "type": ["integer", "string", "boolean", "null"],
            "description": "Its number, a ref or an address that has it; false is none.",
        },
        "commitSha": {**_TEXT, "description": "7 to 64 hexadecimal digits."},
        "runUrl": {**_TEXT, "description": "An http(s) address."},
        "runner": {**_TEXT, "description": "The name that the report shows for the runner."},
    }
)
"""A CI's values as they may be written: its model knows only the form that they are kept in."""

FAILURE: Mapping[str, Any] = MappingProxyType(
    {
        "type": "object",
        "title": "Failure",
        "description": "A refusal.",
        "required": ["success", "error", "message"],
        "properties": {
            "success": {"const": False},
            "error": {"type": "string", "description": "The kind of refusal."},
            "message": {"type": "string", "description": "One sentence for a person."},
            "details": {"type": "array", "items": {"$ref": _REFERENCE.format(model=WrongField.__name__)}},
        },
    }
)


def make_document(operations: Iterable[Operation] = OPERATIONS) -> dict[str, Any]:
    """Makes the document."""
    operations = tuple(operations)
    references, schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Agnox Bot",
            "version": version("agnox-bot"),
            "description": "Starts tests, takes their results and tells what became of them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in operations)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
        },
    }


@dataclass(frozen=True)
class DocumentDoor:
    """`GET /api/openapi.json`; the document is made with the first request."""

    def routes(self) -> list[BaseRoute]:
        return [Route("/api/openapi.json", self.show)]

    async def show(self, _request: Request) -> Response:
        return Response(self._content, headers={"cache-control": "no-cache"}, media_type=JSON)

    @cached_property
    def _content(self) -> bytes:
        return orjson.dumps(make_document())


class _Generator(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


_Mode = Literal["validation", "serialization"]
_References = Mapping[Any, Mapping[str, Any]]
"""Of each model and mode, where its schema stands."""


def _schemas(operations: Iterable[Operation]) -> tuple[_References, dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], _Mode], None] = {
        (CiContext, "validation"): None,
        (WrongField, "serialization"): None,
    }
    for operation in operations:
        if operation.body:
            wanted[operation.body, "validation"] = None
        if operation.answer:
            wanted[operation.answer, "serialization"] = None
    references, definitions = models_json_schema(list(wanted), ref_template=_REFERENCE, schema_generator=_Generator)
    schemas: dict[str, Any] = definitions["$defs"]
    for schema in schemas.values():
        # What a model says of itself is for those who read its code.
        schema.pop("description", None)
    schemas[CiContext.__name__]["properties"] = {name: dict(schema) for name, schema in _WRITTEN.items()}
    return references, schemas | {"Failure": dict(FAILURE)}


def _operation(operation: Operation, references: _References) -> dict[str, Any]:
    statuses = sorted({*operation.refusals, *(() if operation.public else (401,)), *_ALWAYS})
    said: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": {
            str(operation.status): _answer(operation, references),
            **{str(status): _refusal(status) for status in statuses},
        },
    }
    parameters = [*_of_path(operation.path), *(dict(each) for each in operation.parameters)]
    if parameters:
        said["parameters"] = parameters
    if operation.body:
        content = {JSON: {"schema": dict(references[operation.body, "validation"])}}
        said["requestBody"] = {"required": True, "content": content}
    if operation.form:
        form = {"schema": dict(operation.form), "encoding": {"context": {"contentType": JSON}}}
        said["requestBody"] = {"required": True, "content": {"multipart/form-data": form}}
    if not operation.public:
        said["security"] = [{"key": []}]
    return said


def _of_path(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _answer(operation: Operation, references: _References) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object" if operation.media == JSON else "string"}
    if operation.answer:
        schema = dict(references[operation.answer, "serialization"])
        if not operation.plain:
            schema = {
                "type": "object",
                "required": ["success", "data"],
                "properties": {"success": {"const": True}, "data": schema},
            }
    return {"description": HTTPStatus(operation.status).phrase, "content": {operation.media: {"schema": schema}}}


def _refusal(status: int) -> dict[str, Any]:
    content = {JSON: {"schema": {"$ref": _REFERENCE.format(model="Failure")}}}
    return {"description": HTTPStatus(status).phrase, "content": content}
