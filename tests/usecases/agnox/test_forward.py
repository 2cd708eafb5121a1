"""A project's tests are run by its organization's Agnox server."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain.trigger import Trigger
from bot.usecases.agnox.forward import forward_execution
from bot.usecases.cancel import cancel_cycle
from bot.usecases.rerun import rerun_cycle
from bot.usecases.start_cycle import start_cycle
from providers.errors import Unavailable
from simulators.agnox import Execution
from simulators.faults import answer_lost, json_fault
from simulators.stage import Pull
from tests.usecases.agnox.conftest import RED, Bench
from tests.usecases.hosts import on, once_on
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio


@pytest.fixture
def long_enough(bench: Bench) -> Iterator[None]:
    """Runs may take longer than the tests look ahead."""
    object.__setattr__(bench.desk.services, "execution_limit", timedelta(minutes=30))
    yield


async def asked(bench: Bench, pull: Pull) -> Execution:
    """Tests are asked for, and the server has them."""
    desk = bench.desk
    wire = {"projectId": desk.project.id, "image": "tests", "command": "npx playwright test"}
    wanted = Trigger.model_validate({**wire, "ciContext": desk.context(pull)})
    await start_cycle(desk.services, desk.caller, wanted)
    await bench.desk.drain(but=frozenset({"follow_execution"}))
    return bench.remote.executions[-1]


@pytest.mark.usefixtures("long_enough")
@on({"gitlab"})
async def test_they_run_there_and_the_end_is_found_by_asking(bench: Bench) -> None:
    await bench.forwards()
    pull = bench.desk.stage.open_pull()
    run = await asked(bench, pull)
    wire, context = run.request, run.context or {}
    assert (wire["command"], wire["projectId"]) == ("npx playwright test", bench.account.projects[0])
    assert (context["source"], context["prNumber"], context["commitSha"]) == ("gitlab", pull.number, pull.head_sha)
    assert [each.state for each in await bench.executions()] == ["RUNNING"]
    bench.remote.start(run)
    bench.remote.finish(run, "FAILED", RED)
    await bench.desk.drain()
    (execution,) = await bench.executions()
    assert (execution.state, execution.attempt) == ("FAILED", 1)
    assert "pays" in bench.desk.stage.comments(pull)[0].body


@pytest.mark.usefixtures("long_enough")
@once_on({"gitlab"})
async def test_the_webhook_ends_the_waiting(bench: Bench) -> None:
    await bench.forwards()
    run = await asked(bench, bench.desk.stage.open_pull())
    bench.remote.finish(run, "PASSED", "2 passed (3.0s)\n")
    await bench.tell(run)
    await bench.desk.drain()
    assert [each.state for each in await bench.executions()] == ["PASSED"]
    assert len(await bench.cycles()) == 1


@pytest.mark.usefixtures("long_enough")
@once_on({"gitlab"})
async def test_a_rerun_goes_there_too(bench: Bench) -> None:
    await bench.forwards()
    first = await asked(bench, bench.desk.stage.open_pull())
    bench.remote.finish(first, "FAILED", RED)
    await bench.desk.drain()
    (cycle,) = await bench.cycles()
    await rerun_cycle(bench.desk.services, bench.desk.caller, cycle.id)
    await bench.desk.drain(but=frozenset({"follow_execution"}))
    again = bench.remote.executions[-1]
    assert again is not first
    bench.remote.finish(again, "PASSED", "2 passed (3.0s)\n")
    await bench.desk.drain()
    assert [each.attempt for each in await bench.executions()] == [1, 2]


@pytest.mark.usefixtures("long_enough")
@once_on({"gitlab"})
async def test_an_answer_that_is_lost_makes_no_second_cycle(bench: Bench) -> None:
    await bench.forwards()
    bench.remote.faults.add(answer_lost(method="POST", path="/api/ci/trigger", times=1))
    pull = bench.desk.stage.open_pull()
    with pytest.raises(Unavailable):
        await asked(bench, pull)
    lost = bench.remote.executions[-1]
    await bench.again()
    assert bench.remote.executions[-1] is not lost
    bench.remote.finish(lost, "FAILED", RED)
    await bench.tell(lost)
    await bench.desk.drain(but=frozenset({"follow_execution"}))
    assert len(await bench.cycles()) == 1
    assert (await bench.delivery()).note == "its tests were asked for twice: the other run counts"
    assert [each.state for each in await bench.executions()] == ["RUNNING"]


@pytest.mark.usefixtures("long_enough")
@once_on({"gitlab"})
async def test_a_cancelled_one_is_stopped_there(bench: Bench) -> None:
    await bench.forwards()
    run = await asked(bench, bench.desk.stage.open_pull())
    (cycle,) = await bench.cycles()
    await cancel_cycle(bench.desk.services, bench.desk.caller, cycle.id)
    await bench.desk.drain()
    assert run.status == "CANCELLED"
    await bench.tell(run)
    await bench.desk.drain()
    assert [each.state for each in await bench.executions()] == ["CANCELLED"]


@pytest.mark.usefixtures("long_enough")
@once_on({"gitlab"})
async def test_an_overdue_one_is_given_up_and_stopped(bench: Bench) -> None:
    await bench.forwards()
    run = await asked(bench, bench.desk.stage.open_pull())
    bench.later(timedelta(minutes=31))
    await bench.again()
    (execution,) = await bench.executions()
    assert execution.state == "ERROR" and "time limit" in execution.problem
    assert run.status == "CANCELLED"


@once_on({"gitlab"})
async def test_a_refusal_stands_in_the_report(bench: Bench) -> None:
    await bench.forwards()
    bench.remote.faults.add(json_fault(400, {"success": False, "error": "Invalid payload: image"}, path="/api/ci"))
    pull = bench.desk.stage.open_pull()
    await trigger(bench.desk, pull, "pytest")
    await bench.desk.drain()
    (execution,) = await bench.executions()
    assert execution.state == "ERROR" and "Invalid payload: image" in execution.problem
    assert "Invalid payload" in bench.desk.stage.comments(pull)[0].body


@once_on({"gitlab"})
async def test_a_revoked_key_is_told_where_tests_were_wanted(bench: Bench) -> None:
    await bench.forwards()
    bench.account.revoked = True
    await trigger(bench.desk, bench.desk.stage.open_pull(), "pytest")
    await bench.desk.drain()
    (execution,) = await bench.executions()
    assert execution.state == "ERROR" and "401" in execution.problem
    assert (await bench.server()).broken == execution.problem


@once_on({"gitlab"})
async def test_a_server_that_only_tells_runs_nothing(bench: Bench) -> None:
    await bench.forwards()
    async with bench.desk.database.write() as session:
        (await session.merge(await bench.server())).remote_project = ""
    await trigger(bench.desk, bench.desk.stage.open_pull(), "pytest")
    await bench.desk.drain()
    (execution,) = await bench.executions()
    assert execution.state == "ERROR" and "--remote-project" in execution.problem
    await forward_execution(bench.desk.services, execution.id)
    assert bench.remote.executions == []
