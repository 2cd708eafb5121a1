"""The entries of the knowledge base, one TOML file a family, each parsed only when one of its words is met."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, cast

from bot.analysis.model import Category, FixKind

# Words stand on a line of their own, so that they can be read without the rest of the entry.
_HEAD = "[[entry]]\n"
_NEAR = re.compile(r"^near = (\[.*\])$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One failure that is known by its words. `{name}` in `cause` and `steps` stands for a group of its patterns.

    `near` are lower-case words of which a line must hold one before a pattern is tried; `weight` says how much
    the entry tells (1 = as much as others). `examples` must match, `others` must not.
    """

    id: str
    near: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    category: Category
    fix_kind: FixKind
    cause: str
    steps: tuple[str, ...]
    weight: float
    examples: tuple[str, ...]
    others: tuple[str, ...]


class Shelf:
    """All entries, in the order of their files; what is not asked for is never parsed."""

    def __init__(self, families: Iterable[str]) -> None:
        """Take the text of each family; raises ValueError when an entry has no words."""
        self._blocks: list[str] = []
        self._near: list[tuple[str, ...]] = []
        self._parsed: dict[int, Entry] = {}
        for text in families:
            for block in text.split(_HEAD)[1:]:
                words = _NEAR.search(block)
                if words is None:
                    raise ValueError(f"an entry without a line of words: {block[:60]!r}")
                self._blocks.append(block)
                self._near.append(tuple(json.loads(words[1])))

    def __iter__(self) -> Iterator[Entry]:
        return map(self._entry, range(len(self._blocks)))

    def worth_trying(self, lowered: str) -> list[Entry]:
        """The entries of which a word stands in this lower-case text."""
        return [
            self._entry(place)
            for place, words in enumerate(self._near)
            # A loop in any() would cost more than the searches; most entries have two words.
            if words[0] in lowered or any(word in lowered for word in words[1:])
        ]

    def _entry(self, place: int) -> Entry:
        if place not in self._parsed:
            self._parsed[place] = _parsed(tomllib.loads(self._blocks[place]))
        return self._parsed[place]


@cache
def shelf() -> Shelf:
    """The knowledge base that ships with the product."""
    files = sorted(resources.files(__package__).iterdir(), key=lambda file: file.name)
    return Shelf(file.read_text("utf-8") for file in files if file.name.endswith(".toml"))


def _parsed(data: dict[str, Any]) -> Entry:
    return Entry(
        id=data["id"],
        near=tuple(data["near"]),
        patterns=tuple(map(re.compile, data["patterns"])),
        category=cast("Category", data["category"]),
        fix_kind=cast("FixKind", data["fix_kind"]),
        cause=data["cause"],
        steps=tuple(data["steps"]),
        weight=float(data.get("weight", 1.0)),
        examples=tuple(data["examples"]),
        others=tuple(data["others"]),
    )
