"""A clock for simulated hosts."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)
