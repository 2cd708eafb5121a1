"""What is waited for on a head: CI runs that have not ended, or whose result is not read yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.cycle import CycleState
from bot.domain.policy import Policy, WaitFor
from bot.store.models import CiRun
from bot.store.publications import Told
from bot.usecases.note_run import known_of
from providers.runs import RunOutcome, RunState

LONGEST = timedelta(minutes=60)
"""How long after the first run of a head has ended the others are waited for, where all are wanted."""


def open_runs(runs: Sequence[CiRun], policy: Policy) -> list[CiRun]:
    """Gives the runs whose result is still to come, without those that are not read or that nobody hears of."""
    return [run for run in runs if policy.runs.reads(run.name) and _is_open(run)]


def running_names(runs: Sequence[CiRun], policy: Policy) -> tuple[str, ...]:
    """Names what is still to come, each once."""
    return tuple(dict.fromkeys(_name(run) for run in open_runs(runs, policy)))


def waits_until(told: Sequence[Told], runs: Sequence[CiRun], head_sha: str, policy: Policy) -> datetime | None:
    """Gives until when nothing is said of a head; None where there is nothing to wait for, or for nobody."""
    if policy.runs.wait_for is not WaitFor.ALL or not open_runs(runs, policy):
        return None
    ends = [
        one.execution.finished_at
        for one in told
        if one.cycle.head_sha == head_sha and CycleState(one.execution.state).finished and one.execution.finished_at
    ]
    return min(ends) + LONGEST if ends else None


def _is_open(run: CiRun) -> bool:
    if run.state != RunState.ENDED:
        return not run.unread
    # Somebody has to approve it, or it was not wanted: nothing comes of that by waiting.
    return run.outcome not in (RunOutcome.SKIPPED, RunOutcome.WAITING) and run.read != known_of(run).key


def _name(run: CiRun) -> str:
    return f"{run.name} (waits for somebody's approval)" if run.outcome == RunOutcome.WAITING else run.name
