"""Whose credential it is and what it lacks (GitHub REST, Apps; GitHub Docs, Scopes for OAuth apps)."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from providers.errors import NotFound, Suspended
from providers.github.client import Client
from providers.github.payloads import account
from providers.payloads import child, word
from providers.values import Access

NEEDED: Mapping[str, str] = {
    "actions": "write",
    "checks": "write",
    "contents": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}
"""What the app asks for in its manifest."""
_RANKS = ("", "read", "write", "admin")

Inspect = Callable[[], Awaitable[Access]]


def of_installation(app: Client, installation: str) -> Inspect:
    """Compares what was granted with what the app needs; new permissions wait for the owner to accept them."""

    async def inspect() -> Access:
        try:
            answer = child(await app.get("/app/installations/{id}", {"id": installation}))
        except NotFound as error:
            raise Suspended(f"installation {installation} is gone: {error}") from error
        if word(answer, "suspended_at"):
            raise Suspended(f"installation {installation} is suspended")
        granted = child(answer, "permissions")
        lacking = [
            f"{name}: {level}" for name, level in NEEDED.items() if _RANKS.index(level) > _rank(word(granted, name))
        ]
        return Access(account(child(answer, "account")), tuple(lacking))

    return inspect


def of_person(client: Client) -> Inspect:
    """Reads what GitHub tells of a token in its headers; fine-grained tokens do not name their permissions."""

    async def inspect() -> Access:
        answer, headers = await client.get_with_headers("/user")
        scopes = headers.get("x-oauth-scopes")
        missing = () if scopes is None or "repo" in [scope.strip() for scope in scopes.split(",")] else ("repo",)
        expires = _moment(headers.get("github-authentication-token-expiration", ""))
        note = "with a person's token there are no checks, only commit statuses: GitHub lets only apps write checks"
        return Access(account(child(answer)), missing, expires, (note,))

    return inspect


def _rank(level: str) -> int:
    return _RANKS.index(level) if level in _RANKS else 0


def _moment(text: str) -> datetime | None:
    """Reads `2026-12-01 10:00:00 UTC` or with an offset in place of the name."""
    with suppress(ValueError):
        return datetime.fromisoformat(text.replace(" UTC", "+00:00").strip()).astimezone(UTC)
    return None
