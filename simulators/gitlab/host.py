"""The parts of the simulated host that endpoints work with."""

from collections.abc import Callable
from dataclasses import dataclass

from simulators.contract import Violation
from simulators.gitlab.credentials import Credentials
from simulators.gitlab.events import Events
from simulators.gitlab.hooks import Hooks
from simulators.gitlab.ratelimit import RateLimit
from simulators.gitlab.state import State
from simulators.gitlab.world import World
from simulators.gitlab.writing import Writer


@dataclass(frozen=True)
class Host:
    """Everything behind the API; `note_limit` is spent by notes, `resend_limit` by resent webhooks."""

    world: World
    hooks: Hooks
    events: Events
    note_limit: RateLimit
    resend_limit: RateLimit
    violate: Callable[[Violation], None]

    @property
    def state(self) -> State:
        """What there is."""
        return self.world.state

    @property
    def credentials(self) -> Credentials:
        """All tokens."""
        return self.world.credentials

    @property
    def writer(self) -> Writer:
        """Puts notes down."""
        return self.world.writer
