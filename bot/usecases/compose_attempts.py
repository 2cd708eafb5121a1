"""The attempts of a suite side by side, and whether another one is to come."""

from collections.abc import Callable, Sequence

from bot.domain.cycle import CycleState
from bot.store.publications import Told
from providers.report import Attempt, Suite


def attempts_of(newest: Told, told: Sequence[Told], suite_of: Callable[[Told], Suite]) -> tuple[Attempt, ...]:
    """Gives the executions that ran the same tests as the newest, oldest first; none where there is only that one.

    `told` are those of its suite and head in the order of time. What ran other tests of the suite is no attempt.
    """
    mine = {newest.cycle.id}
    for one in reversed(told):
        if one.cycle.superseded_by in mine:
            mine.add(one.cycle.id)
    same = [one for one in told if one.cycle.id in mine]
    if len(same) < 2:
        return ()
    return tuple(_attempt(number, one, suite_of(one)) for number, one in enumerate(same, 1))


def runs_again(told: Sequence[Told]) -> bool:
    """Tells whether the tests of a suite, which have ended on this head before, run again or are asked to."""
    newest = told[-1].execution
    asked = max((one.cycle.asked_at for one in told if one.cycle.asked_at is not None), default=None)
    if asked is not None and all(one.execution.created_at < asked for one in told):
        return True
    return not CycleState(newest.state).finished and any(CycleState(one.execution.state).finished for one in told)


def unasked_notes(told: Sequence[Told]) -> tuple[str, ...]:
    """Says of a suite why it could not be run again, unless it ran since."""
    newest = told[-1].cycle
    return (f"{newest.suite} was not run again: {newest.unasked}",) if newest.unasked else ()


def who(actor: str) -> str:
    """Gives an actor of the audit log as people read it."""
    kind, _, name = actor.partition(":")
    return f"API key {name}".strip() if kind == "apikey" else name or actor


def _attempt(number: int, told: Told, suite: Suite) -> Attempt:
    return Attempt(
        number=number,
        verdict=suite.verdict,
        counts=suite.counts,
        seconds=suite.seconds,
        url=suite.run_url or suite.details_url,
        requested_by=who(told.execution.requested_by) if number > 1 else "",
    )
