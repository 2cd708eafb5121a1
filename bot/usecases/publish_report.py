"""Makes what stands on the host equal to what is true now, with as few calls as that takes."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.ci_runs import find_group, runs_on
from bot.store.commands import answered_on
from bot.store.hosting import find_access, mark_broken
from bot.store.models import Installation, Integration, PullRequest, Repository, TestCycle
from bot.store.publications import Told, executions_of, suites_of
from bot.usecases.check_integration import ends_soon
from bot.usecases.connect import Unconnected, connect
from bot.usecases.consult_change import consult_change
from bot.usecases.excuse_failures import is_judged, judge_cycle, read_rules
from bot.usecases.inspect_installation import missing_words
from bot.usecases.organization_policy import organization_policy
from bot.usecases.publisher import Publisher
from bot.usecases.read_policy import last_head_policy, read_head_policy, read_policy
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from bot.usecases.write_publication import Unsaid
from providers.errors import ProviderError, Suspended, Unauthenticated


async def publish_report(services: Services, pull_request_id: str) -> None:
    """Brings one pull request up to date; running it twice, late or out of order is harmless."""
    async with services.database.read() as session:
        pull = await session.get(PullRequest, pull_request_id)
        if pull is None:
            return
        repository = await session.get_one(Repository, pull.repository_id)
    await _publish(services, repository, pull, pull.head_sha)


async def publish_revision(services: Services, repository_id: str, head_sha: str) -> None:
    """Brings a commit without a pull request up to date."""
    async with services.database.read() as session:
        repository = await session.get(Repository, repository_id)
    if repository is not None:
        await _publish(services, repository, None, head_sha)


async def _publish(services: Services, repository: Repository, pull: PullRequest | None, head_sha: str) -> None:
    async with services.database.read() as session:
        told = await executions_of(
            session, pull_request_id=pull.id if pull else None, repository_id=repository.id, head_sha=head_sha
        )
        awaited = await _awaited_suites(session, pull, told)
        heard = await answered_on(session, repository.id, pull.number, head_sha) if pull else ()
        if not told and not awaited and not heard:
            return
        runs = await runs_on(session, repository.id, head_sha)
        group = await find_group(session, repository.id, head_sha) if pull is None else None
        access = await find_access(session, repository)
        notes = _notes(services, access, pull)
        organization = await organization_policy(session, repository.organization_id)
        rules = await read_rules(session, services, repository.id, pull.id if pull else None)
        provider = await connect(services, session, repository.organization_id, repository.provider, repository)
    if isinstance(provider, Unconnected):
        await _tell_refusal(services, repository, told, provider.reason)
        async with services.database.write() as session:
            await mark_broken(session, repository, provider.reason)
        return
    await consult_change(services, provider, repository, pull, head_sha, told)
    publisher = Publisher(
        services,
        provider,
        repository,
        pull,
        head_sha,
        told,
        awaited,
        notes,
        rules,
        organization=organization,
        heard=heard,
        runs=runs,
    )
    broken = False
    try:
        refusal = await _follow(publisher, group.base_ref if group else "")
    except (Suspended, Unauthenticated) as error:
        refusal, broken = error, True
    await _keep_states(services, told)
    words = f"{provider.name} refuses us: {words_of(refusal)}" if refusal else ""
    await _tell_refusal(services, repository, told, words)
    if broken or not refusal:
        async with services.database.write() as session:
            await mark_broken(session, repository, words)
            if isinstance(access, Installation) and access.missing and pull is not None:
                access = await session.get_one(Installation, access.id)
                access.missing_told_on = access.missing_told_on or pull.id


def _notes(services: Services, access: Installation | Integration | None, pull: PullRequest | None) -> tuple[str, ...]:
    """Says what is wrong with our access; whose credential it is and when it ends is nobody's business here."""
    if isinstance(access, Integration) and ends_soon(access, services.clock()):
        return (f"Agnox's access to {access.provider} ends soon: its administrator can renew it.",)
    if isinstance(access, Installation) and access.missing and pull is not None:
        return (missing_words(services, access),) if access.missing_told_on in ("", pull.id) else ()
    return ()


async def _follow(publisher: Publisher, base_ref: str) -> ProviderError | None:
    """Publishes by the policy of the repository, which is only asked for when there is something to say.

    `base_ref` is the branch that a merge group goes into.
    """
    if base_ref:
        reading = await read_policy(publisher.services.policies, publisher.provider, publisher.repository, base_ref)
        return await replace(publisher, reading=reading).publish()
    known, whose = publisher.services.policies, (publisher.repository, publisher.pull, publisher.head_sha)
    try:
        return await replace(publisher, reading=last_head_policy(known, *whose), looks=True).publish()
    except Unsaid:
        reading = await read_head_policy(known, publisher.provider, *whose)
    return await replace(publisher, reading=reading).publish()


async def _keep_states(services: Services, told: Sequence[Told]) -> None:
    """Has the cycles agree with what was said, also where the policy was first read for that."""
    cycles = {one.cycle.id: one.cycle for one in told if (one.execution.analysis or {}).get("findings")}
    async with services.database.read() as session:
        stale = [cycle for cycle in cycles.values() if not await is_judged(session, services, cycle)]
    for cycle in stale:
        async with services.database.write() as session:
            await judge_cycle(session, services, await session.get_one(TestCycle, cycle.id, with_for_update=True))


async def _tell_refusal(services: Services, repository: Repository, told: Sequence[Told], refusal: str) -> None:
    """Leaves on the cycles why nothing can be said on the host, or that it can again."""
    stale = dict.fromkeys(one.cycle.id for one in told if one.cycle.refusal != refusal)
    async with services.database.write() as session:
        for cycle_id in stale:
            (await session.get_one(TestCycle, cycle_id)).refusal = refusal


async def _awaited_suites(session: AsyncSession, pull: PullRequest | None, told: Sequence[Told]) -> Sequence[str]:
    """Names the suites that earlier heads of a pull request had and this one has not yet."""
    if pull is None or not pull.open:
        return ()
    here = {one.cycle.suite for one in told if one.cycle.head_sha == pull.head_sha}
    return [name for name in await suites_of(session, pull.id) if name not in here]
