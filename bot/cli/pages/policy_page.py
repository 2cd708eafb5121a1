"""The keys of the policy as markdown, from its schema."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain.policy.mistakes import Path
from bot.domain.policy.schema import accepted, at, build_schema


def keys_of_policy() -> str:
    """Gives a table of each section."""
    schema = build_schema()
    return "\n".join(_sections(schema))


def _sections(schema: Mapping[str, Any]) -> Iterator[str]:
    properties = schema["properties"]
    plain = [name for name in properties if "anyOf" not in properties[name]]
    yield from _table(schema, (), plain)
    for name in properties:
        if name in plain:
            continue
        node = at(schema, (name,))
        about = properties[name].get("description") or node["description"]
        yield from (f"### `{name}`", "", about, "")
        # A mapping of names that people choose has one kind of entry.
        inside: Path = (name,) if "properties" in node else (name, "PATTERN")
        yield from _table(schema, inside, list(at(schema, inside)["properties"]))


def _table(schema: Mapping[str, Any], where: Path, names: list[str]) -> Iterator[str]:
    parent = at(schema, where)
    yield from ("| key | may be | without it | |", "| --- | --- | --- | --- |")
    for name in names:
        node = parent["properties"][name]
        key = ".".join((*map(str, where), name))
        default = f"`{_written(node['default'])}`" if "default" in node else "a mistake"
        yield f"| `{key}` | {_escaped(accepted(schema, (*where, name)))} | {default} | {node['description']} |"
    yield ""


def _written(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)


def _escaped(text: str) -> str:
    return text.replace("*", "\\*")
