"""Somebody pressed a button of a check: tests run again, or go into quarantine."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.cycles import find_execution, latest_execution
from bot.store.hosting import find_installation, find_repository
from bot.store.models import Execution, Installation, Repository, TestCycle
from bot.store.reruns import newest_cycles_on
from bot.usecases.errors import Refused
from bot.usecases.quarantine import put
from bot.usecases.rerun import RerunHead, failed_of, rerun, rerun_all
from bot.usecases.rerun_target import ALL, failed_tests
from bot.usecases.router import Router
from bot.usecases.services import Services
from providers.events import RerunRequested
from providers.report import QUARANTINE, RERUN_ALL, RERUN_FAILED

QUARANTINE_FOR = timedelta(days=14)
_MOST_TESTS = 50
"""Tests that one press puts into quarantine: more have one cause, which is no matter of tests."""

router = Router()


@router.on(RerunRequested)
async def press_button(services: Services, provider: str, event: RerunRequested) -> str:
    """Does what a button says. Hosts show them to those who may write; what a bot presses is passed over.

    The check's key is the execution that it showed; without one all checks of the head are meant.
    """
    press = _BUTTONS.get(event.action)
    if press is None:
        return f"there is no button {event.action!r}"
    if event.sender.bot:
        return f"{event.sender.login} is a bot: nobody wants it"
    actor = f"{provider}:{event.sender.login}"
    async with services.database.write() as session:
        installation = await find_installation(session, provider, event.installation)
        if installation is None or not installation.active:
            return f"installation {event.installation} is not active"
        repository = await _repository(session, provider, installation, event)
        if not event.key:
            return await _rerun_head(session, services, repository, event, actor)
        shown = await find_execution(session, installation.organization_id, event.key)
        if shown is None:
            return "the check is not of this instance"
        cycle = await session.get_one(TestCycle, shown.cycle_id, with_for_update=True)
        if repository is None or cycle.repository_id != repository.id:
            return "the check is of another repository"
        if (await latest_execution(session, cycle.id)).id != shown.id:
            # Also when this very press was answered before a crash and is read once more.
            return "the check is not of the newest execution"
        try:
            return await press(session, services, cycle, shown, actor)
        except Refused as refusal:
            return str(refusal)


async def _repository(
    session: AsyncSession, provider: str, installation: Installation, event: RerunRequested
) -> Repository | None:
    told = event.repository
    return await find_repository(session, installation.organization_id, provider, told.path, external_id=told.id)


async def _rerun_head(
    session: AsyncSession, services: Services, repository: Repository | None, event: RerunRequested, actor: str
) -> str:
    if repository is None:
        return f"{event.repository.path} is not known to us"
    cycles = await newest_cycles_on(session, repository, None, event.head_sha)
    return _words(await rerun_all(session, services, [(cycle, ALL) for cycle in cycles], actor), event.head_sha)


def _words(done: RerunHead, head_sha: str) -> str:
    told = [*(f"{suite}: runs again" for suite in done.started), *done.refused]
    return ", ".join(told) or f"there are no tests of {head_sha[:7]}"


_Press = Callable[[AsyncSession, Services, TestCycle, Execution, str], Awaitable[str]]


async def _all(session: AsyncSession, services: Services, cycle: TestCycle, shown: Execution, actor: str) -> str:
    await rerun(session, services, cycle, ALL, actor)
    return f"{cycle.suite}: runs again"


async def _failed(session: AsyncSession, services: Services, cycle: TestCycle, shown: Execution, actor: str) -> str:
    await rerun(session, services, cycle, await failed_of(session, cycle), actor)
    return f"{cycle.suite}: what failed runs again"


async def _quarantine(session: AsyncSession, services: Services, cycle: TestCycle, shown: Execution, actor: str) -> str:
    tests = await failed_tests(session, shown)
    repository = await session.get(Repository, cycle.repository_id) if cycle.repository_id else None
    if repository is None or not tests:
        return f"{cycle.suite}: no test failed in it"
    if len(tests) > _MOST_TESTS:
        return f"{cycle.suite}: {len(tests)} tests failed, too many for quarantine by a button"
    by = actor.partition(":")[2]
    until = services.clock() + QUARANTINE_FOR
    said = [
        await put(session, services, repository, test, by=by, until=until, reason="by the button of a check")
        for test in tests
    ]
    return "; ".join(said)


_BUTTONS: Mapping[str, _Press] = MappingProxyType(
    {"": _all, RERUN_ALL.identifier: _all, RERUN_FAILED.identifier: _failed, QUARANTINE.identifier: _quarantine}
)
