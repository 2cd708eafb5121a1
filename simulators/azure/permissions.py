"""Access control lists of the security namespace "Git Repositories" (Azure DevOps, Security namespaces)."""

from collections.abc import Iterable
from dataclasses import dataclass

GIT_NAMESPACE = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"

ADMINISTER = 1
READ = 2
CONTRIBUTE = 4
FORCE_PUSH = 8
CREATE_BRANCH = 16
CREATE_TAG = 32
PULL_REQUEST_CONTRIBUTE = 16_384
PULL_REQUEST_BYPASS_POLICY = 32_768

READERS = READ
CONTRIBUTORS = READ | CONTRIBUTE | CREATE_BRANCH | CREATE_TAG | PULL_REQUEST_CONTRIBUTE
ADMINISTRATORS = CONTRIBUTORS | ADMINISTER | FORCE_PUSH

NAMES = {
    ADMINISTER: "Administer",
    READ: "GenericRead",
    CONTRIBUTE: "GenericContribute",
    FORCE_PUSH: "ForcePush",
    CREATE_BRANCH: "CreateBranch",
    CREATE_TAG: "CreateTag",
    PULL_REQUEST_CONTRIBUTE: "PullRequestContribute",
    PULL_REQUEST_BYPASS_POLICY: "PullRequestBypassPolicy",
}


@dataclass(slots=True)
class Entry:
    """What one descriptor is explicitly allowed and denied at one token."""

    allow: int = 0
    deny: int = 0


class AccessControl:
    """Lists by token; a token inherits from every token that is a prefix of it."""

    def __init__(self) -> None:
        self._lists: dict[str, dict[str, Entry]] = {}

    def set(self, token: str, descriptor: str, *, allow: int = 0, deny: int = 0) -> None:
        """Replaces the entry of a descriptor."""
        self._lists.setdefault(token, {})[descriptor] = Entry(allow, deny)

    def remove(self, token: str, descriptor: str) -> None:
        """Forgets an entry; a list without entries does not exist."""
        entries = self._lists.get(token, {})
        entries.pop(descriptor, None)
        if not entries:
            self._lists.pop(token, None)

    def tokens(self, token: str, *, recurse: bool) -> list[str]:
        """The tokens that have a list of their own: the one named, or it and all below it."""
        below = [known for known in self._lists if recurse and known.startswith(f"{token}/")]
        return sorted([token, *below] if token in self._lists else below)

    def entries(self, token: str) -> dict[str, Entry]:
        """The explicit entries of a token."""
        return self._lists.get(token, {})

    def effective(self, token: str, descriptors: Iterable[str]) -> tuple[int, int]:
        """The bits that are allowed and denied in the end.

        The nearest token that says something of a bit decides it; at the same token a denial outweighs.
        """
        allowed = denied = 0
        wanted = list(descriptors)
        for place in _upwards(token):
            entries = self._lists.get(place, {})
            here = [entries[descriptor] for descriptor in wanted if descriptor in entries]
            open_bits = ~(allowed | denied)
            deny = _union(entry.deny for entry in here) & open_bits
            allow = _union(entry.allow for entry in here) & open_bits & ~deny
            allowed, denied = allowed | allow, denied | deny
        return allowed, denied


def _upwards(token: str) -> list[str]:
    parts = token.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _union(values: Iterable[int]) -> int:
    bits = 0
    for value in values:
        bits |= value
    return bits
