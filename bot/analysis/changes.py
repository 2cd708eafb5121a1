"""Which files of a change a failure points to: by its frames and tests, then by the words of its error."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

SUSPECTS = 5
_TEXT = 8_000
"""Characters of an error's text that are looked through."""
_DRIVE = re.compile(r"^[A-Za-z]:")
_WORD = re.compile(r"[\w$]")
_COMMON = frozenset({"__init__.py", "index.js", "index.ts", "index.tsx", "main.py", "main.go", "mod.rs", "lib.rs"})
"""Names that say nothing without their folder."""


def pointed_to(changed: Sequence[str], places: Iterable[str], text: str) -> list[str]:
    """Gives the changed files that a failure names, the surest first; none if it names none.

    `changed` are paths from the root of the repository; `places` are paths as frames and tests tell them, which may
    have less or more before them; `text` is what the failure says.
    """
    names = Counter(name_of(path) for path in changed)
    found = dict.fromkeys(path for place in places for path in _at(place, changed, names))
    said = text[:_TEXT]
    found |= dict.fromkeys(path for path in changed if path not in found and _is_told(path, said, names))
    return list(found)


def suspects_first(pointed: Sequence[str], suspects: Sequence[str]) -> list[str]:
    """Gives at most five suspects: what was changed first, then what it does not stand for already."""
    others = [path for path in suspects if not any(is_same(path, one) for one in pointed)]
    return [*pointed, *others][:SUSPECTS]


def is_same(place: str, path: str) -> bool:
    """Whether a place as a frame tells it can be a file of the repository: one path is the end of the other."""
    place = _DRIVE.sub("", place.replace("\\", "/")).removeprefix("./").lstrip("/")
    if place == path:
        return True
    return path.endswith(f"/{place}") or ("/" in path and place.endswith(f"/{path}"))


def name_of(path: str) -> str:
    return path.rpartition("/")[2]


def _at(place: str, changed: Sequence[str], names: Counter[str]) -> list[str]:
    same = [path for path in changed if is_same(place, path)]
    if place in same:
        return [place]
    # A bare name may be meant for any of several files.
    return same if len(same) == 1 or "/" in place.strip("/") else []


def _is_told(path: str, text: str, names: Counter[str]) -> bool:
    name = name_of(path)
    if _stands_in(path, text) and "/" in path:
        return True
    if "." in name.strip(".") and names[name] == 1 and name not in _COMMON and _stands_in(name, text):
        return True
    parts = PurePosixPath(path).with_suffix("").parts if name.strip(".") else ()
    return any(_stands_in(".".join(parts[start:]), text) for start in range(max(len(parts) - 1, 0)))


def _stands_in(name: str, text: str) -> bool:
    """Whether a name stands in a text as a whole word, not as a part of a longer one."""
    at = text.find(name)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) :][:1]
        if not _WORD.match(before) and not _WORD.match(after):
            return True
        at = text.find(name, at + 1)
    return False
