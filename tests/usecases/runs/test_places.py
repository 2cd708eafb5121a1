"""Which pull requests a run is for."""

import pytest
from sqlalchemy import select

from bot.store.models import PullRequest
from simulators.github.stage import GithubStage
from tests.usecases.hosts import on, once_on
from tests.usecases.runs.bench import Ci, job

pytestmark = pytest.mark.anyio


@on({"github"})
async def test_each_pull_request_with_the_head_gets_its_report(ci: Ci) -> None:
    first = await ci.opened()
    second = ci.stage.open_pull("other", sha=first.head_sha)
    await ci.desk.tell(ci.stage.opened(second))
    await ci.run(first, job(1))
    for pull in (first, second):
        assert "1 of 3 tests failed" in ci.comment(pull).body
    assert len(await ci.cycles()) == 1
    assert len(ci.stage.verdicts(first)) == 1


@once_on({"github"})
async def test_one_that_is_opened_later_gets_it_too(ci: Ci) -> None:
    first = await ci.opened()
    await ci.run(first, job(1))
    second = ci.stage.open_pull("other", sha=first.head_sha)
    await ci.desk.tell(ci.stage.opened(second))
    await ci.desk.drain()
    assert "1 of 3 tests failed" in ci.comment(second).body


@once_on({"github"})
async def test_a_run_for_a_push_is_read_when_a_pull_request_comes_of_it(ci: Ci) -> None:
    stage = ci.stage
    assert isinstance(stage, GithubStage)
    run = stage.begin_run("CI", sha=stage.simulator.commit(stage.repository, {"a.txt": "a"}, branch="feature"))
    run.native.branch = "feature"
    await ci.end(run, job(1))
    assert await ci.cycles() == []
    pull = stage.open_pull("feature", sha=run.sha)
    await ci.desk.tell(stage.opened(pull))
    await ci.desk.drain()
    assert "1 of 3 tests failed" in ci.comment(pull).body


@once_on({"github"})
async def test_the_same_workflow_for_a_push_and_for_the_pull_request(ci: Ci) -> None:
    pull = await ci.opened()
    pushed = ci.stage.begin_run("CI", pull)
    pushed.native.event = "push"
    await ci.end(pushed, job(1))
    await ci.run(pull, job(0))
    assert "1 of" in ci.comment(pull).body
    assert "failed" in ci.comment(pull).body
    assert all(cycle.superseded_by is None for cycle in await ci.cycles())


@once_on({"github"})
async def test_a_whole_run_anew_takes_the_place_of_the_one_before(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(1))
    await ci.run(pull, job(2))
    first, second = await ci.cycles()
    assert first.superseded_by == second.id
    assert "2 of 4 tests failed" in ci.comment(pull).body


@once_on({"github"})
async def test_pull_requests_of_others_are_not_taken_for_ours(ci: Ci) -> None:
    pull = await ci.opened(fork=True, told=False)
    run = ci.stage.begin_run("CI", pull)
    ci.stage.push(pull)
    await ci.end(run, job(1))
    async with ci.desk.database.read() as session:
        assert (await session.scalars(select(PullRequest))).all() == []
    assert await ci.cycles() == []
