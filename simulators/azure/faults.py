"""Faults in the words of Azure DevOps, for `simulator.faults`."""

from typing import Any

from simulators.azure.answers import SIGN_IN, blocked
from simulators.azure.ratelimit import RESOURCE
from simulators.faults import Fault, json_fault


def throttled(retry_after: int | None = 60, **where: Any) -> Fault:
    """429 TF400733, with or without `Retry-After` (Azure DevOps, Rate and usage limits)."""
    headers = {"x-ratelimit-resource": RESOURCE, "x-ratelimit-limit": "200", "x-ratelimit-remaining": "0"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    refusal = blocked().answer()
    return json_fault(refusal.status, refusal.content, headers, **where)


def sign_in_page(status: int = 203, **where: Any) -> Fault:
    """A sign-in page for one request, as if the token had just expired."""
    return Fault(status=status, headers={"content-type": "text/html; charset=utf-8"}, body=SIGN_IN, **where)
