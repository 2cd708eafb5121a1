"""The states of a test cycle and of its executions, and the steps allowed between them."""

from collections.abc import Mapping
from enum import StrEnum


class CycleState(StrEnum):
    """Where a test cycle stands; the names are Agnox's."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    ANALYZING = "ANALYZING"
    PASSED = "PASSED"
    FAILED = "FAILED"
    UNSTABLE = "UNSTABLE"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"

    @property
    def finished(self) -> bool:
        return self not in _OPEN


_OPEN = frozenset({CycleState.PENDING, CycleState.RUNNING, CycleState.ANALYZING})
_END = frozenset(CycleState) - _OPEN

# A finished cycle goes back to PENDING only by a rerun, which adds an execution.
_STEPS: Mapping[CycleState, frozenset[CycleState]] = {
    CycleState.PENDING: frozenset(
        {CycleState.RUNNING, CycleState.ANALYZING, CycleState.ERROR, CycleState.CANCELLED},
    ),
    CycleState.RUNNING: frozenset({CycleState.ANALYZING, CycleState.ERROR, CycleState.CANCELLED}),
    CycleState.ANALYZING: _END,
    **{state: frozenset({CycleState.PENDING}) for state in _END},
}


class IllegalStep(ValueError):
    """A cycle can't go from where it is to where somebody wants it."""


def step(current: CycleState, wanted: CycleState) -> CycleState:
    """Gives `wanted` when the step is allowed; staying is always allowed. Raises IllegalStep."""
    if wanted is current or wanted in _STEPS[current]:
        return wanted
    raise IllegalStep(f"a cycle that is {current} can't become {wanted}")


def outcome(*, red: int, flaky: int, total: int, exit_code: int | None, problem: bool) -> CycleState:
    """Judges an analysed execution from its counts and the command's exit code.

    A suite without a single result, or one that fails without a red test, is an ERROR: nobody may read it as green.
    """
    if red:
        return CycleState.FAILED
    if problem or total == 0 or exit_code not in (0, None):
        return CycleState.ERROR
    return CycleState.UNSTABLE if flaky else CycleState.PASSED
