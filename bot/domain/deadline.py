"""How people say until when something holds."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

LONGEST = timedelta(days=365)
ACCEPTED = "`for 14d`, `for 2w`, `for 12h`, `for 90m` or `until 2026-12-24`"

_AMOUNT = re.compile(r"([0-9]{1,6}) ?([a-z]+)", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_UNITS: Mapping[str, timedelta] = MappingProxyType(
    dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1))
    | dict.fromkeys(("h", "hour", "hours"), timedelta(hours=1))
    | dict.fromkeys(("d", "day", "days"), timedelta(days=1))
    | dict.fromkeys(("w", "week", "weeks"), timedelta(weeks=1))
)


def read_deadline(words: Sequence[str], now: datetime) -> datetime:
    """Reads `for` and a time, or `until` and a day, which counts whole, in UTC.

    Raises ValueError that names what would be accepted; more than a year is refused.
    """
    said = " ".join(words).lower()
    kind, _, rest = said.partition(" ")
    end = _after(rest, now) if kind == "for" else _day(rest) if kind == "until" else None
    if end is None:
        raise ValueError(f"`{said}` is no time: {ACCEPTED} would be")
    if end <= now:
        raise ValueError(f"`{said}` is over: {ACCEPTED} would do")
    if end > now + LONGEST:
        raise ValueError(f"`{said}` is too long: at most a year, as in {ACCEPTED}")
    return end


def _after(said: str, now: datetime) -> datetime | None:
    found = _AMOUNT.fullmatch(said)
    unit = _UNITS.get(found[2]) if found is not None else None
    if found is None or unit is None:
        return None
    # More than can be counted is too long in any case.
    return now + min(int(found[1]) * unit, 2 * LONGEST)


def _day(said: str) -> datetime | None:
    if not _DATE.fullmatch(said):
        return None
    try:
        return datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
