"""Faults as GitHub words them."""

from typing import Any

from simulators.faults import Fault, json_fault


def rate_limited(reset: int, **where: Any) -> Fault:
    """GitHub's primary limit: 403 with nothing remaining until `reset` (epoch seconds)."""
    headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
    return _refused(403, "API rate limit exceeded for installation.", headers, where)


def secondary_limit(retry_after: int | None = None, status: int = 403, **where: Any) -> Fault:
    """GitHub's secondary limit: 403 or 429 with much remaining, with or without `retry-after`."""
    headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4990"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return _refused(status, "You have exceeded a secondary rate limit. Please wait a few minutes.", headers, where)


def _refused(status: int, message: str, headers: dict[str, str], where: dict[str, Any]) -> Fault:
    body = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    return json_fault(status, body, headers, **where)
