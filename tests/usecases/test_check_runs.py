"""What stands on a host that has checks: one for each execution, beside what people see of the report."""

from datetime import timedelta

import pytest
import time_machine

from bot.usecases.rerun import rerun_cycle
from providers.errors import RateLimited
from simulators.faults import Fault
from simulators.github.faults import secondary_limit
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.test_loop import trigger
from tests.usecases.test_publishing import NOT_PUBLISHED, NOT_RUN, republish

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]


async def test_every_execution_has_a_check_run_of_its_own(desk: Desk) -> None:
    cycle = await trigger(desk, desk.stage.open_pull(), suite(1))
    await desk.drain()
    await rerun_cycle(desk.services, desk.caller, cycle)
    await desk.drain()
    runs = list(desk.simulator.state.check_runs.values())
    assert [run.conclusion for run in runs] == ["failure", "failure"]
    assert len({run.external_id for run in runs}) == 2
    assert len({run.name for run in runs}) == 1


async def test_a_check_that_the_host_rejects_still_ends(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    await desk.drain(but=NOT_RUN)
    desk.stage.faults.add(
        Fault(method="PATCH", path=r"/check-runs/\d+$", skip=1, status=422, body=b'{"message": "Invalid annotations"}')
    )
    await desk.drain()
    (run,) = desk.simulator.state.check_runs.values()
    assert (run.status, run.conclusion, run.annotations) == ("completed", "failure", [])
    assert len(desk.stage.comments(pull)) == 1


async def test_without_the_right_to_check_runs_the_verdict_is_a_commit_status(desk: Desk) -> None:
    desk.installation.permissions.pop("checks")
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    await desk.drain()
    assert not desk.simulator.state.check_runs
    assert [status.state for status in desk.simulator.state.statuses][-1] == "failure"
    assert len(desk.stage.comments(pull)) == 1
    desk.stage.calls.clear()
    await republish(desk)
    assert not list(desk.stage.calls)


async def test_a_job_that_dies_is_told_in_the_check(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await trigger(desk, pull, "no-such-command-anywhere")
    await desk.drain()
    assert "the command was not found" in desk.verdict(pull).text


async def test_a_secondary_rate_limit_names_the_time_to_come_back(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    await desk.drain(but=NOT_PUBLISHED)
    desk.stage.faults.add(secondary_limit(120, method="POST", path=r"/check-runs$"))
    with pytest.raises(RateLimited) as limited:
        await republish(desk)
    assert 100 < (limited.value.retry_at - desk.services.clock()).total_seconds() < 140
    with time_machine.travel(limited.value.retry_at + timedelta(seconds=1)):
        await republish(desk)
    assert len(desk.simulator.state.check_runs) == 1


async def test_a_comment_that_was_deleted_is_made_anew(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    cycle = await trigger(desk, pull, suite(1))
    await desk.drain()
    desk.simulator.state.comments.clear()
    await rerun_cycle(desk.services, desk.caller, cycle)
    await desk.drain()
    assert len(desk.stage.comments(pull)) == 1
