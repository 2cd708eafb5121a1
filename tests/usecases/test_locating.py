"""Which pull request and head a cycle is for."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from bot.store.models import PullRequest, Repository, TestCycle
from bot.usecases.track_pull_request import remember
from providers import values
from simulators.github import models
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


def merge(desk: Desk, pull: models.PullRequest) -> str:
    """The test merge that a CI of the host checks out."""
    sha = desk.simulator.commit(desk.repository, {}, branch=f"merge-of-{pull.head.sha[:7]}")
    made = desk.repository.commits[sha]
    made.parents = (pull.base.sha, pull.head.sha)
    return sha


@pytest.mark.parametrize("branch", ["1/merge", "refs/pull/1/merge", None])
async def test_a_merge_commit_stands_for_the_head(desk: Desk, branch: str | None) -> None:
    pull = desk.open()
    await desk.deliver(desk.simulator.events.pull_request("opened", pull))
    cycle_id = await trigger(desk, pull, suite(1), commitSha=merge(desk, pull), branch=branch)
    await desk.drain()
    async with desk.database.read() as session:
        assert (await session.get_one(TestCycle, cycle_id)).head_sha == pull.head.sha
    assert len(desk.simulator.state.comments) == 1


async def test_the_merge_of_an_older_head_does_not_speak_for_the_newer_one(desk: Desk) -> None:
    pull = desk.open()
    old, old_merge = pull.head.sha, merge(desk, pull)
    desk.simulator.push(pull)
    await desk.deliver(desk.simulator.events.pull_request("synchronize", pull))
    await trigger(desk, pull, suite(1))
    await desk.drain()
    await trigger(desk, pull, suite(0), commitSha=old_merge, branch="1/merge")
    await desk.drain()
    (comment,) = desk.simulator.state.comments.values()
    assert "1 of 3 tests failed" in comment.body
    verdicts = {run.suite.head_sha: run.conclusion for run in desk.simulator.state.check_runs.values()}
    assert verdicts == {pull.head.sha: "failure", old: "success"}


async def test_a_short_commit_is_looked_up(desk: Desk) -> None:
    pull = desk.open()
    desk.repository.commits[pull.head.sha[:12]] = desk.repository.commits[pull.head.sha]
    await trigger(desk, pull, suite(1), commitSha=pull.head.sha[:12])
    await desk.drain()
    assert len(desk.simulator.state.comments) == 1


async def test_an_answer_that_is_older_than_a_delivery_does_not_count(desk: Desk) -> None:
    pull = desk.open()
    with time_machine.travel(timedelta(minutes=1)):
        desk.simulator.push(pull)
        await desk.deliver(desk.simulator.events.pull_request("synchronize", pull))
    async with desk.database.read() as session:
        row = (await session.scalars(select(PullRequest))).one()
        repository = await session.get_one(Repository, row.repository_id)
    stale = values.PullRequest(
        repository=values.Repository(repository.external_id, repository.path),
        number=pull.number,
        head_sha="0" * 40,
        head_ref="feature",
        base_ref="main",
        updated_at="2020-01-01T00:00:00Z",
    )
    async with desk.database.write() as session:
        await remember(session, repository, stale)
    async with desk.database.read() as session:
        assert (await session.get_one(PullRequest, row.id)).head_sha == pull.head.sha


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
