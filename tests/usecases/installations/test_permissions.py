"""Permissions that were not granted are told once, with the place where they are."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.store.models import Installation
from tests.e2e.suites import junit
from tests.usecases.conftest import Desk
from tests.usecases.past import Past

pytestmark = pytest.mark.anyio


async def _installation(desk: Desk) -> Installation:
    async with desk.database.read() as session:
        return (await session.scalars(select(Installation))).one()


async def test_what_is_missing_is_told_once_and_gone_when_it_is_granted(desk: Desk, tmp_path: Path) -> None:
    del desk.installation.permissions["actions"]
    await desk.deliver(desk.simulator.events.installation("created", desk.installation))
    await desk.drain()
    assert (await _installation(desk)).missing == "actions: write"

    past, first, second = Past(desk, tmp_path), desk.stage.open_pull(), desk.stage.open_pull(branch="second")
    await past.change(first, junit(1))
    await past.change(second, junit(1))
    (told,), (untold,) = desk.stage.comments(first), desk.stage.comments(second)
    assert "lacks permissions on github (actions: write)" in told.body
    assert "lacks permissions" not in untold.body
    await past.change(first, junit(2))
    assert "lacks permissions" in desk.stage.comments(first)[0].body, "where it was told it stays"

    desk.installation.permissions["actions"] = "write"
    await desk.deliver(desk.simulator.events.installation("new_permissions_accepted", desk.installation))
    await desk.drain()
    assert (await _installation(desk)).missing == ""
    await past.change(first, junit(1))
    assert "lacks permissions" not in desk.stage.comments(first)[0].body
