"""Faults in GitLab's own words, for `simulator.faults`."""

from typing import Any

from simulators.faults import Fault
from simulators.gitlab.answers import PLAIN


def throttled(reset: int, retry_after: int | None = None, **where: Any) -> Fault:
    """429 until `reset` (epoch seconds): a plain text with `RateLimit-*` headers, with or without `Retry-After`."""
    headers = {
        **PLAIN,
        "RateLimit-Limit": "2000",
        "RateLimit-Name": "throttle_authenticated_api",
        "RateLimit-Observed": "2001",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(reset),
    }
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Fault(status=429, headers=headers, body=b"Retry later\n", **where)
