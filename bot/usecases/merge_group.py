"""A merge queue asks for a verdict on a group of pull requests, and always gets one."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from bot.domain.masking import mask
from bot.domain.policy import layered
from bot.store.ci_runs import find_group, runs_on
from bot.store.hosting import find_pull_request
from bot.store.models import CiRun, MergeGroup, Repository
from bot.store.publications import Told, executions_of, suites_of
from bot.usecases.compose_report import check_name, compose_report
from bot.usecases.connect import Unconnected, connect
from bot.usecases.covered import covered
from bot.usecases.excuse_failures import read_rules, with_policy
from bot.usecases.organization_policy import organization_policy
from bot.usecases.publishing import request_judgement
from bot.usecases.read_policy import Reading, read_policy
from bot.usecases.router import Router
from bot.usecases.say_verdict import Overall, plain, sum_up
from bot.usecases.services import Services
from bot.usecases.waiting import open_runs, running_names
from bot.usecases.write_publication import Writer
from providers.errors import ProviderError, RateLimited, Suspended, Unauthenticated, Unavailable
from providers.events import MergeGroupRequested
from providers.interface import CiProvider
from providers.report import Check, Report, Verdict

router = Router()

QUIET = timedelta(minutes=5)
"""How long a group may go without a run before it is said that nothing tests it."""
AGAIN = timedelta(minutes=10)
"""How often a group that waits is looked at, if nothing is heard."""
LONGEST = timedelta(hours=6)
"""When a verdict is given whatever is still open."""


@router.on(MergeGroupRequested)
async def answer_group(services: Services, provider: str, event: MergeGroupRequested) -> str:
    """Notes a group; that its verdict is to come is said at once."""
    where = f"merge group {event.sha[:7]} of {event.repository.path}"
    if not event.installation:
        return f"{where} comes from no installation"
    async with services.database.write() as session:
        repository = await covered(session, provider, event.installation, event.repository)
        if repository is None:
            return f"installation {event.installation} is not active"
        group = await find_group(session, repository.id, event.sha)
        if group is None:
            group = MergeGroup(
                organization_id=repository.organization_id,
                repository_id=repository.id,
                sha=event.sha,
                base_ref=event.base_ref.removeprefix("refs/heads/"),
                numbers=list(event.numbers),
                created_at=services.clock(),
            )
            session.add(group)
            await session.flush()
        await request_judgement(session, services, group, timedelta(0))
    return f"{where} waits for its verdict"


async def judge_group(services: Services, group_id: str) -> None:
    """Says what the runs on a group amount to by now, and looks again while that is not the last word.

    RateLimited and Unavailable are raised.
    """
    async with services.database.read() as session:
        group = await session.get(MergeGroup, group_id)
        if group is None:
            return
        repository = await session.get_one(Repository, group.repository_id)
        told = await executions_of(session, pull_request_id=None, repository_id=repository.id, head_sha=group.sha)
        runs = await runs_on(session, repository.id, group.sha)
        provider = await connect(services, session, repository.organization_id, repository.provider, repository)
    if isinstance(provider, Unconnected):
        return
    reading = await _read(services, provider, repository, group)
    try:
        verdict = await _judge(services, provider, repository, group, told, runs, reading)
    except (Suspended, Unauthenticated):
        # Nobody can be told while the access is gone.
        return
    if not verdict.finished:
        async with services.database.write() as session:
            age = services.clock() - group.created_at
            await request_judgement(session, services, group, QUIET - age if age < QUIET else AGAIN)


async def give_up_group(services: Services, group_id: str, reason: str) -> None:
    """Ends the waiting of a group that can't be judged."""
    async with services.database.read() as session:
        group = await session.get(MergeGroup, group_id)
        if group is None:
            return
        repository = await session.get_one(Repository, group.repository_id)
        provider = await connect(services, session, repository.organization_id, repository.provider, repository)
    if not isinstance(provider, Unconnected):
        name = (await _read(services, provider, repository, group)).policy.checks.name
        words = mask(f"The tests of this group can't be judged: {reason.strip().splitlines()[-1]}")[:200]
        with suppress(Suspended, Unauthenticated):
            await _overall(services, provider, repository, group).say(plain(name, Verdict.ERROR, words))


async def _read(services: Services, provider: CiProvider, repository: Repository, group: MergeGroup) -> Reading:
    """Reads the policy of the branch that the group goes into; what can't be read keeps nobody waiting."""
    async with services.database.read() as session:
        organization = await organization_policy(session, repository.organization_id)
    try:
        reading = await read_policy(services.policies, provider, repository, group.base_ref)
    except (RateLimited, Unavailable):
        raise
    except ProviderError:
        reading = Reading()
    return replace(reading, policy=layered(reading.policy, organization))


async def _judge(
    services: Services,
    provider: CiProvider,
    repository: Repository,
    group: MergeGroup,
    told: Sequence[Told],
    runs: Sequence[CiRun],
    reading: Reading,
) -> Verdict:
    policy, age = reading.policy, services.clock() - group.created_at
    name = policy.checks.name
    async with services.database.read() as session:
        rules = await read_rules(session, services, repository.id, None)
    report = compose_report(group.sha, told, services.public_url, with_policy(rules, policy))
    waiting = open_runs(runs, policy)
    if report.suites or waiting:
        report = Report(report.head_sha, report.suites, reading.notes, running_names(runs, policy))
        check = sum_up(provider, report, name)
        if age >= LONGEST and not check.verdict.finished:
            check = plain(name, Verdict.ERROR, "The CI never told how its tests ended")
    elif age < QUIET:
        check = plain(name, Verdict.PENDING, "Waiting for the tests of this merge group")
    else:
        check = plain(name, Verdict.PASSED, f"No tests ran on this merge group within {QUIET.seconds // 60} minutes")
    await _overall(services, provider, repository, group).say(check)
    if check.verdict.finished:
        await _say_absent(services, provider, repository, group, {suite.name for suite in report.suites}, name)
    return check.verdict


async def _say_absent(
    services: Services, provider: CiProvider, repository: Repository, group: MergeGroup, here: set[str], ours: str
) -> None:
    """Frees the verdicts that the group's pull requests have and that the queue may wait for, as nothing runs them."""
    async with services.database.read() as session:
        pulls = [await find_pull_request(session, repository.id, number=number) for number in group.numbers]
        names = {name for pull in pulls if pull is not None for name in await suites_of(session, pull.id)}
    for name in sorted(names - here):
        words = "Not run on this merge group"
        check = Check(check_name(name, ours), Verdict.PASSED, words, words)
        await _overall(services, provider, repository, group, _subject(group, name)).say(check)


def _subject(group: MergeGroup, name: str) -> str:
    return f"{group.id}:{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _overall(
    services: Services, provider: CiProvider, repository: Repository, group: MergeGroup, subject: str = ""
) -> Overall:
    writer = Writer(services, repository.organization_id)
    return Overall(writer, provider, repository, None, group.sha, subject or group.id)
