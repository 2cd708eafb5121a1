"""Which function a job's name stands for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.queue.retry import STRIKES

Call = Callable[..., Awaitable[None]]
"""Takes the services and the job's arguments by name. It may run again for the same job and has to bear that."""


@dataclass(frozen=True, slots=True)
class JobFunction:
    """A function of the registry; after `limit` a run is cut off and counts as failed.

    With its `strikes`-th worker that dies over it a job is dead.
    """

    call: Call
    limit: timedelta
    strikes: int = STRIKES


class UnknownFunction(LookupError):
    """No function of this version has the job's name."""


class JobFunctions:
    """Functions by name; registries can be joined."""

    def __init__(self, *others: "JobFunctions") -> None:
        self._functions: dict[str, JobFunction] = {}
        self.rounds: tuple[str, ...] = ()
        """Functions without arguments that come round by themselves: one job of each waits at any time."""
        for other in others:
            self._functions.update(other._functions)
            self.rounds += other.rounds

    def add(
        self,
        call: Call,
        *,
        name: str = "",
        limit: timedelta = timedelta(minutes=10),
        strikes: int = STRIKES,
        comes_round: bool = False,
    ) -> None:
        """Registers a function under its own or another name. Raises ValueError when the name is taken.

        One that `comes_round` queues the next job of its kind when it ends.
        """
        name = name or getattr(call, "__name__", "")
        if name in self._functions:
            raise ValueError(f"there is a job function {name!r} already")
        self._functions[name] = JobFunction(call, limit, strikes)
        if comes_round:
            self.rounds += (name,)

    def job(self, *, limit: timedelta = timedelta(minutes=10)) -> Callable[[Call], Call]:
        """Registers the decorated function under its name."""

        def register(call: Call) -> Call:
            self.add(call, limit=limit)
            return call

        return register

    def get(self, name: str) -> JobFunction:
        """Gives a function. Raises UnknownFunction."""
        try:
            return self._functions[name]
        except KeyError:
            raise UnknownFunction(f"this worker has no job function {name!r}") from None

    def strikes(self, name: str) -> int:
        """Tells how many workers may die over a job, by the name of its function."""
        function = self._functions.get(name)
        return STRIKES if function is None else function.strikes

    @property
    def names(self) -> list[str]:
        return sorted(self._functions)

    @property
    def longest(self) -> timedelta:
        """The longest time that any run may take."""
        return max((function.limit for function in self._functions.values()), default=timedelta(0))


Context = Any
"""What the functions get first: the services, which the queue itself knows nothing about."""
