"""A file that a host can't give for a moment is asked for again, a few times; then the report says what is missing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.store.models import Job, JobState
from bot.usecases.read_run import AGAIN
from simulators.faults import Fault
from tests.usecases.hosts import once_on
from tests.usecases.runs.bench import Ci, job
from tests.usecases.runs.test_waiting import later

pytestmark = pytest.mark.anyio

LOGS = {"azure": r"/logs/\d+$", "github": r"/actions/jobs/\d+/logs$", "gitlab": r"/trace$"}
JSON = {"content-type": "application/json"}
LONG = sum(AGAIN, timedelta(minutes=1))


def failing(ci: Ci, times: int | None) -> Fault:
    fault = Fault(method="GET", path=LOGS[ci.stage.name], times=times, status=503, headers=JSON, body=b"{}")
    return ci.stage.faults.add(fault)


@once_on(LOGS)
async def test_a_storage_that_fails_once_costs_nothing(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    fault = failing(ci, 1)
    await ci.end(run, job(1))
    await ci.desk.drain(within=AGAIN[0])
    assert fault.hits == 1
    assert "1 of 3 tests failed" in ci.comment(pull).body
    assert "could not be had" not in ci.comment(pull).body
    assert len(await ci.executions()) == 1


@once_on(LOGS)
async def test_one_that_fails_on_and_on_is_told(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    fault = failing(ci, None)
    await ci.end(run, job(1), drain=False)
    await ci.desk.drain(within=LONG)
    assert fault.hits == 1 + len(AGAIN)
    (execution,) = await ci.executions()
    assert "could not be had" in execution.notes
    assert "1 of 3 tests failed" in ci.comment(pull).body
    later(ci, 2 * LONG)
    await ci.desk.drain()
    assert fault.hits == 1 + len(AGAIN)


@once_on({"azure"})
async def test_each_pause_is_kept(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    failing(ci, None)
    await ci.end(run, job(1), drain=False)
    await ci.desk.drain(within=timedelta(seconds=1))
    async with ci.desk.database.read() as session:
        query = select(Job).where(Job.function == "read_run", Job.state == JobState.QUEUED)
        (again,) = (await session.scalars(query)).all()
    assert again.arguments["tries"] == 1
    assert again.run_at - again.created_at == AGAIN[0]
    assert ci.stage.comments(pull) == []


@once_on({"azure"})
async def test_what_is_gone_is_not_asked_for_again(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    gone = Fault(method="GET", path=LOGS["azure"], times=None, status=404, headers=JSON, body=b'{"message":"gone"}')
    ci.stage.faults.add(gone)
    await ci.end(run, job(1), drain=False)
    await ci.desk.drain(within=LONG)
    assert gone.hits == 1
    assert "1 of 3 tests failed" in ci.comment(pull).body
