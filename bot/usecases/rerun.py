"""Tests are run once more by whoever ran them: our testing nodes, the host's own CI, or a runner that we can tell."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState
from bot.domain.globs import text_glob
from bot.store.cycles import find_cycle, latest_execution
from bot.store.hosting import audit
from bot.store.models import Project, Repository, TestCycle
from bot.store.reruns import newest_cycles_on
from bot.usecases.caller import Caller
from bot.usecases.errors import Conflict, Missing
from bot.usecases.rerun_node import rerun_on_node
from bot.usecases.rerun_run import rerun_by_host
from bot.usecases.rerun_target import ALL, Target, failed_tests
from bot.usecases.runner_hook import rerun_by_hook
from bot.usecases.services import Services
from bot.usecases.start_cycle import StartedCycle


class Runner(StrEnum):
    """Who ran the tests of a cycle and could run them again."""

    NODE = "node"
    HOST = "host"
    HOOK = "hook"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class RerunHead:
    """The suites of a head that run again, and for each of the others why it does not."""

    started: tuple[str, ...]
    refused: tuple[str, ...]


Ask = Callable[[AsyncSession, Services, TestCycle, Target, str], Awaitable[None]]
"""Has a finished cycle run again, in the caller's transaction. Raises Conflict."""


async def _refuse(session: AsyncSession, services: Services, cycle: TestCycle, target: Target, actor: str) -> None:
    raise Conflict(
        "the tests were run by your CI: run them again there, or let us tell it with `agnox project rerun-hook`"
    )


_RUNNERS: Mapping[Runner, Ask] = MappingProxyType(
    {
        Runner.NODE: rerun_on_node,
        Runner.HOST: rerun_by_host,
        Runner.HOOK: rerun_by_hook,
        Runner.NOBODY: _refuse,
    }
)


async def rerun_cycle(services: Services, caller: Caller, cycle_id: str) -> StartedCycle:
    """Has all tests of a finished cycle run again; what is told is its newest execution.

    Raises Missing, and Conflict while it runs or when nobody can run it.
    """
    async with services.database.write() as session:
        cycle = await find_cycle(session, caller.organization_id, cycle_id, lock=True)
        if cycle is None or caller.project_id not in (None, cycle.project_id):
            raise Missing(f"there is no cycle {cycle_id[:64]}")
        await rerun(session, services, cycle, ALL, f"apikey:{caller.key_name}")
        execution = await latest_execution(session, cycle.id)
    return StartedCycle.of(services, cycle, execution.id)


async def rerun_head(
    session: AsyncSession,
    services: Services,
    repository: Repository,
    number: int,
    head_sha: str,
    actor: str,
    wanted: str = "failed",
) -> RerunHead:
    """Has the newest cycle of each suite on a head run again as far as is wanted, in the caller's transaction.

    `wanted` is `failed`, `all`, or a pattern with `*` and `?` of the name of suites, tests that failed, or jobs.
    """
    cycles = await newest_cycles_on(session, repository, number, head_sha)
    targets = await _CHOICES.get(wanted, _named)(session, cycles, wanted)
    if cycles and not targets:
        return RerunHead((), (_NOTHING.get(wanted, _nothing_named(wanted, cycles)),))
    return await rerun_all(session, services, targets, actor)


async def rerun_all(
    session: AsyncSession, services: Services, targets: Sequence[tuple[TestCycle, Target]], actor: str
) -> RerunHead:
    """Has several cycles run again; what can't is refused, and keeps none of the others from it."""
    started, refused = [], []
    for cycle, target in targets:
        try:
            await rerun(session, services, cycle, target, actor)
        except Conflict as refusal:
            refused.append(f"{cycle.suite}: {refusal}")
        else:
            started.append(cycle.suite)
    return RerunHead(tuple(started), tuple(refused))


async def rerun(session: AsyncSession, services: Services, cycle: TestCycle, target: Target, actor: str) -> None:
    """Has one cycle run again, in the caller's transaction. Raises Conflict."""
    if not CycleState(cycle.state).finished:
        raise Conflict(f"the cycle is {cycle.state}: wait for its end or cancel it first")
    await _RUNNERS[await who_ran(session, cycle)](session, services, cycle, target, actor)
    audit(session, cycle.organization_id, actor, "cycle.rerun", cycle.id)


async def who_ran(session: AsyncSession, cycle: TestCycle) -> Runner:
    """Tells who can run a cycle again."""
    if cycle.ci_run_id is not None:
        return Runner.HOST
    if cycle.request:
        return Runner.NODE
    project = await session.get_one(Project, cycle.project_id)
    return Runner.HOOK if project.rerun_url else Runner.NOBODY


async def failed_of(session: AsyncSession, cycle: TestCycle) -> Target:
    """What failed in the newest execution of a cycle; all of it where no test is known to have failed."""
    return Target(failed=True, tests=await failed_tests(session, await latest_execution(session, cycle.id)))


Choice = Callable[[AsyncSession, Sequence[TestCycle], str], Awaitable[Sequence[tuple[TestCycle, Target]]]]


async def _all(session: AsyncSession, cycles: Sequence[TestCycle], wanted: str) -> Sequence[tuple[TestCycle, Target]]:
    return [(cycle, ALL) for cycle in cycles]


async def _failed(
    session: AsyncSession, cycles: Sequence[TestCycle], wanted: str
) -> Sequence[tuple[TestCycle, Target]]:
    red = [cycle for cycle in cycles if cycle.state != CycleState.PASSED]
    targets = [(cycle, await failed_of(session, cycle)) for cycle in red]
    # What is unstable for a test that passed in the end has nothing to be run again.
    return [pair for pair in targets if pair[1].tests or pair[0].state != CycleState.UNSTABLE]


async def _named(session: AsyncSession, cycles: Sequence[TestCycle], wanted: str) -> Sequence[tuple[TestCycle, Target]]:
    """Suites come first, then tests; only where neither is meant can it be a job, of which the host is asked."""
    glob = text_glob(wanted)
    if suites := [(cycle, ALL) for cycle in cycles if glob.matches(cycle.suite)]:
        return suites
    tests = [(cycle, await failed_of(session, cycle)) for cycle in cycles]
    found = [
        (cycle, replace(target, tests=tuple(test for test in target.tests if glob.matches(test))))
        for cycle, target in tests
    ]
    if some := [(cycle, target) for cycle, target in found if target.tests]:
        return some
    return [(cycle, Target(jobs=wanted)) for cycle in cycles if cycle.ci_run_id is not None]


_CHOICES: Mapping[str, Choice] = MappingProxyType({"failed": _failed, "all": _all})
_NOTHING: Mapping[str, str] = MappingProxyType({"failed": "nothing failed: `/agnox rerun all` runs everything again"})


def _nothing_named(wanted: str, cycles: Sequence[TestCycle]) -> str:
    suites = ", ".join(cycle.suite for cycle in cycles[:5])
    return f"no suite and no failed test is called {wanted}: there are the suites {suites}"
