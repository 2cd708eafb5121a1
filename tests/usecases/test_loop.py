"""From a trigger to what stands on the pull request."""

import pytest

from bot.domain.trigger import Trigger
from bot.usecases.start_cycle import start_cycle
from simulators.github.models import PullRequest
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk

pytestmark = pytest.mark.anyio


async def trigger(desk: Desk, pull: PullRequest, command: str, **context: object) -> str:
    wire = {"projectId": desk.project.id, "command": command, "ciContext": desk.context(pull, **context)}
    started = await start_cycle(desk.services, desk.caller, Trigger.model_validate(wire))
    assert started.warnings == ()
    return started.cycle_id


async def test_a_red_suite_gets_a_check_run_and_a_comment(desk: Desk) -> None:
    pull = desk.open()
    await trigger(desk, pull, suite(3))
    await desk.drain()
    (check,) = desk.simulator.state.check_runs.values()
    (comment,) = desk.simulator.state.comments.values()
    assert (check.status, check.conclusion, len(check.annotations)) == ("completed", "failure", 3)
    assert "3 of 5 tests failed" in comment.body
