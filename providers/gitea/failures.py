"""Gitea's refusals as errors of the contract; it limits no rates itself, but a proxy before it may."""

from collections.abc import Mapping

from providers.errors import ProviderError, Unavailable
from providers.failures import Failures


class Broken(Unavailable):
    """An internal error, which is also what some versions answer for things that are not there."""


def _refine(status: int, headers: Mapping[str, str], message: str) -> type[ProviderError] | None:
    return Broken if status == 500 else None


FAILURES = Failures("Gitea", limits=frozenset({429, 503}), refine=_refine)
