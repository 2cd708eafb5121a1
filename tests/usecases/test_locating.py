"""Which pull request and head a cycle is for."""

import pytest

from bot.store.models import PullRequest, TestCycle
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio


async def locate(desk: Desk, **context: object) -> tuple[TestCycle, PullRequest | None]:
    """Triggers with a context and gives what was found for it."""
    pull = desk.open()
    cycle_id = await trigger(desk, pull, suite(1), **context)
    await desk.drain()
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
        found = await session.get(PullRequest, cycle.pull_request_id) if cycle.pull_request_id else None
    return cycle, found


@pytest.mark.parametrize("branch", ["1/merge", "refs/pull/1/merge"])
async def test_a_merge_commit_stands_for_the_head(desk: Desk, branch: str) -> None:
    cycle, pull = await locate(desk, commitSha="ab" * 20, branch=branch)
    assert pull is not None
    assert cycle.head_sha == pull.head_sha
    assert len(desk.simulator.state.comments) == 1


async def test_a_number_alone_is_enough(desk: Desk) -> None:
    cycle, pull = await locate(desk, commitSha=None)
    assert pull is not None
    assert cycle.head_sha == pull.head_sha


async def test_a_commit_alone_is_enough(desk: Desk) -> None:
    _, pull = await locate(desk, prNumber=None)
    assert pull is not None
    assert pull.number == 1


async def test_a_commit_without_a_pull_request_gets_a_check_run(desk: Desk) -> None:
    sha = desk.simulator.commit(desk.repository, {"a.txt": "a"})
    cycle, pull = await locate(desk, prNumber=None, commitSha=sha, branch="main")
    assert pull is None
    assert cycle.problem == ""
    assert [run.suite.head_sha for run in desk.simulator.state.check_runs.values()] == [sha]
    assert not desk.simulator.state.comments


async def test_a_pull_request_that_is_not_there_is_told(desk: Desk) -> None:
    cycle, _ = await locate(desk, prNumber=99, commitSha=None)
    assert "pull request 99" in cycle.problem


async def test_an_older_commit_of_the_pull_request_keeps_its_own_verdict(desk: Desk) -> None:
    pull = desk.open()
    old = pull.head.sha
    desk.simulator.push(pull)
    await desk.deliver(desk.simulator.events.pull_request("synchronize", pull))
    await trigger(desk, pull, suite(1), commitSha=old)
    await desk.drain()
    assert [run.suite.head_sha for run in desk.simulator.state.check_runs.values()] == [old]
    assert not desk.simulator.state.comments
