"""Runs of a fork's pull request that are in the fork, of which no hook tells, are looked for."""

from datetime import timedelta

import pytest

from bot.usecases.follow_fork import LOOKS
from bot.usecases.note_run import QUICK
from simulators.gitlab.stage import GitlabStage
from tests.usecases.hosts import once_on
from tests.usecases.runs.bench import Ci, job
from tests.usecases.runs.test_waiting import later

pytestmark = pytest.mark.anyio
SECOND = timedelta(seconds=1)
NOW = timedelta(0)


@pytest.fixture(autouse=True)
def forks_build_at_home(ci: Ci) -> None:
    if isinstance(ci.stage, GitlabStage):
        ci.stage.forks_build_at_home = True


@once_on({"gitlab"})
async def test_a_run_in_a_fork_is_found_and_answered(ci: Ci) -> None:
    pull = await ci.opened(fork=True)
    run = ci.stage.begin_run("CI", pull)
    assert ci.stage.run_posts(run) == []
    await ci.desk.drain()
    assert await ci.rows() == []
    later(ci, LOOKS[0] + SECOND)
    await ci.desk.drain(within=NOW)
    (row,) = await ci.rows()
    assert (row.state, row.head_sha) == ("running", pull.head_sha)
    ci.stage.end_run(run, job(1))
    later(ci, LOOKS[0] + QUICK[1])
    await ci.desk.drain()
    assert "1 of 3 tests failed" in ci.comment(pull).body


@once_on({"gitlab"})
async def test_three_looks_and_no_more(ci: Ci) -> None:
    pull = await ci.opened(fork=True)
    looked = []
    for minutes in range(120):
        later(ci, timedelta(minutes=minutes) + SECOND)
        looked += [minutes for ran in await ci.desk.drain(within=NOW) if ran == "look_into_fork"]
    assert looked == [3, 10, 30]
    ci.stage.begin_run("CI", pull)
    later(ci, timedelta(hours=3))
    assert await ci.desk.drain() == []


@once_on({"gitlab"})
async def test_none_once_a_run_is_known_or_the_head_is_another(ci: Ci) -> None:
    assert isinstance(ci.stage, GitlabStage)
    ci.stage.forks_build_at_home = False
    await ci.run(await ci.opened(fork=True), job(1))
    other = await ci.opened("other", fork=True)
    ci.stage.push(other)
    await ci.desk.tell(ci.stage.pushed(other))
    await ci.desk.drain()
    ci.stage.close(other)
    await ci.desk.tell(ci.stage.closed(other))
    await ci.desk.drain()
    ci.reads()
    later(ci, LOOKS[0] + SECOND)
    await ci.desk.drain(within=NOW)
    assert ci.reads() == []


@once_on({"azure", "github"})
async def test_hosts_that_tell_of_forks_are_not_asked(ci: Ci) -> None:
    await ci.opened(fork=True)
    await ci.desk.drain()
    ci.reads()
    later(ci, LOOKS[0] + SECOND)
    assert "look_into_fork" in await ci.desk.drain(within=NOW)
    assert ci.reads() == []


@once_on({"gitlab"})
async def test_pull_requests_of_the_repository_itself_are_not_looked_into(ci: Ci) -> None:
    await ci.opened()
    later(ci, LOOKS[-1])
    assert "look_into_fork" not in await ci.desk.drain()
