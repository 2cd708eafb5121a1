"""Tests that keep failing on the default branch go into quarantine by themselves, and out when they pass again."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.excuses import Rules, plain
from bot.domain.flakiness import Outcome, key_of_test
from bot.domain.policy import layered
from bot.store.history import Run, Stream, base_runs
from bot.store.hosting import audit
from bot.store.models import Execution, Finding, Repository, TestCycle
from bot.store.outcomes import Kept, outcomes_of
from bot.store.quarantine import add_quarantined, quarantined
from bot.usecases.excuse_failures import excuse_of
from bot.usecases.organization_policy import organization_policy
from bot.usecases.read_policy import last_branch_policy
from bot.usecases.services import Services
from bot.usecases.tell_excused import request_telling

_MOST = 50
"""Where more tests than these would go into quarantine by one run, none does: that is no flaw of the tests."""


async def tend_quarantine(session: AsyncSession, services: Services, cycle: TestCycle, execution: Execution) -> None:
    """Follows the policy's rule after a run on the default branch; other runs decide nothing."""
    branch = str((cycle.ci_context or {}).get("branch") or "")
    if cycle.repository_id is None or cycle.pull_request_id is not None or not branch:
        return
    repository = await session.get_one(Repository, cycle.repository_id)
    if branch != repository.default_branch:
        return
    organization = await organization_policy(session, cycle.organization_id)
    rule = layered(last_branch_policy(services.policies, repository, branch), organization).quarantine
    at = services.clock()
    here = await quarantined(session, repository.id, at)
    known = Rules(tuple(map(excuse_of, here)))
    failing = await _failing(session, execution) if rule.after else []
    wanted = [test for test in failing if known.of(test) is None and not rule.names(plain(test))]
    automatic = [row for row in here if row.automatic]
    runs = [run for run in await base_runs(session, Stream.of(cycle), branch) if run.counts]
    kept = await outcomes_of(session, runs, {key_of_test(test) for test in (*wanted, *(row.test for row in automatic))})

    broken = [test for test in wanted if _row(runs, kept, test, Outcome.FAILED) >= rule.after]
    if len(broken) > _MOST:
        broken = []
    green = [row for row in automatic if _row(runs, kept, row.test, Outcome.PASSED) >= rule.heal]
    for test in broken:
        reason = f"failed in {_runs(rule.after)} of {branch} in a row"
        await add_quarantined(session, repository, test, automatic=True, by="", reason=reason, until=None)
        audit(session, repository.organization_id, "policy", "quarantine.put", f"{repository.path}: {test}")
    for row in green:
        row.ended_at, row.ended_by = at, f"green again in {_runs(rule.heal)} of {branch}"
        audit(session, repository.organization_id, "policy", "quarantine.lifted", f"{repository.path}: {row.test}")
    await request_telling(session, services, repository, [*broken, *(row.test for row in green)])


async def _failing(session: AsyncSession, execution: Execution) -> list[str]:
    rows = await session.scalars(select(Finding).where(Finding.execution_id == execution.id).order_by(Finding.rank))
    return list(dict.fromkeys(test for row in rows for test in row.content.get("tests") or ()))


def _row(runs: Sequence[Run], kept: Mapping[str, Sequence[Kept]], test: str, outcome: Outcome) -> int:
    """Counts the newest runs in a row, of those that had the test, that it ended in like this."""
    key = key_of_test(test)
    ended = [one.outcome for run in reversed(runs) for one in kept.get(run.execution_id, ()) if one.test == key]
    return sum(1 for _ in takewhile(lambda each: each is outcome, ended))


def _runs(number: int) -> str:
    return f"{number} run{'' if number == 1 else 's'}"
