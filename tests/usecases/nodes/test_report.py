"""What stands on a pull request whose tests no node can take."""

import pytest

from bot.domain.trigger import Trigger
from bot.usecases.start_cycle import start_cycle
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on

pytestmark = pytest.mark.anyio


@on()
async def test_it_says_what_is_waited_for(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    wire = {"projectId": desk.project.id, "command": "true", "labels": ["gpu"], "ciContext": desk.context(pull)}
    await start_cycle(desk.services, desk.caller, Trigger.model_validate(wire))
    await desk.drain(but=frozenset({"run_execution"}))
    (verdict,) = desk.stage.verdicts(pull)
    assert (verdict.outcome, desk.stage.comments(pull)) == ("pending", [])
    assert verdict.title == "The tests are waiting: no testing node with the label gpu is at work"
