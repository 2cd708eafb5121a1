"""GitHub's JSON objects as our values; the same in webhooks and REST answers.

Only documented fields are read, and each may be missing: GitHub adds, drops and nulls fields without notice.
"""

from collections.abc import Mapping
from typing import Any

from providers.events import Account
from providers.values import PullRequest, Repository

Json = Mapping[str, Any]


def child(data: object, *path: str) -> Json:
    """Walks down objects; an empty one stands for whatever is missing on the way."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def word(data: Json, name: str) -> str:
    """Reads text or a number as text; empty when missing."""
    value = data.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def number(data: Json, name: str) -> int:
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def account(data: Json) -> Account:
    return Account(word(data, "id"), word(data, "login"), bot=word(data, "type") == "Bot")


def repository(data: Json) -> Repository:
    return Repository(word(data, "id"), word(data, "full_name"))


def repositories(data: object) -> tuple[Repository, ...]:
    items = data if isinstance(data, list) else []
    return tuple(repository(item) for item in items if isinstance(item, Mapping) and word(item, "id"))


def pull_request(data: Json, fallback: Repository | None = None) -> PullRequest | None:
    """Reads a pull request; None when it lacks what identifies it."""
    head, base = child(data, "head"), child(data, "base")
    found = repository(child(base, "repo"))
    where = found if found.id else fallback
    if where is None or not number(data, "number") or not word(head, "sha"):
        return None
    return PullRequest(
        repository=where,
        number=number(data, "number"),
        head_sha=word(head, "sha"),
        head_ref=word(head, "ref"),
        base_ref=word(base, "ref"),
        base_sha=word(base, "sha"),
        merge_sha=word(data, "merge_commit_sha"),
        # The head's repository is null when the fork was deleted.
        from_fork=word(child(head, "repo"), "id") != where.id,
        open=word(data, "state") != "closed",
        draft=data.get("draft") is True,
        author=word(child(data, "user"), "login"),
        title=word(data, "title"),
        url=word(data, "html_url"),
        updated_at=word(data, "updated_at"),
    )
