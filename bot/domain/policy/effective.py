"""What holds for a repository, and who said so: its file, else its organization, else we."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from bot.domain.policy.model import Policy, Section

S = TypeVar("S", bound=Section)


class Source(StrEnum):
    """Where a value comes from, the weakest first."""

    DEFAULT = "default"
    ORGANIZATION = "organization"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Row:
    """One value that holds: its key, as `checks.name`, what JSON can say of it, and where it comes from."""

    key: str
    value: Any
    source: Source


def layered(file: Policy, organization: Policy) -> Policy:
    """Gives what holds: each value of the file, and of the organization what the file does not say.

    Lists are not added up, nor is `paths`: who writes one writes all of it.
    """
    return _layered(file, organization)


def effective(file: Policy, organization: Policy | None = None) -> tuple[Row, ...]:
    """Gives every value that holds and where it comes from, in the order of the schema."""
    layers = {Source.ORGANIZATION: organization or Policy(), Source.FILE: file}
    rows: list[Row] = []
    for name, value in _fields(layered(file, layers[Source.ORGANIZATION])):
        inside = {source: getattr(layer, name) for source, layer in layers.items()}
        if isinstance(value, Section):
            sections = {source: layer for source, layer in inside.items() if isinstance(layer, Section)}
            rows += [Row(f"{name}.{key}", _plain(each), _source(sections, key)) for key, each in _fields(value)]
        else:
            rows.append(Row(name, _plain(value), _source(layers, name)))
    return tuple(rows)


def _layered(over: S, under: S) -> S:
    taken: dict[str, Any] = {}
    for name, mine in _fields(over):
        theirs = getattr(under, name)
        if isinstance(mine, Section) and isinstance(theirs, Section):
            taken[name] = _layered(mine, theirs)
        else:
            taken[name] = mine if name in over.model_fields_set else theirs
    # A copy would keep what was computed from the values before.
    return type(over).model_construct(**taken)


def _fields(section: Section) -> list[tuple[str, Any]]:
    return [(name, getattr(section, name)) for name in type(section).model_fields]


def _source(layers: Mapping[Source, Section], name: str) -> Source:
    said = [source for source, layer in layers.items() if name in layer.model_fields_set]
    return max(said, key=tuple(Source).index, default=Source.DEFAULT)


def _plain(value: Any) -> Any:
    if isinstance(value, Section):
        return {name: _plain(each) for name, each in _fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
