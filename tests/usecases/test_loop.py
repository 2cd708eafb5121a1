"""From a trigger to what stands on the pull request, on every host."""

import pytest

from bot.domain.trigger import Trigger
from bot.usecases.start_cycle import start_cycle
from providers.interface import Capabilities
from simulators.github.models import PullRequest
from simulators.names import STAGES
from simulators.stage import Pull
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import WHERE, on, once_on

pytestmark = pytest.mark.anyio


async def trigger(desk: Desk, pull: Pull | PullRequest, command: str, **context: object) -> str:
    wire = {"projectId": desk.project.id, "command": command, "ciContext": desk.context(pull, **context)}
    started = await start_cycle(desk.services, desk.caller, Trigger.model_validate(wire))
    assert started.warnings == ()
    return started.cycle_id


@on()
async def test_a_red_suite_gets_a_verdict_and_a_comment(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(3))
    await desk.drain()
    (verdict,), (comment,) = desk.stage.verdicts(pull), desk.stage.comments(pull)
    assert (verdict.name, verdict.outcome) == ("Agnox / shop", "failed")
    assert "3 of 5 tests failed" in verdict.title
    assert len(verdict.lines) == (3 if desk.stage.name in WHERE["annotations"] else 0)
    assert "3 of 5 tests failed" in comment.body and not comment.settled


@once_on()
async def test_the_table_of_capabilities_tells_the_truth(desk: Desk) -> None:
    told = (await desk.provider()).capabilities
    assert isinstance(told, Capabilities)
    assert {name: desk.stage.name in hosts for name, hosts in WHERE.items()} == {
        name: getattr(told, name) for name in WHERE
    }


def test_every_host_that_can_be_simulated_is_in_the_table() -> None:
    assert set().union(*WHERE.values()) == set(STAGES)
