"""When access is taken away, work stops at once and what was kept goes a day later."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.domain.cycle import CycleState
from bot.store.models import Artifact, Execution, Finding, Publication, PullRequest, Repository, TestCycle, TestResult
from bot.usecases.forget_repositories import GRACE
from tests.e2e.suites import junit, suite
from tests.usecases.conftest import Desk
from tests.usecases.past import Past
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio

KEPT = (TestCycle, Execution, Artifact, Finding, TestResult, PullRequest, Publication)


async def _count(desk: Desk) -> dict[str, int]:
    async with desk.database.read() as session:
        return {table.__name__: await session.scalar(select(func.count()).select_from(table)) or 0 for table in KEPT}


def _later(desk: Desk, by: timedelta) -> None:
    at = desk.services.clock() + by
    object.__setattr__(desk.services, "clock", lambda: at)


async def _uninstall(desk: Desk) -> None:
    desk.simulator.uninstall(desk.installation)
    await desk.deliver(desk.simulator.events.installation("deleted", desk.installation))


async def test_open_work_stops_when_the_app_is_removed(desk: Desk) -> None:
    cycle_id = await trigger(desk, desk.stage.open_pull(), suite(1))
    await desk.drain(but=frozenset({"run_execution"}))
    await _uninstall(desk)
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
        (problem,) = await session.scalars(select(Execution.problem))
    assert cycle.state == CycleState.CANCELLED and "was taken away" in problem
    assert "run_execution" in await desk.drain()
    assert (await _count(desk))["Artifact"] == 0, "nothing ran"


async def test_what_was_kept_goes_after_a_day(desk: Desk, tmp_path: Path) -> None:
    await Past(desk, tmp_path).change(desk.stage.open_pull(), junit(2))
    assert all((await _count(desk)).values())
    await _uninstall(desk)
    await desk.drain()
    assert all((await _count(desk)).values()), "it may have been a mistake"
    _later(desk, GRACE + timedelta(minutes=1))
    assert "forget_repositories" in await desk.drain()
    assert not any((await _count(desk)).values())


async def test_who_comes_back_in_time_finds_everything(desk: Desk, tmp_path: Path) -> None:
    await Past(desk, tmp_path).change(desk.stage.open_pull(), junit(2))
    before = await _count(desk)
    await _uninstall(desk)
    again = desk.simulator.install("octo-org", repositories=[desk.repository])
    await desk.deliver(desk.simulator.events.installation("created", again))
    _later(desk, GRACE + timedelta(minutes=1))
    await desk.drain()
    assert await _count(desk) == before


async def test_a_removed_repository_is_forgotten_alone(desk: Desk, tmp_path: Path) -> None:
    await Past(desk, tmp_path).change(desk.stage.open_pull(), junit(2))
    removed = desk.simulator.events.installation_repositories("removed", desk.installation, [desk.repository])
    await desk.deliver(removed)
    _later(desk, GRACE + timedelta(minutes=1))
    await desk.drain()
    assert not any((await _count(desk)).values())
    async with desk.database.read() as session:
        (repository,) = await session.scalars(select(Repository))
    assert repository.removed_at is not None
