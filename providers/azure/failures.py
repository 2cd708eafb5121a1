"""Answers that are not the asked-for thing (Azure DevOps, Rate and usage limits; REST API troubleshooting)."""

from collections.abc import Mapping

from providers.clock import Clock
from providers.errors import Forbidden, NotFound, ProviderError, RateLimited, Unauthenticated
from providers.failures import Failures

SIGN_IN = "Azure DevOps answered {status} with its sign-in page: the credential is wrong, expired or revoked"

PUBLIC = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
"""The identity of those who are nobody."""


class NoItem(NotFound):
    """The repository and its version are there, but no such path in them."""


# The codes that say more than the status, which differs from version to version.
_CODES: Mapping[str, type[ProviderError]] = {
    "TF401174": NoItem,
    "TF401019": NotFound,
    "TF200016": NotFound,
    "TF401175": NotFound,
    "TF401179": NotFound,
    "TF401180": NotFound,
    "TF401027": Forbidden,
    # A known user, whose token lacks the scope or who was not added to the organization.
    "TF400813": Forbidden,
}


def _refine(status: int, headers: Mapping[str, str], message: str) -> type[ProviderError] | None:
    if PUBLIC in message.lower():
        return Unauthenticated
    return _CODES.get(message.partition(":")[0].strip())


FAILURES = Failures(
    "Azure DevOps",
    limits=frozenset({400, 403, 429, 503}),
    limit_words=("tf400733",),
    remaining="x-ratelimit-remaining",
    reset="x-ratelimit-reset",
    refine=_refine,
)


def judge(status: int, headers: Mapping[str, str], body: bytes, clock: Clock, strikes: int = 0) -> ProviderError | None:
    """Says what is wrong with an answer; a good one is JSON, the bytes of a file, or empty.

    Who is not let in is often shown the page where people sign in, as 203, as a redirect, or as if all was well.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    asked_for = kind in ("application/json", "application/octet-stream") or kind.endswith("+json")
    if status == 203 or 300 <= status < 400 or (status < 300 and body.strip() and not asked_for):
        return Unauthenticated(SIGN_IN.format(status=status))
    return None if status < 300 else FAILURES.failure(status, headers, body, clock, strikes)


def slow_down(headers: Mapping[str, str], clock: Clock) -> RateLimited | None:
    """A good answer that was held back may ask for a pause before the next call."""
    return FAILURES.slow_down(headers, clock)
