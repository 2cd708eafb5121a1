"""Values that don't fit the policy, told with what would."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType

from pydantic_core import ErrorDetails

from bot.domain.policy.document import Document, resolved
from bot.domain.policy.mistakes import Path, shown
from bot.domain.policy.model import SECTIONS
from bot.domain.policy.schema import Node, accepted, at, build_schema, choices

_schema = cache(build_schema)

_PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "greater_than_equal": "is too little",
        "less_than_equal": "is too much",
        "string_pattern_mismatch": "has characters that can't be seen",
        "string_too_long": "is too long",
        "string_too_short": "says nothing",
        "too_long": "has too many entries",
    }
)
# What people write for it in other languages, and what YAML 1.1 took for it.
_MEANT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    dict.fromkeys(("yes", "y", "on", "enabled"), ("true",))
    | dict.fromkeys(("no", "n", "off", "false", "disabled", "none", "never"), ("false", "off"))
)


def tell_misfit(document: Document, details: ErrorDetails) -> None:
    """Adds to a document's mistakes what its model says of one value; nothing if that value could not be read."""
    path = loc = details["loc"]
    while path not in document.places:
        path = path[:-1]
    if any(path[:length] in document.unread for length in range(len(path) + 1)):
        return
    place, problem = document.places[path], _PROBLEMS.get(details["type"])
    if details["type"] == "missing":
        document.tell(place.key, loc, "missing", accepted(_schema(), loc))
    elif details["type"] == "extra_forbidden":
        known, name = accepted(_schema(), path[:-1]), str(path[-1])[:100]
        document.tell(place.key, path, "unknown key", known, _nearest_key(path[:-1], name))
    elif path != loc:
        # Of a key of a mapping pydantic speaks by a step of its own.
        document.tell(place.key, path, f"this key {problem}")
    else:
        message = _message(details["input"], place.raw, problem or "can't stand here")
        nearest = "" if problem else _nearest_value(path, details["input"], place.raw)
        document.tell(place.value, path, message, accepted(_schema(), path), nearest)


def _message(value: object, raw: str, problem: str) -> str:
    if value is None:
        return "a value is missing"
    if isinstance(value, dict | list):
        return f"{'a list' if isinstance(value, list) else 'a group of keys'} {problem}"
    return f"{_quoted(shown(raw)) if isinstance(value, str) else shown(raw)} {problem}"


def _nearest_key(where: Path, name: str) -> str:
    """Gives the key that was meant: one that may stand here, or one that has its place elsewhere."""
    here = get_close_matches(name.lower(), choices(at(_schema(), where)), 1)
    elsewhere = (f"{section}.{name}" for section in sorted(SECTIONS) if name in choices(at(_schema(), (section,))))
    return here[0] if here else next(elsewhere, "")


def _nearest_value(path: Path, value: object, raw: str) -> str:
    """Gives what was meant by a value; empty where that can't be told."""
    node, word = at(_schema(), path), raw.lower()
    if isinstance(value, dict | list) or not raw:
        return ""
    known = choices(node)
    if known:
        meant = [choice for choice in _MEANT.get(word, ()) if choice in known]
        return (meant or get_close_matches(word, known, 1) or [""])[0]
    return _spelled(node, value, raw)


def _spelled(node: Node, value: object, raw: str) -> str:
    """The same value as it is written for what may stand there."""
    kind = node.get("type")
    if kind == "array":
        return f"[{shown(raw)}]"
    if kind == "string":
        return _quoted(shown(raw))
    if kind == "integer" and isinstance(value, str) and isinstance(resolved(raw), int):
        return raw
    return str(node.get("const", ""))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
