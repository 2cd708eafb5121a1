"""Finds the entry of the knowledge base that tells most about some lines."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.analysis.knowledge.entries import Entry, shelf

LOOKED_AT = 400
"""Characters of a line that are looked at."""
VALUE = 100
"""Characters of a line that a sentence quotes."""
ENOUGH = 0.2
"""The least weight of line and entry together that makes a claim."""
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Known:
    """An entry, the place of the matching line among those given, and what its patterns took from that line."""

    entry: Entry
    line: int
    weight: float
    values: Mapping[str, str]

    @property
    def cause(self) -> str:
        """What happened, with the words of the line put in."""
        return self._filled(self.entry.cause)

    @property
    def steps(self) -> tuple[str, ...]:
        """What to do about it, one step each."""
        return tuple(map(self._filled, self.entry.steps))

    def _filled(self, template: str) -> str:
        return _SLOT.sub(lambda slot: self.values.get(slot[1], "?"), template)


def best_known(lines: Sequence[tuple[float, str]]) -> Known | None:
    """The entry that tells most of these lines, each with the weight (0 to 1) of its words; None if none is known."""
    cut = [(weight, text[:LOOKED_AT]) for weight, text in lines]
    lowered = [text.lower() for _, text in cut]
    best: Known | None = None
    for entry in shelf().worth_trying("\n".join(lowered)):
        for place, (weight, text) in enumerate(cut):
            value = weight * entry.weight
            if value < ENOUGH or (best is not None and value <= best.weight):
                continue
            if any(word in lowered[place] for word in entry.near) and (values := match(entry, text)) is not None:
                best = Known(entry, place, value, values)
    return best


def match(entry: Entry, text: str) -> dict[str, str] | None:
    """What the entry's patterns take from this line, or None when none fits."""
    for pattern in entry.patterns:
        if found := pattern.search(text[:LOOKED_AT]):
            return {name: _quoted(value) for name, value in found.groupdict().items() if value}
    return None


def _quoted(value: str) -> str:
    """Untrusted text in one short line that can stand between backticks."""
    value = " ".join("".join(char if char.isprintable() else " " for char in value).replace("`", "'").split())
    value = value.rstrip(".,:; ")
    return value if len(value) <= VALUE else value[: VALUE - 1].rstrip() + "…"
