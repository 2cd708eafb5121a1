"""Faults in Gitea's own words. Gitea limits no rates itself; a proxy in front of it may."""

from typing import Any

from simulators.faults import Fault, json_fault
from simulators.gitea.answers import API_HELP


def refused(status: int, message: str, **where: Any) -> Fault:
    """A refusal as Gitea's API words it."""
    return json_fault(status, {"message": message, "url": API_HELP}, **where)


def too_many_requests(retry_after: int | None = None, **where: Any) -> Fault:
    """429 as a reverse proxy sends it, with or without `Retry-After` in seconds."""
    headers = {"content-type": "text/html"} | ({"retry-after": str(retry_after)} if retry_after is not None else {})
    return Fault(status=429, headers=headers, body=b"<h1>429 Too Many Requests</h1>", **where)
