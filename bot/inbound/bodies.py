"""Reading request bodies: never more than allowed, and errors that say where and what."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_snake
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from bot.inbound.envelope import FIELDS, Problem

JSON_LIMIT = 1_000_000
_SHOWN = 50

Model = TypeVar("Model", bound=BaseModel)


def content_length(scope: Scope) -> int | None:
    """Gives the announced length of a body, None when it is not announced."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) < 20:
            return int(value)
    return None


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Reads a body of at most `limit` bytes. Raises Problem (413) and ClientDisconnect."""
    if (content_length(scope) or 0) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def read_json(request: Request, model: type[Model]) -> Model:
    """Reads a JSON body as a model. Raises Problem: 415, 413, 400 with the position or the fields."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise Problem(415, f"the body must be JSON: send content-type application/json, not {kind[:100] or 'none'}")
    body = await read_body(request.scope, request.receive, JSON_LIMIT)
    return validate(model, parse_json(body, "the body"))


def parse_json(raw: bytes, name: str) -> Any:
    """Parses JSON; `name` says what it is in the message. Raises Problem (400)."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"{name} is not JSON: {error}", error="Malformed JSON") from error
    # PostgreSQL keeps no NUL in text, and no field of ours means anything with one.
    if b"\\u0000" in raw and any("\0" in text for text in _texts(value)):
        raise Problem(400, f"{name} holds the character U+0000, which no field may have")
    return value


def validate(model: type[Model], value: Any, prefix: str = "") -> Model:
    """Makes a model of parsed JSON; fields are named `prefix.field`. Raises Problem (400)."""
    if not isinstance(value, dict):
        raise Problem(400, f"{prefix or 'the body'} must be a JSON object", error=FIELDS)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        # One problem a field, the first: the others follow from it.
        problems = {_path(each["loc"], value, prefix): _sentence(each) for each in reversed(found[:_SHOWN])}
        details = [{"field": field, "message": message} for field, message in reversed(problems.items())]
        message = f"{details[0]['field']}: {details[0]['message']}"
        raise Problem(400, message, error=FIELDS, details=details) from error


def _path(location: Sequence[int | str], value: Any, prefix: str) -> str:
    """Gives the path of a field as the client wrote it: by its wire name or by the other one we take."""
    parts = [prefix] if prefix else []
    for part in location:
        other = to_snake(part) if isinstance(part, str) else part
        if isinstance(value, dict) and part not in value and other in value:
            part = other
        parts.append(str(part))
        value = value.get(part) if isinstance(value, dict) else None
    return ".".join(parts)


def _sentence(error: Any) -> str:
    message: str = error["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, each in value.items():
                yield key
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)


def _too_large(limit: int) -> Problem:
    return Problem(413, f"the body is larger than {limit} bytes")
