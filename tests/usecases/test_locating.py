"""Which pull request and head a cycle is for."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from bot.store.database import Database
from bot.store.models import PullRequest, Repository, TestCycle
from bot.usecases.locate_cycle import locate_cycle
from bot.usecases.track_pull_request import remember
from providers import values
from simulators.github import models
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.forge import Here, beside_forge
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
        await remember(session, repository, stale, desk.services.clock())
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


BASE, HEAD, OLD, MERGE, OLD_MERGE, MAIN = ("b" * 40, "a" * 40, "0a" * 20, "c" * 40, "d" * 40, "e" * 40)
COMMITS = {BASE: (), MAIN: (BASE,), OLD: (BASE,), HEAD: (OLD,), OLD_MERGE: (BASE, OLD), MERGE: (BASE, HEAD)}


@pytest.fixture
async def here(database: Database) -> Here:
    """The forge with the repository `Store/Web` and pull request 42, for which the organization has a token."""
    here = beside_forge(database)
    await here.fill()
    await here.integrate()
    where = values.Repository("7", "Store/Web")
    provider = here.forge.provider
    provider.paths, provider.commits = {"7": "Store/Web", "8": "Store/Api", "9": "Back/Api"}, dict(COMMITS)
    provider.pulls[42] = values.PullRequest(where, 42, HEAD, "fix", "main", merge_sha=MERGE)
    return here


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("context", "head"),
    [
        ({"prNumber": 42}, HEAD),
        ({"prNumber": "!42", "commitSha": HEAD}, HEAD),
        ({"prNumber": 42, "commitSha": HEAD[:9].upper()}, HEAD),
        ({"prNumber": 42, "commitSha": OLD}, OLD),
        ({"commitSha": HEAD}, HEAD),
        # The host's test merge, whether or not the ref that was built says so.
        ({"branch": "refs/pull/42/merge", "commitSha": MERGE}, HEAD),
        ({"branch": "refs/merge-requests/42/merge", "commitSha": OLD_MERGE}, OLD),
        ({"prNumber": 42, "branch": "fix", "commitSha": MERGE}, HEAD),
        ({"branch": "refs/pull/42/head", "commitSha": HEAD}, HEAD),
        ({"branch": "42/merge"}, HEAD),
        ({"branch": "42/merge", "commitSha": MERGE[:8]}, HEAD),
        ({"prNumber": "https://forge.test/Store/Web/pull/42", "commitSha": OLD_MERGE, "branch": "fix"}, OLD_MERGE),
    ],
)
@pytest.mark.parametrize("heard", [False, True])
async def test_what_was_tested_is_found(here: Here, context: dict[str, object], head: str, heard: bool) -> None:
    if heard:
        await here.hear_of("7", here.forge.provider.pulls[42])
    cycle, repository, pull = await here.locate(repository="Store/Web", **context)
    assert (cycle.problem, cycle.head_sha) == ("", head)
    assert repository is not None and (repository.external_id, repository.path) == ("7", "Store/Web")
    assert pull is not None and (pull.number, pull.head_sha) == (42, HEAD)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "named", ["7", "Store/Web", "store/web", "web", "https://u:p@forge.test/Store/Web", "git@ssh.forge.test:Store/Web"]
)
async def test_a_repository_is_found_by_whatever_a_ci_calls_it(here: Here, named: str) -> None:
    for times in (1, 2):
        cycle, repository, _ = await here.locate(repository=named, prNumber=42, commitSha=HEAD)
        assert (cycle.problem, cycle.head_sha) == ("", HEAD)
        assert repository is not None and (repository.external_id, repository.path) == ("7", "Store/Web")
        assert len(here.forge.provider.calls) == 3, f"the host was asked again the {times}. time"


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({"repository": "api", "prNumber": 42}, "several repositories named api: send the whole path"),
        ({"repository": "docs", "prNumber": 42}, "no repository named docs"),
        ({"repository": "99", "prNumber": 42}, "does not show us 99 or it has no pull request 42"),
        (
            {"repository": "Store/Gone", "commitSha": HEAD},
            "does not show us Store/Gone or it has no commit aaaaaaaaaaaa",
        ),
        ({"repository": "Store/Web", "prNumber": 1}, "or it has no pull request 1"),
        ({"repository": "Store/Web", "commitSha": "f" * 40}, "or it has no commit ffffffffffff"),
        (
            {"repository": "Store/Web", "prNumber": 42, "commitSha": "f" * 40},
            "knows no commit ffffffffffff in Store/Web: send the head of pull request 42",
        ),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_what_can_not_be_found_is_told(here: Here, context: dict[str, object], words: str) -> None:
    cycle, _, _ = await here.locate(**context)
    assert words in cycle.problem


@pytest.mark.parametrize("known_as", ["Shop/Web", "7", "old/name"])
async def test_a_renamed_repository_is_followed(here: Here, known_as: str) -> None:
    await here.cover("Old/Name", "7")
    here.forge.provider.paths["7"] = "Shop/Web"
    cycle, repository, pull = await here.locate(repository=known_as, prNumber=42, commitSha=OLD)
    assert (cycle.problem, cycle.head_sha) == ("", OLD)
    assert repository is not None and (repository.external_id, repository.path) == ("7", "Shop/Web")
    assert pull is not None
    async with here.services.database.read() as session:
        assert len((await session.scalars(select(Repository))).all()) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("sha", "head"), [(HEAD, HEAD), (MERGE, HEAD), (HEAD[:8], HEAD), (OLD_MERGE, OLD_MERGE)])
@pytest.mark.parametrize("heard", [False, True])
async def test_without_the_right_to_read_commits_the_present_merge_is_told(
    here: Here, sha: str, head: str, heard: bool
) -> None:
    here.forge.provider.readable = False
    if heard:
        await here.hear_of("7", here.forge.provider.pulls[42])
    cycle, _, pull = await here.locate(repository="Store/Web", prNumber=42, commitSha=sha)
    assert (cycle.problem, cycle.head_sha) == ("", head)
    assert pull is not None


async def test_the_merge_of_a_fork_is_found_by_what_we_were_told(here: Here) -> None:
    provider = here.forge.provider
    provider.pulls[42] = replace(provider.pulls[42], from_fork=True)
    await here.hear_of("7", provider.pulls[42])
    cycle, _, pull = await here.locate(repository="Store/Web", commitSha=HEAD[:8])
    assert pull is not None and pull.number == 42
    assert cycle.head_sha == HEAD


async def test_a_stored_context_that_is_not_read_any_more_is_told(here: Here) -> None:
    """It was stored when its form was still taken."""
    cycle, _, _ = await here.locate(repository="Store/Web", prNumber=42)
    async with here.services.database.write() as session:
        stored = await session.get_one(TestCycle, cycle.id)
        stored.ci_context = {"source": "forge", "repository": "a/b/c", "prNumber": 42}
    await locate_cycle(here.services, cycle.id)
    async with here.services.database.read() as session:
        again = await session.get_one(TestCycle, cycle.id)
    assert "send PROJECT/REPOSITORY" in again.problem
    assert again.repository_id is None


async def test_a_commit_without_a_pull_request_ties_the_cycle_to_its_repository(here: Here) -> None:
    cycle, repository, pull = await here.locate(repository="Store/Web", commitSha=MAIN, branch="refs/heads/main")
    assert (cycle.problem, cycle.head_sha, pull) == ("", MAIN, None)
    assert repository is not None
