"""Answers that are not the asked-for thing, as errors of the contract: what all hosts have in common."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from providers.clock import read_date, read_seconds
from providers.errors import Forbidden, NotFound, ProviderError, RateLimited, Rejected, Unauthenticated, Unavailable
from providers.text import one_line

SHORTEST_WAIT = 60.0
LONGEST_WAIT = 960.0
MESSAGE = 500
"""Characters of a host's words that are passed on."""

_MEANINGS: Mapping[int, type[ProviderError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    408: Unavailable,
    410: NotFound,
    451: Forbidden,
}
_WORDS = ("message", "error", "error_description", "errors", "detail", "title")


class Times(Protocol):
    """The clock that waits are told by (`providers.clock`)."""

    def after(self, seconds: float) -> datetime: ...

    def until(self, epoch: float, headers: Mapping[str, str]) -> float: ...


def _no_more(status: int, headers: Mapping[str, str], message: str) -> type[ProviderError] | None:
    return None


def read_message(body: bytes) -> str:
    """Finds the words in JSON of any shape or in plain text; a page of HTML has none for us."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        text = body[: 4 * MESSAGE].decode(errors="replace").strip()
        return "" if text.startswith(("<", "{", "[")) or "\x00" in text else text
    if isinstance(data, dict):
        data = [data[name] for name in _WORDS if name in data]
    return ", ".join(dict.fromkeys(_leaves(data, 3)))


@dataclass(frozen=True, slots=True)
class Failures:
    """How one kind of host says no.

    `host` is its name for people. `limits` are the statuses that may mean "wait": one of them does when it is 429, has
    a `Retry-After`, nothing `remaining`, or one of the `limit_words` (lower case) in its message. `remaining` and
    `reset` name its headers (lower case; the reset is in seconds since 1970). `refine` may know more of an answer than
    its status says. Header mappings must find lower-case names.
    """

    host: str
    limits: frozenset[int] = frozenset({429})
    limit_words: tuple[str, ...] = ()
    remaining: str = ""
    reset: str = ""
    read: Callable[[bytes], str] = read_message
    refine: Callable[[int, Mapping[str, str], str], type[ProviderError] | None] = _no_more

    def failure(
        self, status: int, headers: Mapping[str, str], body: bytes, clock: Times, strikes: int = 0
    ) -> ProviderError:
        """Names what an answer means; `strikes` counts the limits hit in a row."""
        message = one_line(self.read(body), MESSAGE) or f"HTTP {status}"
        told = f"{self.host} answered {status}: {message}"
        wait = self._wait(status, headers, message, clock, strikes)
        if wait is not None:
            return RateLimited(told, retry_at=clock.after(wait))
        return (self.refine(status, headers, message) or _meaning(status))(told)

    def slow_down(self, headers: Mapping[str, str], clock: Times) -> RateLimited | None:
        """Reads out of a good answer that the host wants no more calls for a while."""
        wait = _retry_after(headers, clock)
        if wait is None:
            return None
        return RateLimited(f"{self.host} asks us to slow down", retry_at=clock.after(wait))

    def _wait(self, status: int, headers: Mapping[str, str], message: str, clock: Times, strikes: int) -> float | None:
        """Says how long a limit asks us to stay away; None when it is not a limit."""
        if status not in self.limits:
            return None
        if (after := _retry_after(headers, clock)) is not None:
            return after
        reset = read_seconds(headers.get(self.reset, ""))
        if self.reset and headers.get(self.remaining) == "0" and reset is not None:
            wait = clock.until(reset, headers)
            return wait + 1 if wait > 0 else SHORTEST_WAIT
        told = message.lower()
        if status == 429 or "retry-after" in headers or any(word in told for word in self.limit_words):
            return float(min(SHORTEST_WAIT * 2 ** min(strikes, 10), LONGEST_WAIT))
        return None


def _retry_after(headers: Mapping[str, str], clock: Times) -> float | None:
    """Reads `Retry-After` in both its forms, as seconds (RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if (seconds := read_seconds(value)) is not None:
        return max(seconds, 1.0)
    date = read_date(value)
    return None if date is None else max(clock.until(date, headers), 1.0)


def _meaning(status: int) -> type[ProviderError]:
    return _MEANINGS.get(status) or (Unavailable if status >= 500 or status < 400 else Rejected)


def _leaves(data: object, depth: int) -> Iterator[str]:
    """Walks through the texts of nested lists and objects; what an object's names say of them goes before."""
    if isinstance(data, str | int | float) and not isinstance(data, bool):
        yield str(data)
    elif isinstance(data, list) and depth:
        for item in data[:5]:
            yield from _leaves(item, depth - 1)
    elif isinstance(data, dict) and depth:
        for name, item in list(data.items())[:5]:
            words = ", ".join(_leaves(item, depth - 1))
            if words:
                yield words if name in (*_WORDS, "base") else f"{name}: {words}"
