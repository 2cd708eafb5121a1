"""Titles of streamed tests, and texts without the colours of a terminal."""

import re
from dataclasses import dataclass

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_JOINT = re.compile(r"\s*›\s*")


@dataclass(frozen=True, slots=True)
class Title:
    """A test's own name, the groups around it from the outside in, and its file."""

    name: str
    groups: tuple[str, ...]
    file: str


def plain(text: str) -> str:
    """Takes terminal colours and other escapes away."""
    return _ESCAPES.sub("", text) if "\x1b" in text else text


def read_title(title: str, file: str) -> Title:
    """Reads the titles of Playwright: root, project, file, groups, name; root and project may be empty.

    The file is known by the path beside it; without one all but the name are groups.
    """
    title = plain(title)
    parts = [part for part in _JOINT.split(title.strip()) if part]
    path = file.replace("\\", "/")
    for at, part in enumerate(parts[:-1]):
        if path.endswith(f"/{part}") or path == part:
            # The project tells the same test in two browsers apart.
            return Title(parts[-1], (*parts[:at], *parts[at + 1 : -1]), file)
    if not parts:
        return Title("(test without a name)", (), file)
    return Title(parts[-1], tuple(parts[:-1]), file)
