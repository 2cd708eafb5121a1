"""How many jobs of one organization run at a time in this worker, so that a noisy one can't delay the others."""

from collections import Counter


class Turns:
    """Counts running jobs by organization; work that belongs to none has no limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running: Counter[str] = Counter()
        self._refused: set[str] = set()

    @property
    def full(self) -> frozenset[str]:
        """The organizations that have to wait."""
        return frozenset(name for name, count in self._running.items() if count >= self._limit)

    def take(self, organization_id: str | None) -> bool:
        """Counts one more, unless the organization is at its limit; then it is remembered as waiting."""
        if organization_id is None:
            return True
        if self._running[organization_id] >= self._limit:
            self._refused.add(organization_id)
            return False
        self._running[organization_id] += 1
        return True

    def give_back(self, organization_id: str | None) -> None:
        if organization_id is None:
            return
        self._running[organization_id] -= 1
        if not self._running[organization_id]:
            del self._running[organization_id]

    def waits(self, organization_id: str | None) -> bool:
        """Tells whether a job of the organization was refused."""
        return organization_id in self._refused

    def forget(self, organization_id: str | None) -> None:
        """Nothing of the organization waits any more."""
        if organization_id is not None:
            self._refused.discard(organization_id)
