"""The events of a batch, masked and brought within limits before they are kept."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from bot.domain.masking import MASK
from bot.usecases.artifacts import secret_values
from bot.usecases.ingest.values import MOST_TEXT

TYPES = frozenset({"log", "test-begin", "test-end", "status"})
_DEPTH = 6
_ITEMS = 100
_NAMES = ("type", "testId", "timestamp", "status", "duration")
_MOST_EXTRA = 65_536
"""Bytes of all fields of one event that we do not know."""


def tidy(events: Iterable[Any], mask: Callable[[str], str]) -> list[dict[str, Any]]:
    """Gives the events that can be understood: texts cut and masked, fields we do not know kept within limits."""
    kept: list[dict[str, Any]] = []
    for event in events:
        if not isinstance(event, dict) or event.get("type") not in TYPES:
            continue
        test_id = event.get("testId")
        if event["type"] in ("test-begin", "test-end") and not (isinstance(test_id, (str, int)) and test_id != ""):
            continue
        tidied: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for name, value in event.items():
            if isinstance(value, str):
                tidied[name[:64]] = value[:200] if name in _NAMES else mask(value[:MOST_TEXT])
            elif value is None or isinstance(value, (int, float)):
                tidied[name[:64]] = value
            else:
                extra[name[:64]] = _plain(value, mask, _DEPTH)
        if extra and len(orjson.dumps(extra)) <= _MOST_EXTRA:
            tidied |= extra
        kept.append(tidied)
    return kept


def _plain(value: Any, mask: Callable[[str], str], depth: int) -> Any:
    match value:
        case str():
            return mask(value[:MOST_TEXT])
        case dict() if depth:
            return {mask(str(k)[:64]): _member(k, v, mask, depth) for k, v in list(value.items())[:_ITEMS]}
        case list() if depth:
            return [_plain(each, mask, depth - 1) for each in value[:_ITEMS]]
        case None | bool() | int() | float():
            return value
    return None


def _member(name: Any, value: Any, mask: Callable[[str], str], depth: int) -> Any:
    if isinstance(value, str) and secret_values({str(name): value}):
        return MASK
    return _plain(value, mask, depth - 1)
