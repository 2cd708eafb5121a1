"""Gitea's JSON objects as our values, where they differ from GitHub's."""

from dataclasses import replace
from datetime import UTC, datetime

from providers import shapes
from providers.payloads import Json, number, word
from providers.values import Account, PullRequest, Repository


def account(data: Json) -> Account:
    """Reads a user; of bots only those of the host itself (Ghost, Actions) can be told: their ids are below 0."""
    return Account(word(data, "id"), word(data, "login"), bot=number(data, "id") < 0)


def pull_request(data: Json, fallback: Repository | None = None) -> PullRequest | None:
    """Reads a pull request; the commit of a merge is there only once it is merged, and CI tests the head before."""
    found = shapes.pull_request(data, fallback)
    return replace(found, merge_sha="", updated_at=in_utc(found.updated_at)) if found is not None else None


def in_utc(text: str) -> str:
    """Writes a time in UTC, since Gitea tells it in the server's zone and two of them must compare as text."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return ""
