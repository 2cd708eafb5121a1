"""The loop with exactly the permissions that app.yml asks for, and with less."""

from pathlib import Path

import pytest
import yaml

from bot.domain.trigger import Trigger
from bot.store.models import TestCycle
from bot.usecases.start_cycle import start_cycle
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_kind", ["sqlite"])]

MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "app.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("missing", "checks", "statuses", "comments", "refused"),
    [
        (set(), 1, 0, 1, False),
        ({"checks"}, 0, 1, 1, False),
        ({"checks", "statuses"}, 0, 0, 1, True),
        ({"pull_requests"}, 1, 0, 0, True),
    ],
)
async def test_a_red_suite(
    desk: Desk, missing: set[str], checks: int, statuses: int, comments: int, refused: bool
) -> None:
    granted = MANIFEST["default_permissions"].items()
    desk.installation.permissions = {name: level for name, level in granted if name not in missing}
    pull = desk.open()
    await desk.deliver(desk.simulator.events.pull_request("opened", pull))
    wire = {"projectId": desk.project.id, "command": suite(3), "ciContext": desk.context(pull)}
    started = await start_cycle(desk.services, desk.caller, Trigger.model_validate(wire))
    await desk.drain()
    state = desk.simulator.state
    assert len(state.check_runs) == checks
    assert len({status.context for status in state.statuses}) == statuses
    assert len(state.comments) == comments
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, started.cycle_id)
    assert (cycle.state, bool(cycle.refusal)) == ("FAILED", bool(missing & {"statuses", "pull_requests"}))
