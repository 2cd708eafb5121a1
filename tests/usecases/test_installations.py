"""An app's installation that is paused, removed, given more rights: what was not told is told when it can be."""

import pytest

from bot.domain.cycle import CycleState
from bot.store.models import TestCycle
from simulators.faults import Fault
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.test_loop import trigger
from tests.usecases.test_publishing import republish

pytestmark = pytest.mark.anyio


async def refusal(desk: Desk, cycle_id: str) -> str:
    async with desk.database.read() as session:
        return (await session.get_one(TestCycle, cycle_id)).refusal


async def test_a_refused_comment_is_told_until_it_is_granted(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    cycle_id = await trigger(desk, pull, suite(1))
    desk.stage.faults.add(
        Fault(method="POST", path=r"/comments$", status=403, body=b'{"message": "Resource not accessible"}')
    )
    await desk.drain()
    for _ in range(2):
        await republish(desk)
        assert "Resource not accessible" in await refusal(desk, cycle_id)
    await desk.deliver(desk.simulator.events.installation("new_permissions_accepted", desk.installation))
    await desk.drain()
    assert len(desk.stage.comments(pull)) == 1
    assert await refusal(desk, cycle_id) == ""


async def test_an_unsuspended_installation_is_taken_up_again(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    desk.simulator.suspend(desk.installation)
    await desk.deliver(desk.simulator.events.installation("suspend", desk.installation))
    await desk.drain()
    assert not desk.stage.comments(pull)
    desk.simulator.unsuspend(desk.installation)
    await desk.deliver(desk.simulator.events.installation("unsuspend", desk.installation))
    await desk.drain()
    assert len(desk.stage.comments(pull)) == len(desk.stage.verdicts(pull)) == 1


async def test_installing_again_joins_the_same_organization(desk: Desk) -> None:
    desk.simulator.uninstall(desk.installation)
    await desk.deliver(desk.simulator.events.installation("deleted", desk.installation))
    again = desk.simulator.install("octo-org", repositories=[desk.repository])
    await desk.deliver(desk.simulator.events.installation("created", again))
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    await desk.drain()
    assert len(desk.stage.comments(pull)) == 1


async def test_a_suspended_installation_is_told_and_costs_no_retry(desk: Desk) -> None:
    cycle_id = await trigger(desk, desk.stage.open_pull(), suite(1))
    desk.simulator.suspend(desk.installation)
    await desk.drain()
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
    assert cycle.state == CycleState.FAILED
    assert "suspended" in cycle.problem


async def test_a_deleted_installation_stops_all_calls(desk: Desk) -> None:
    cycle_id = await trigger(desk, desk.stage.open_pull(), suite(1))
    await desk.deliver(desk.simulator.events.installation("deleted", desk.installation))
    desk.stage.calls.clear()
    await desk.drain()
    assert not list(desk.stage.calls)
    async with desk.database.read() as session:
        assert "removed" in (await session.get_one(TestCycle, cycle_id)).problem
