"""Buttons of checks: who may press them, and what they do."""

import pytest
from sqlalchemy import select

from bot.store.models import Execution, Quarantined
from tests.usecases.hosts import once_on
from tests.usecases.reruns.bench import Again
from tests.usecases.runs.bench import GREEN, Ci, job

pytestmark = pytest.mark.anyio


async def press(again: Again, action: str = "requested_action", identifier: str | None = None, login: str = "") -> str:
    """Somebody presses a button of our newest check; gives the delivery's note."""
    simulator = again.desk.simulator
    sender = simulator.add_app(login).bot if login else simulator.set_role(again.desk.repository, "grace", "write")
    run = list(simulator.state.check_runs.values())[-1]
    return (await again.desk.deliver(simulator.events.check_run(action, run, sender, identifier))).note


def offered(again: Again) -> list[str]:
    run = list(again.desk.simulator.state.check_runs.values())[-1]
    return [action["identifier"] for action in run.actions]


@once_on({"github"})
async def test_a_red_check_offers_three_and_a_green_one_to_run_again(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("a")
    await again.pytest(pull, *"ab")
    assert offered(again) == ["rerun_failed", "rerun_all", "quarantine"]
    again.fails("")
    again.desk.stage.push(pull)
    await again.pytest(pull, *"ab")
    assert offered(again) == ["rerun_all"]


@once_on({"github"})
async def test_what_failed_runs_again_once_however_often_the_press_is_told(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("a")
    await again.pytest(pull, *"ab")
    assert again.ran == ["a", "b"]
    assert await press(again, identifier="rerun_failed") == "shop: what failed runs again"
    assert await press(again, identifier="rerun_failed") == "the check is not of the newest execution"
    await again.desk.drain()
    assert again.ran == ["a"]
    assert await press(again, identifier="rerun_all") == "shop: runs again"
    await again.desk.drain()
    assert again.ran == ["a", "b"]
    assert await press(again, "rerequested") == "shop: runs again"
    assert "no button" in await press(again, identifier="deploy")


@once_on({"github"})
async def test_nobody_wants_what_a_bot_presses(again: Again) -> None:
    again.fails("a")
    await again.pytest(again.desk.stage.open_pull(), "a")
    assert (await press(again, identifier="rerun_all", login="dependabot")).endswith("is a bot: nobody wants it")


@once_on({"github"})
async def test_quarantine_takes_the_tests_that_failed(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("a")
    await again.pytest(pull, *"ab")
    assert "tests/test_shop.py::test_a is in quarantine" in await press(again, identifier="quarantine")
    async with again.desk.database.read() as session:
        (row,) = await session.scalars(select(Quarantined))
    assert (row.test, row.by, row.automatic) == ("tests/test_shop.py::test_a", "grace", False)
    assert row.until is not None and (row.until - again.desk.services.clock()).days in (13, 14)
    await again.desk.drain()
    assert offered(again) == ["rerun_failed", "rerun_all"]


@once_on({"github"})
async def test_all_checks_of_a_head_can_be_meant(again: Again) -> None:
    again.fails("a")
    await again.pytest(again.desk.stage.open_pull(), *"ab")
    simulator = again.desk.simulator
    writer = simulator.set_role(again.desk.repository, "grace", "write")
    run = list(simulator.state.check_runs.values())[-1]
    delivery = await again.desk.deliver(simulator.events.check_suite("rerequested", run.suite, writer))
    assert delivery.note == "shop: runs again"
    await again.desk.drain()
    async with again.desk.database.read() as session:
        assert list(await session.scalars(select(Execution.attempt).order_by(Execution.id))) == [1, 2]


@once_on({"github"})
async def test_a_check_of_a_ci_run_has_it_run_by_the_host(ci: Ci, again: Again) -> None:
    pull = await ci.opened()
    run = await ci.run(pull, GREEN, job(1))
    simulator = ci.desk.simulator
    writer = simulator.set_role(ci.desk.repository, "grace", "write")
    check = next(each for each in simulator.state.check_runs.values() if each.name == "Agnox / CI")
    await ci.desk.deliver(simulator.events.check_run("requested_action", check, writer, "rerun_failed"))
    await ci.desk.drain()
    assert list(ci.stage.reruns(run)) == ["failed"]
