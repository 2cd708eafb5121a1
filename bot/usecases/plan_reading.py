"""What of a CI run that ended is worth being read."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.cycle import CycleState
from bot.domain.policy import Read, layered
from bot.store.ci_runs import cycle_of, find_group, is_base, newest_cycle_like, pulls_at, told_addresses
from bot.store.models import CiRun, MergeGroup, PullRequest, Repository
from bot.usecases.organization_policy import organization_policy
from bot.usecases.read_policy import Reading as PolicyReading
from bot.usecases.read_policy import read_policy
from bot.usecases.services import Services
from providers.interface import CiProvider
from providers.runs import FetchLimits, Reading, RunCause, RunOutcome

SMALL = FetchLimits(file=5_000_000, total=20_000_000, files=50)
"""Of runs that passed: reports, and the logs that a red one is compared with."""
GREEN_AGAIN = timedelta(minutes=10)
"""How long after a green run of a branch was read the next one need not be."""


_WHOLE = FetchLimits()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done with a run: `keeps` it as a result, with the files of `reading`; else `why` not, for people."""

    keeps: bool = False
    pull: PullRequest | None = None
    reading: Reading | None = None
    limits: FetchLimits = _WHOLE
    why: str = ""


async def plan_reading(services: Services, provider: CiProvider, repository: Repository, run: CiRun) -> Plan:
    """Decides by where the run belongs, how it ended and the policy of the branch that it is for.

    Raises what reading a policy raises.
    """
    async with services.database.read() as session:
        pulls = await pulls_at(session, repository.id, run.head_sha)
        group = await find_group(session, repository.id, run.head_sha)
        addresses = await told_addresses(session, repository.id, run.head_sha)
        before = await newest_cycle_like(session, run)
        organization = await organization_policy(session, repository.organization_id)
        again = await cycle_of(session, run) is not None
        pushed = run.cause == RunCause.PUSH
        compared = run.default_branch or (pushed and await is_base(session, repository.id, run.branch))
    pull = next((one for one in pulls if one.id == run.pull_request_id), pulls[0] if pulls else None)
    base = _base(run, pull, group)
    if base is None or (pull is None and group is None and not compared):
        return Plan(why="it is of no open pull request's head, and of no branch that any go into")
    if any(_is_same(told, run.url) for told in addresses):
        return Plan(why="its results were sent to us")
    known = await read_policy(services.policies, provider, repository, base) if base else PolicyReading()
    policy = layered(known.policy, organization).runs
    if not policy.reads(run.name):
        return Plan(why="it is not among `runs.workflows`")
    wanted = Reading(policy.read)
    if run.outcome == RunOutcome.CANCELLED:
        return Plan(keeps=pull is not None or group is not None, pull=pull)
    if run.outcome != RunOutcome.PASSED:
        return Plan(keeps=True, pull=pull, reading=wanted)
    if pull is not None or group is not None:
        # That it passed is told by the host; what passed in it is only worth something after a red attempt.
        reading = Reading.ALL if policy.read is Read.ALL or again else None
        return Plan(keeps=True, pull=pull, reading=reading, limits=SMALL)
    green = before is not None and before.state == CycleState.PASSED and before.finished_at is not None
    if green and before is not None and services.clock() - before.created_at < GREEN_AGAIN:
        return Plan(why="a green run of this branch was read a few minutes ago")
    return Plan(keeps=True, reading=Reading.ALL, limits=SMALL)


def _base(run: CiRun, pull: PullRequest | None, group: MergeGroup | None) -> str | None:
    """Gives the branch whose policy counts; None for a run that nothing is compared with."""
    if pull is not None:
        return pull.base_ref
    if group is not None:
        return group.base_ref
    of_change = run.source or run.cause in (RunCause.PULL_REQUEST, RunCause.MERGE_QUEUE) or run.head_sha != run.sha
    return None if of_change else run.branch


def _is_same(told: str, url: str) -> bool:
    """CIs add the attempt or the job to the address of a run."""
    return bool(url) and (told == url or told.startswith((f"{url}/", f"{url}?", f"{url}&", f"{url}#")))
