"""Takes values out of parsed reports, whatever type a tool has given them."""

import math
import re
from typing import Any

JsonMap = dict[str, Any]
_CLOCK = re.compile(r"(?:([0-9]{1,9})\.)?([0-9]{1,9}):([0-9]{1,9}):([0-9]{1,9}(?:\.[0-9]*)?)")


def text(value: object) -> str:
    """A string as it is, a number in digits, a list of strings as lines, and nothing for the rest."""
    if isinstance(value, list):
        return "\n".join(filter(None, map(_plain, value)))
    return _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def first_text(source: JsonMap, *names: str) -> str:
    """The first of these members that says something."""
    return next(filter(None, (text(source.get(name)) for name in names)), "")


def mapping(value: object) -> JsonMap:
    """The value if it is an object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[JsonMap]:
    """The objects in a list; none when it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The non-empty strings in a list, or the one string; none otherwise."""
    given = value if isinstance(value, list) else [value]
    return list(filter(None, map(text, given)))


def number(value: object) -> float | None:
    """A finite number, also one that is written as text (with thousands separators); None for nonsense."""
    if isinstance(value, str):
        value = value.strip().replace(",", "")
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: object) -> int | None:
    """A line number or a count: from 0 to a billion, None otherwise."""
    found = number(value)
    return int(found) if found is not None and 0 <= found < 1e9 else None


def seconds(value: object, unit: float = 1.0) -> float | None:
    """A duration; `unit` is the length of one in seconds (0.001 for milliseconds)."""
    found = number(value)
    return found * unit if found is not None and 0 <= found * unit < 1e9 else None


def clock(value: object) -> float | None:
    """Seconds of a duration written `[days.]hours:minutes:seconds`, as .NET does."""
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    days, hours, minutes, rest = found.groups()
    total = int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(rest)
    return total if total < 1e9 else None


def clean(value: str, limit: int) -> str:
    """Cut to the limit, with halves of surrogate pairs replaced: they can't be written anywhere."""
    value = value[:limit]
    if value.isascii():
        return value
    return value.encode("utf-8", "replace").decode("utf-8")
