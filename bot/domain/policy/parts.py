"""Which parts of a repository a failure is in, by the names that its policy has for them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.domain.policy.model import Policy

_TESTS = 20
"""Tests of one cause that are looked at."""
_LOOKS = 300
"""Paths of one report that are looked up: a policy may have many patterns, and a report many tests."""
_DEEPEST = 16
"""Folders at the start of an absolute path that may be the CI machine's own."""
_PLACE = re.compile(r"::|#| [>›»] | \(|:[0-9]")
"""What ends a path in the name of a test, or of a line."""
_ROOT = re.compile(r"(?:[A-Za-z]:)?/+")
_DOTTED = re.compile(r"\w+(?:\.\w+)+")


@dataclass(frozen=True)
class Parts:
    """The named parts of a repository; without a policy it has none."""

    policy: Policy = field(default_factory=Policy)

    def of(self, places: Iterable[str], tests: Sequence[str], changed: Sequence[str] = ()) -> tuple[str, ...]:
        """Gives the parts that a cause is in: those of its files and tests, else the only one that was changed.

        `places` are paths, `changed` all paths of the change; where a change is in several parts it decides nothing.
        """
        if not self.policy.paths:
            return ()
        named = [*places, *tests[:_TESTS]]
        if found := dict.fromkeys(filter(None, map(self._part, named))):
            return tuple(found)
        touched = dict.fromkeys(map(self._part, changed))
        return tuple(touched) if len(touched) == 1 and "" not in touched else ()

    def _part(self, name: str) -> str:
        if name not in self._known:
            if len(self._known) == _LOOKS:
                return ""
            self._known[name] = next(filter(None, map(self.policy.label, _paths(name))), "")
        return self._known[name]

    @cached_property
    def _known(self) -> dict[str, str]:
        return {}


def _paths(name: str) -> list[str]:
    """Gives the paths in the repository that a path, or the name of a test, may begin with."""
    path = _PLACE.split(name.strip(), maxsplit=1)[0].replace("\\", "/").removeprefix("./")
    if root := _ROOT.match(path):
        parts = path[root.end() :].split("/")
        return ["/".join(parts[at:]) for at in range(min(len(parts), _DEEPEST))]
    if "/" not in path and _DOTTED.fullmatch(path):
        # A file in the root, or a module or class by its packages.
        return [path, path.replace(".", "/")]
    return [path] if "/" in path else []
