"""Where the newest verdict counts for all pushes, only the head of now is spoken of."""

import pytest
from sqlalchemy import select

from bot.store.models import Job, JobState
from simulators.azure.stage import AzureStage
from simulators.stage import Pull
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import WHERE, once_on
from tests.usecases.test_loop import trigger

pytestmark = [pytest.mark.anyio]


def _told(pull: Pull) -> list[tuple[int | None, str]]:
    """Iteration and state of what was said, oldest first."""
    return [(status.iteration_id, status.state) for status in pull.native.statuses]


async def _set(desk: Desk, job_id: str, state: JobState) -> None:
    async with desk.database.write() as session:
        (await session.get_one(Job, job_id)).state = state


@once_on(WHERE["awaits"])
async def test_a_late_result_of_an_old_head_is_not_the_newest_word(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await desk.tell(desk.stage.opened(pull))
    await trigger(desk, pull, suite(0))
    await desk.drain(but=frozenset({"run_execution"}))
    async with desk.database.read() as session:
        query = select(Job.id).where(Job.function == "run_execution", Job.state == JobState.QUEUED)
        late = (await session.scalars(query)).one()
    desk.stage.push(pull)
    await desk.tell(desk.stage.pushed(pull))
    await _set(desk, late, JobState.DONE)
    await trigger(desk, pull, suite(2))
    await desk.drain()
    await _set(desk, late, JobState.QUEUED)
    await desk.drain()
    assert _told(pull)[-1] == (2, "failed")


@once_on(WHERE["awaits"])
@pytest.mark.parametrize("anew", [False, True])
async def test_a_head_that_comes_back_is_a_push_of_its_own(desk: Desk, anew: bool) -> None:
    assert isinstance(desk.stage, AzureStage)
    pull = desk.stage.open_pull()
    first = pull.head_sha
    await desk.tell(desk.stage.opened(pull))
    await trigger(desk, pull, suite(1))
    await desk.drain()
    desk.stage.push(pull)
    await desk.tell(desk.stage.pushed(pull))
    await trigger(desk, pull, suite(0))
    await desk.drain()
    assert _told(pull)[-1] == (2, "succeeded")
    desk.stage.simulator.push(pull.native, sha=first, force=True)
    pull.head_sha = first
    await desk.tell(desk.stage.pushed(pull))
    await desk.drain()
    assert _told(pull)[-1] == (3, "failed")
    if anew:
        await trigger(desk, pull, suite(0))
        await desk.drain()
        assert _told(pull)[-1][0] == 3
