"""The policy as a JSON Schema, for editors and for whoever writes policies by program."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from bot.domain.policy.mistakes import Path
from bot.domain.policy.model import SECTIONS, Policy

FILE = "agnox-policy.schema.json"
"""Where the schema stands beside this module, to be read by others than Python."""

Node = Mapping[str, Any]


class _Generator(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def generate(self, schema: Any, mode: Any = "validation") -> JsonSchemaValue:
        made = super().generate(schema, mode)
        for name in SECTIONS:
            node = made["properties"][name]
            if "anyOf" not in node:
                inside = {key: node.pop(key) for key in tuple(node) if key not in ("default", "description")}
                node["anyOf"] = [inside, {"type": "null"}]
        head = {"$schema": self.schema_dialect, "$id": "urn:agnox:policy:1", "title": "Agnox Bot policy, .agnox.yml"}
        return {**head, **{key: value for key, value in made.items() if key not in head}}


def build_schema() -> dict[str, Any]:
    """Makes the JSON Schema, draft 2020-12, from the fields of the policy."""
    return Policy.model_json_schema(schema_generator=_Generator)


def schema_text() -> str:
    """Gives the schema as its file has it."""
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"


def at(schema: Node, path: Path) -> Node:
    """Gives what the schema says of a path in the document; empty where it knows of none."""
    node = only(schema, schema)
    for step in path:
        inside = node.get("items") if isinstance(step, int) else _property(node, step)
        if inside is None:
            return {}
        node = only(schema, inside)
    return node


def only(schema: Node, node: Node) -> Node:
    """Follows a reference, and takes the one thing that may stand where otherwise nothing does."""
    if "$ref" in node:
        return only(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
    choices = [choice for choice in node.get("anyOf", ()) if choice.get("type") != "null"]
    return only(schema, choices[0]) if len(choices) == 1 else node


def choices(node: Node) -> tuple[str, ...]:
    """Gives the words, or the keys, that may stand there; empty where there are too many to count."""
    if node.get("type") == "boolean":
        return ("true", "false")
    inside = (word for choice in node.get("anyOf", ()) for word in choices(choice))
    return (*inside, *node.get("enum", ()), *node.get("properties", ()))


def accepted(schema: Node, path: Path) -> str:
    """Says in words what may stand there; empty where nothing may."""
    node = at(schema, path)
    return _words(schema, node) if node else ""


def _property(node: Node, name: str) -> Node | None:
    known: Node | None = node.get("properties", {}).get(name)
    others = node.get("additionalProperties")
    return known if known is not None else others if isinstance(others, Mapping) else None


def _words(schema: Node, node: Node) -> str:
    node = only(schema, node)
    if "anyOf" in node:
        return ", or ".join(_words(schema, choice) for choice in node["anyOf"])
    if "enum" in node:
        return _listed(node["enum"])
    if "title" in node and node.get("type") == "string":
        return str(node["title"])
    if "const" in node:
        return str(node["const"])
    return _KINDS[node["type"]](schema, node)


def _array(schema: Node, node: Node) -> str:
    return f"a list in [ ] of at most {node['maxItems']}: each {_words(schema, node['items'])}"


def _object(schema: Node, node: Node) -> str:
    if "properties" in node:
        return f"the key{'s' if len(node['properties']) > 1 else ''} {_listed(list(node['properties']), 'and')}"
    return f"keys of your own, each with {_words(schema, node['additionalProperties'])}"


def _string(_schema: Node, node: Node) -> str:
    # A pattern that is not anchored only asks for something.
    line = "in one line, " if node.get("pattern", "").startswith("^") else ""
    return f"text, {line}at most {node['maxLength']:,} characters"


_KINDS: Mapping[str, Callable[[Node, Node], str]] = {
    "array": _array,
    "boolean": lambda _schema, _node: "true or false",
    "integer": lambda _schema, node: f"a whole number from {node['minimum']:,} to {node['maximum']:,}",
    "object": _object,
    "string": _string,
}


def _listed(words: Sequence[str], joint: str = "or") -> str:
    *first, last = words
    return f"{', '.join(first)} {joint} {last}" if first else last
