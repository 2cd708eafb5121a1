"""Answers that are not the asked-for thing, as errors of the contract."""

import json
from collections.abc import Mapping

from providers.errors import (
    Forbidden,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Suspended,
    Unauthenticated,
    Unavailable,
)
from providers.github.clock import Clock
from providers.text import one_line

SHORTEST_WAIT = 60.0
LONGEST_WAIT = 960.0


def failure(status: int, headers: Mapping[str, str], body: bytes, clock: Clock, strikes: int) -> ProviderError:
    """Names what an answer means; `strikes` counts the limits hit in a row (GitHub REST, Rate limits)."""
    message = _message(body) or f"HTTP {status}"
    told = f"GitHub answered {status}: {message}"
    wait = _wait(status, headers, message, clock, strikes)
    if wait is not None:
        return RateLimited(told, retry_at=clock.after(wait))
    if status == 401:
        return Unauthenticated(told)
    if status == 403 and "suspended" in message.lower():
        return Suspended(told)
    if status in (403, 451):
        return Forbidden(told)
    if status in (404, 410):
        return NotFound(told)
    if status == 408 or status >= 500 or status < 400:
        return Unavailable(told)
    return Rejected(told)


def _wait(status: int, headers: Mapping[str, str], message: str, clock: Clock, strikes: int) -> float | None:
    """Says how long a limit asks us to stay away; None when it is not a limit."""
    if status not in (403, 429):
        return None
    if (after := headers.get("retry-after", "")).isdecimal():
        return max(float(after), 1.0)
    if headers.get("x-ratelimit-remaining") == "0" and (reset := headers.get("x-ratelimit-reset", "")).isdecimal():
        wait = clock.until(float(reset), headers)
        return wait + 1 if wait > 0 else SHORTEST_WAIT
    told = message.lower()
    if status == 429 or "retry-after" in headers or "rate limit" in told or "abuse" in told:
        return float(min(SHORTEST_WAIT * 2 ** min(strikes, 10), LONGEST_WAIT))
    return None


def _message(body: bytes) -> str:
    """GitHub's own words; a page of HTML has none for us."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict) or not isinstance(data.get("message"), str):
        return ""
    errors = data.get("errors")
    details = [_detail(error) for error in errors[:5]] if isinstance(errors, list) else []
    if isinstance(errors, str):
        details = [errors]
    return one_line(": ".join((data["message"], ", ".join(details))) if details else data["message"], 500)


def _detail(error: object) -> str:
    if isinstance(error, dict):
        return str(error.get("message") or f"{error.get('field')} {error.get('code')}")
    return str(error)
