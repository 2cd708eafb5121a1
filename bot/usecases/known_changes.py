"""What hosts told of changes lately, so that the next report on the same change asks nothing."""

from dataclasses import dataclass, field

from cachetools import TTLCache

from bot.domain.codeowners import CodeOwners

PATHS_KEPT = 10 * 60
OWNERS_KEPT = 30 * 60
"""Seconds; to find that a repository has no file of owners costs most calls."""
MOST = 200_000
"""Paths and rules that one process keeps of each."""


def _paths() -> TTLCache[tuple[str, int, str], tuple[str, ...]]:
    return TTLCache(MOST, PATHS_KEPT, getsizeof=lambda paths: len(paths) + 1)


def _rules() -> TTLCache[tuple[str, str], CodeOwners]:
    return TTLCache(MOST, OWNERS_KEPT, getsizeof=lambda owners: len(owners.rules) + 1)


@dataclass(frozen=True)
class KnownChanges:
    """Changed paths by our id of the repository, number and head; owners by our id of the repository and the ref.

    A repository's id of ours belongs to one organization.
    """

    paths: TTLCache[tuple[str, int, str], tuple[str, ...]] = field(default_factory=_paths)
    owners: TTLCache[tuple[str, str], CodeOwners] = field(default_factory=_rules)
