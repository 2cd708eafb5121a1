"""GitHub's refusals (GitHub REST, Rate limits; Troubleshooting)."""

import json
from collections.abc import Mapping

from providers.errors import ProviderError, Suspended, TooLarge
from providers.failures import Failures


def _refine(status: int, headers: Mapping[str, str], message: str) -> type[ProviderError] | None:
    if status != 403:
        return None
    if "too_large" in message:
        return TooLarge
    return Suspended if "suspended" in message.lower() else None


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
    return ": ".join((data["message"], ", ".join(details))) if details else data["message"]


def _detail(error: object) -> str:
    if isinstance(error, dict):
        return str(error.get("message") or f"{error.get('field')} {error.get('code')}")
    return str(error)


# A secondary limit is a 403 too, told from a missing right by its words alone.
_GITHUB = Failures(
    "GitHub",
    limits=frozenset({403, 429}),
    limit_words=("rate limit", "abuse"),
    remaining="x-ratelimit-remaining",
    reset="x-ratelimit-reset",
    read=_message,
    refine=_refine,
)

failure = _GITHUB.failure
