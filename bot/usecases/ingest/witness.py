"""What a reporter saw of the tested system when a test failed: its `runtimeContext`, in words for the analysis."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from bot.usecases.ingest.titles import plain

_OURS = frozenset({"type", "testId", "title", "file", "status", "duration", "error", "timestamp", "chunk"})
_LONGEST = 2_000
_LINES = 60
_WORDS: Mapping[str, str] = {
    "url": "Page URL",
    "pageUrl": "Page URL",
    "consoleErrors": "Console error",
    "consoleLogs": "Console",
    "networkFailures": "Failed request",
    "failedRequests": "Failed request",
    "networkErrors": "Failed request",
    "ariaSnapshot": "ARIA snapshot",
}


def witnessed(event: Mapping[str, Any]) -> str:
    """Gives the fields of an event that the protocol does not know as lines `Name: value`."""
    lines: list[str] = []
    for name, value in event.items():
        if name not in _OURS:
            inner = value.items() if isinstance(value, Mapping) and name == "runtimeContext" else [(name, value)]
            for key, each in inner:
                lines += [f"{_WORDS.get(key, key)}: {text}" for text in _said(each)]
    return "\n".join(lines[:_LINES])


def _said(value: Any) -> Iterator[str]:
    match value:
        case None | "":
            return
        case str():
            text = plain(value)[:_LONGEST]
            yield f"\n{text}" if "\n" in text else text
        case list():
            for each in value:
                yield from _said(each)
        case dict():
            status = value.get("status") or value.get("failure") or value.get("errorText") or ""
            if isinstance(value.get("url"), str):
                yield " ".join(filter(None, (str(value.get("method") or ""), value["url"], str(status))))[:_LONGEST]
            elif isinstance(value.get("text") or value.get("message"), str):
                yield plain(value.get("text") or value["message"])[:_LONGEST]
            else:
                yield orjson.dumps(value, default=str).decode()[:_LONGEST]
        case _:
            yield str(value)
