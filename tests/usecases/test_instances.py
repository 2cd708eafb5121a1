"""An organization's integration goes to another instance, whose repositories have the same numbers."""

import pytest
from sqlalchemy import select

from bot.store.models import Integration, Organization, Repository, TestCycle
from bot.usecases.hooks import add_hook
from bot.usecases.integrations import add_integration, remove_integration
from bot.usecases.rerun import rerun_cycle
from tests.e2e.suites import suite
from tests.stages import a_stage
from tests.usecases.conftest import Desk
from tests.usecases.hosts import WHERE, once_on
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio


async def _leave(desk: Desk) -> None:
    async with desk.database.read() as session:
        integration_id = (await session.scalars(select(Integration.id))).one()
    await remove_integration(desk.database, integration_id, actor="test")


@once_on(WHERE["hooks"])
async def test_nothing_is_told_on_another_instance(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await desk.tell(desk.stage.opened(pull))
    cycle = await trigger(desk, pull, suite(1))
    await desk.drain()
    await _leave(desk)
    other = a_stage(desk.stage.name)
    with other.serve():
        theirs = other.open_pull(title="Something quite different")
        assert theirs.number == pull.number
        assert other.integration is not None
        credential, address, _ = other.integration
        await add_integration(desk.services, "acme", other.name, credential, address, actor="test")
        other.calls.clear()
        await rerun_cycle(desk.services, desk.caller, cycle)
        await desk.drain()
        assert not other.calls.writes()
        assert other.comments(theirs) == []
        async with desk.database.read() as session:
            assert "was removed" in (await session.get_one(TestCycle, cycle)).refusal


@once_on(WHERE["hooks"])
async def test_coming_back_to_an_instance_takes_up_where_it_was_left(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await desk.tell(desk.stage.opened(pull))
    await trigger(desk, pull, suite(1))
    await desk.drain()
    (red,) = desk.stage.comments(pull)
    await _leave(desk)
    assert desk.stage.integration is not None
    credential, address, place = desk.stage.integration
    await add_integration(desk.services, "acme", desk.stage.name, credential, address, actor="test")
    await add_hook(desk.services, "acme", desk.stage.name, place, actor="test")
    desk.stage.push(pull)
    await desk.tell(desk.stage.pushed(pull))
    await trigger(desk, pull, suite(0))
    await desk.drain()
    (green,) = desk.stage.comments(pull)
    assert (green.id, "passed" in green.body) == (red.id, True)
    async with desk.database.read() as session:
        assert len((await session.scalars(select(Repository))).all()) == 1


@once_on(WHERE["hooks"])
async def test_a_delivery_of_a_hook_that_went_makes_nothing(desk: Desk) -> None:
    posts = desk.stage.opened(desk.stage.open_pull())
    await _leave(desk)
    for delivery in await desk.tell(posts):
        assert (delivery.state, delivery.note) == ("ignored", "its hook was removed meanwhile")
    async with desk.database.read() as session:
        assert (await session.scalars(select(Organization.name))).all() == ["acme"]
