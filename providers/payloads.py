"""Reading JSON that others wrote: whatever is missing or of another type reads as empty."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson

from providers.errors import MalformedPayload

Json = Mapping[str, Any]


def unwrapped(content_type: str, body: bytes) -> bytes:
    """Takes the JSON out of a delivery that came as a form with the field `payload`. Raises MalformedPayload."""
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return body
    try:
        return parse_qs(body.decode(), max_num_fields=10)["payload"][0].encode()
    except (ValueError, KeyError) as error:
        raise MalformedPayload(f"the delivery's body can't be read: {error}") from error


def read_object(body: bytes) -> Json:
    """Reads a delivery's body. Raises MalformedPayload."""
    try:
        payload = orjson.loads(body)
    except ValueError as error:
        raise MalformedPayload(f"the delivery's body can't be read: {error}") from error
    if not isinstance(payload, dict):
        raise MalformedPayload("the delivery's body is not a JSON object")
    return payload


def child(data: object, *path: str) -> Json:
    """Walks down objects; an empty one stands for whatever is missing on the way."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def items(data: object) -> list[Json]:
    """Gives the objects of a list."""
    return [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []


def word(data: Json, name: str) -> str:
    """Reads text or a number as text; empty when missing."""
    value = data.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def number(data: Json, name: str) -> int:
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
