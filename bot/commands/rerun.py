"""`/agnox rerun`: tests of the head run again."""

from bot.commands.definition import Definition, Outcome, Request
from bot.usecases.rerun import rerun_head

_ALL = ("failed", "all")


async def _rerun(request: Request) -> Outcome:
    wanted = request.at_most_one() or "failed"
    wanted = wanted.lower() if wanted.lower() in _ALL else wanted
    pull = request.pull
    rerun = await rerun_head(
        request.session,
        request.services,
        request.repository,
        pull.number,
        pull.head_sha,
        request.actor,
        wanted=wanted,
    )
    told = [f"{suite}: runs again" for suite in rerun.started] + list(rerun.refused)
    if not told:
        tests = "are no tests" if wanted in _ALL else f"is nothing called `{wanted[:80]}`"
        told = [f"there {tests} of {pull.head_sha[:7]} yet"]
    return Outcome(", ".join(told), done=bool(rerun.started))


RERUN = Definition(
    name="rerun",
    usage="rerun [failed|all|JOB|TEST]",
    about="Runs tests of the current head again: what failed, unless you say otherwise.",
    do=_rerun,
    examples=(
        ("rerun", "what failed"),
        ("rerun all", "everything"),
        ("rerun e2e*", "the jobs, suites or tests whose names fit the pattern"),
    ),
    details="Each suite runs again where it ran: on the CI of the host, on our testing nodes, or on a runner that we "
    "can ask. Of each suite it is the newest run.",
    aliases=("retry",),
)
