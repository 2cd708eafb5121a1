"""What the benches have in common: a clock, the log of calls, faults, and what a host has not."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from simulators.calls import Call, Calls
from simulators.contract import Violation
from simulators.faults import Fault, Faults, answer_lost
from tests.providers.benches.bench import Moment, SeenCheck


class Simulator(Protocol):
    """A simulated host, whichever it is."""

    @property
    def calls(self) -> Calls: ...

    @property
    def faults(self) -> Faults: ...

    @property
    def violations(self) -> list[Violation]: ...


S = TypeVar("S", bound=Simulator)


class SimulatedBench(Generic[S]):
    """Part of a bench; `ahead` is how many seconds the host's clock goes before ours."""

    simulator: S
    root = "/repos/"
    """In the addresses of all calls about repositories, and in no other."""

    def __init__(self) -> None:
        self.moment = Moment()
        self.ahead = 0.0
        self._seen = 0

    def _host_time(self) -> datetime:
        return datetime.fromtimestamp(self.moment() + self.ahead, UTC)

    def comments(self) -> list[str]:
        raise NotImplementedError

    def resolved(self) -> list[bool]:
        return [False for _ in self.comments()]

    def remarks(self) -> list[tuple[str, int, bool]]:
        return []

    def checks(self) -> list[SeenCheck]:
        return []

    def remove_check(self, check_id: str) -> None:
        raise NotImplementedError

    def lose_answer(self, method: str, *, skip: int = 0) -> None:
        self.fault(answer_lost(method=method, path=self.root, skip=skip))

    def fault(self, fault: Fault) -> Fault:
        return self.simulator.faults.add(fault)

    def calls(self) -> tuple[int, int]:
        log = self.simulator.calls[self._seen :]
        self._seen = len(self.simulator.calls)
        counted = [call for call in log if self.counts(call)]
        writes = sum(call.write for call in counted)
        return len(counted) - writes, writes

    def counts(self, call: Call) -> bool:
        return not call.token_request

    def problems(self) -> Sequence[object]:
        return self.simulator.violations
