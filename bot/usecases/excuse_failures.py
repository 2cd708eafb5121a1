"""Which failures of a head fail no check, and what its cycles amount to by that."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.analysis.limits import Limits
from bot.domain.cycle import CycleState
from bot.domain.excuses import Failing, Quarantine, Rules, excuse, last_day
from bot.domain.policy import Policy, layered
from bot.domain.policy.parts import Parts
from bot.store.ci_runs import find_group
from bot.store.cycles import latest_execution
from bot.store.models import Execution, PullRequest, Quarantined, Repository, TestCycle
from bot.store.quarantine import ignored_causes, quarantined
from bot.usecases.organization_policy import organization_policy
from bot.usecases.read_policy import last_branch_policy, last_head_policy
from bot.usecases.services import Services
from providers.report import Novelty
from providers.runs import RunOutcome

EXCUSE = "excuse"
"""Where a cause in a stored analysis has its excuse."""
ALLOWED = "allowed to fail: the CI run passed all the same"
_KEPT = Limits().kept_failures


async def read_rules(
    session: AsyncSession, services: Services, repository_id: str | None, pull_request_id: str | None
) -> Rules:
    """Reads what people decided about the failures of a repository, and of a pull request."""
    rows = await quarantined(session, repository_id, services.clock()) if repository_id else ()
    return Rules(
        tuple(map(excuse_of, rows)),
        await ignored_causes(session, pull_request_id) if pull_request_id else {},
    )


def excuse_of(row: Quarantined) -> Quarantine:
    """Gives a row as it is judged by; a rule names one test, whatever signs its name has."""
    until = last_day(row.until) if row.until else None
    return Quarantine(row.test, row.by.removeprefix("cli:"), row.reason, until, exact=row.automatic)


def with_policy(rules: Rules, policy: Policy) -> Rules:
    """Adds the tests that the repository's policy has in quarantine, and its names for parts of the repository."""
    named = tuple(Quarantine(test, reason="on the list in .agnox.yml") for test in policy.quarantine.tests)
    return Rules((*rules.quarantine, *named), rules.ignored, Parts(policy))


def excuses(execution: Execution, rules: Rules) -> list[str]:
    """Gives the excuse of each cause of an execution; empty for none."""
    allowed = ALLOWED if execution.outcome == RunOutcome.PASSED else ""
    return [
        excuse(
            Failing(
                fingerprint=found.get("fingerprint", ""),
                tests=found["tests"],
                flaky=found.get("history", "") if found.get("novelty") == Novelty.FLAKY else "",
            ),
            rules,
        )
        or allowed
        for found in _findings(execution)
    ]


def all_excused(execution: Execution, said: Sequence[str]) -> bool:
    """Tells whether a failed execution failed only of what fails no check.

    One with a problem of its own did not, nor one with more red tests than are kept: nobody knows what these fail of.
    """
    red = execution.counts.get("failed", 0) + execution.counts.get("errored", 0)
    whole = execution.state == CycleState.FAILED and not execution.problem and red <= _KEPT
    return whole and bool(said) and all(said)


async def judge_cycle(session: AsyncSession, services: Services, cycle: TestCycle) -> None:
    """Notes of a cycle's causes why they fail no check, and has it be UNSTABLE instead of FAILED while none does.

    Its execution stays what it was.
    """
    execution = await latest_execution(session, cycle.id)
    said = await _said(session, services, cycle, execution)
    cycle.state = _state(cycle, execution, said)
    if said != stored_excuses(execution):
        execution.analysis = (execution.analysis or {}) | {
            "findings": [
                {name: value for name, value in found.items() if name != EXCUSE} | ({EXCUSE: why} if why else {})
                for found, why in zip(_findings(execution), said, strict=True)
            ]
        }


async def is_judged(session: AsyncSession, services: Services, cycle: TestCycle) -> bool:
    """Tells whether a cycle is what `judge_cycle` would make of it."""
    execution = await latest_execution(session, cycle.id)
    said = await _said(session, services, cycle, execution)
    return said == stored_excuses(execution) and _state(cycle, execution, said) == cycle.state


def stored_excuses(execution: Execution) -> list[str]:
    """Gives the excuse of each cause as it was noted last; empty for none."""
    return [found.get(EXCUSE, "") for found in _findings(execution)]


async def _said(session: AsyncSession, services: Services, cycle: TestCycle, execution: Execution) -> list[str]:
    return excuses(execution, await _rules(session, services, cycle)) if _findings(execution) else []


def _state(cycle: TestCycle, execution: Execution, said: Sequence[str]) -> CycleState:
    state = CycleState(cycle.state)
    if execution.state != CycleState.FAILED or state not in (CycleState.FAILED, CycleState.UNSTABLE):
        return state
    return CycleState.UNSTABLE if all_excused(execution, said) else CycleState.FAILED


def _findings(execution: Execution) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = (execution.analysis or {}).get("findings", ())
    return found


async def _rules(session: AsyncSession, services: Services, cycle: TestCycle) -> Rules:
    """Reads what is decided about the failures of a cycle, with the policy that its report was written by."""
    rules = await read_rules(session, services, cycle.repository_id, cycle.pull_request_id)
    organization = await organization_policy(session, cycle.organization_id)
    return with_policy(rules, layered(await _file(session, services, cycle), organization))


async def _file(session: AsyncSession, services: Services, cycle: TestCycle) -> Policy:
    """Gives what the file says on the branch that the cycle's pull request or merge group goes into, without a call."""
    if cycle.repository_id is None:
        return Policy()
    repository = await session.get_one(Repository, cycle.repository_id)
    if cycle.pull_request_id is not None:
        pull = await session.get_one(PullRequest, cycle.pull_request_id)
        return last_head_policy(services.policies, repository, pull, cycle.head_sha).policy
    group = await find_group(session, repository.id, cycle.head_sha)
    return last_branch_policy(services.policies, repository, group.base_ref) if group is not None else Policy()
