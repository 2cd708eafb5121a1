"""What stands on the host after what can go wrong on the way there."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from bot.domain.cycle import CycleState
from bot.store.cycles import latest_execution
from bot.store.jobs import finish
from bot.store.models import Job, JobState, TestCycle
from providers.errors import RateLimited, Unavailable
from simulators.faults import Fault, answer_lost
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on, once_on
from tests.usecases.test_loop import trigger
from tests.usecases.test_publishing import NOT_PUBLISHED, republish

pytestmark = pytest.mark.anyio


async def test_a_log_with_a_nul_is_no_trouble(desk: Desk) -> None:
    cycle_id = await trigger(desk, desk.stage.open_pull(), "printf 'ValueError: bad \\000 byte\\n'; exit 1")
    await desk.drain()
    async with desk.database.read() as session:
        assert (await session.get_one(TestCycle, cycle_id)).state == CycleState.ERROR


async def test_a_long_line_is_a_remark_and_no_trouble(desk: Desk) -> None:
    command = suite(0, before="head -c 9000 /dev/zero | tr '\\0' x; echo")
    cycle_id = await trigger(desk, desk.stage.open_pull(), command)
    await desk.drain()
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
        execution = await latest_execution(session, cycle_id)
    assert (cycle.state, execution.problem) == (CycleState.PASSED, "")
    assert "output.log" in execution.notes


@on()
async def test_a_job_that_dies_does_not_leave_the_cycle_open(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    cycle_id = await trigger(desk, pull, suite(1))
    async with desk.database.write() as session:
        job = (await session.scalars(select(Job).where(Job.function == "run_execution"))).one()
        job.state, job.lease_owner = JobState.RUNNING, "somebody"
        await session.flush()
        await finish(session, job, JobState.DEAD, error="its worker died 5 times", now=desk.services.clock())
    await desk.drain()
    async with desk.database.read() as session:
        assert (await session.get_one(TestCycle, cycle_id)).state == CycleState.ERROR
    (verdict,), (comment,) = desk.stage.verdicts(pull), desk.stage.comments(pull)
    assert verdict.outcome == "failed"
    assert "its worker died" in comment.body


@on()
async def test_a_lost_answer_makes_nothing_twice(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    await desk.drain(but=NOT_PUBLISHED)
    for name in ("verdict", "comment"):
        where = desk.stage.targets[name]
        desk.stage.faults.add(answer_lost(method=where.method, path=where.path))
    for _ in range(2):
        with pytest.raises(Unavailable):
            await republish(desk)
    await republish(desk)
    assert len(desk.stage.verdicts(pull)) == len(desk.stage.comments(pull)) == 1
    assert desk.verdict(pull).outcome == "failed"


@once_on()
async def test_a_rate_limit_names_the_time_to_come_back(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    await desk.drain(but=NOT_PUBLISHED)
    where = desk.stage.targets["verdict"]
    desk.stage.faults.add(
        Fault(method=where.method, path=where.path, status=429, headers={"retry-after": "120"}, body=b"{}")
    )
    with pytest.raises(RateLimited) as limited:
        await republish(desk)
    assert 100 < (limited.value.retry_at - desk.services.clock()).total_seconds() < 140
    desk.stage.calls.clear()
    with pytest.raises(RateLimited):
        await republish(desk)
    assert not desk.stage.calls.without_tokens(), "the host asked for silence"
    with time_machine.travel(limited.value.retry_at + timedelta(seconds=1)):
        await republish(desk)
    assert len(desk.stage.verdicts(pull)) == 1
