"""What a log line can be by its own words: an exception, a stack frame, a summary, a download ..."""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

LOOKED_AT = 300
"""Characters of a line that are weighed: what tells stands at its beginning."""


@dataclass(frozen=True, slots=True)
class Cues:
    """The table of `cues.json`: groups of words and patterns, each with a bit of its own."""

    words: dict[str, int]
    """The bits of a lower-case word."""
    patterns: tuple[tuple[int, re.Pattern[str]], ...]
    bits: dict[str, int]
    """The bit of a cue: `word:NAME` for a group of words, NAME for a pattern."""

    def of_pattern(self, text: str) -> int:
        """The bits of all patterns that a plain line matches."""
        found = 0
        for bit, pattern in self.patterns:
            if pattern.search(text):
                found |= bit
        return found


@cache
def cues() -> Cues:
    """The cues, read once."""
    data: dict[str, Any] = json.loads(resources.files(__package__).joinpath("cues.json").read_text("utf-8"))
    words: dict[str, int] = {}
    bits: dict[str, int] = {}
    for group, members in data["words"].items():
        bit = bits[f"word:{group}"] = 1 << len(bits)
        for word in members:
            words[word] = words.get(word, 0) | bit
    patterns = []
    for name, pattern in data["patterns"].items():
        bit = bits[name] = 1 << len(bits)
        patterns.append((bit, re.compile(pattern)))
    return Cues(words, tuple(patterns), bits)
