"""A CI's environment variables, read as they are meant."""

import re
from collections.abc import Mapping

from agnox.context.values import Value, without_login

# Azure Pipelines leaves a macro as it stands where the variable has no value.
_UNEXPANDED = re.compile(r"\$\([^()\s]*\)")
_NUMBER = re.compile(r"#?([0-9]{1,10})")
_HEADS = "refs/heads/"


class Variables:
    """Variables by name; one that is blank or was not replaced is absent."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str) -> str:
        """Gives the text of a variable, empty where it is absent."""
        text = self._environment.get(name, "").strip()
        return "" if _UNEXPANDED.fullmatch(text) else text

    def first(self, *names: str) -> Value | None:
        """Gives the first of some variables that is there."""
        return next((Value(text, name) for name in names if (text := self.text(name))), None)

    def is_true(self, name: str) -> bool:
        """Whether a variable says `true`."""
        return self.text(name).lower() in ("true", "1", "yes")

    def address(self, *names: str) -> Value | None:
        """Gives an address without the login in it."""
        found = self.first(*names)
        return Value(without_login(found.text), found.origin) if found else None

    def number(self, *names: str) -> Value | None:
        """Gives a pull request's number; `false` and 0 are none."""
        for name in names:
            found = _NUMBER.fullmatch(self.text(name))
            if found and int(found[1]):
                return Value(found[1], name)
        return None

    def branch(self, *names: str, unless: str = "") -> Value | None:
        """Gives a branch, without `refs/heads/`; none where the variable `unless` names a tag."""
        found = self.first(*names)
        if found is None or (unless and self.text(unless)) or found.text.startswith("refs/tags/"):
            return None
        return Value(found.text.removeprefix(_HEADS), found.origin)

    def joined(self, pattern: str) -> Value | None:
        """Fills `{NAME}`s of a pattern; none where one of them is absent."""
        names = re.findall(r"\{(\w+)\}", pattern)
        told = {name: self.text(name) for name in names}
        return Value(pattern.format_map(told), " + ".join(names)) if all(told.values()) else None

    def part(self, index: str, count: str, *, first: int = 0) -> Value | None:
        """Gives `2/4` for the second of four parallel jobs; none where there is one. `first` is the lowest index."""
        number, of = self.text(index), self.text(count)
        if not (number.isdecimal() and of.isdecimal() and int(of) > 1):
            return None
        return Value(f"{int(number) - first + 1}/{of}", index)


def named(*parts: Value | None) -> Value | None:
    """Makes one name of what tells a job from others; none of nothing."""
    known = [part for part in parts if part]
    if not known:
        return None
    return Value(" ".join(part.text for part in known), " + ".join(part.origin for part in known))
