"""Each head of a pull request, and each push to the default branch, is tested once where the policy says so."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.cycle import CycleState
from bot.node.executors import executors
from bot.store.models import Project, Repository
from bot.usecases.reconcile import reconcile_repository
from bot.usecases.rerun import rerun_head
from bot.usecases.run_policy_tests import OVERTAKEN, UNTAKEN
from tests.usecases.hosts import on, once_on
from tests.usecases.policy_tests.conftest import NO_RUNS, Ruled
from tests.usecases.runs.bench import Ci, job
from tests.usecases.runs.test_waiting import later

pytestmark = pytest.mark.anyio
HOSTS = ("github", "gitlab")


@on()
async def test_a_head_is_tested_and_answered(ruled: Ruled) -> None:
    ruled.tests(failing=2)
    pull = await ruled.opened()
    (cycle,) = await ruled.cycles()
    name = f"{ruled.desk.stage.path} / tests"
    assert (cycle.suite, cycle.state, cycle.head_sha) == (name, CycleState.FAILED, pull.head_sha)
    assert cycle.ci_context is not None and cycle.ci_context["commitSha"] == pull.head_sha
    assert ruled.desk.standing(pull) == {f"Agnox / {name}": "failed"}
    (comment,) = ruled.desk.stage.comments(pull)
    assert "2 of 4 tests failed" in comment.body
    assert "command" not in cycle.request


@once_on(HOSTS)
async def test_once_whatever_is_told_again(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened()
    await ruled.desk.tell(ruled.desk.stage.opened(pull))
    await ruled.desk.drain()
    await ruled.look(pull)
    async with ruled.desk.database.read() as session:
        repository = (await session.scalars(select(Repository))).one()
    await reconcile_repository(ruled.desk.services, repository.id)
    await ruled.desk.drain()
    assert len(await ruled.executions()) == 1


@once_on(HOSTS)
async def test_a_head_that_nobody_told_is_tested_when_it_is_found(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened()
    ruled.desk.stage.push(pull)
    async with ruled.desk.database.read() as session:
        repository = (await session.scalars(select(Repository))).one()
    await reconcile_repository(ruled.desk.services, repository.id)
    await ruled.desk.drain()
    assert [cycle.head_sha for cycle in await ruled.cycles()][-1] == pull.head_sha
    assert len(await ruled.cycles()) == 2


@once_on(HOSTS)
async def test_a_new_head_stops_the_tests_of_the_one_before(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened(drain=False)
    first = pull.head_sha
    await ruled.desk.drain(but=NO_RUNS)
    await ruled.pushed(pull, drain=False)
    await ruled.desk.drain(but=NO_RUNS)
    before, after = await ruled.cycles()
    assert (before.state, after.state) == (CycleState.CANCELLED, CycleState.PENDING)
    assert (await ruled.executions())[0].problem == OVERTAKEN
    await ruled.pushed(pull, sha=first, drain=False)
    await ruled.desk.drain(but=NO_RUNS)
    await ruled.desk.drain()
    again, gone = await ruled.cycles()
    assert (again.id, again.state, gone.state) == (before.id, CycleState.FAILED, CycleState.CANCELLED)
    assert [row.attempt for row in await ruled.executions() if row.cycle_id == again.id] == [1, 2]


@once_on(HOSTS)
async def test_a_head_that_moved_before_the_job_ran_is_not_tested(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened(drain=False)
    await ruled.pushed(pull)
    assert [cycle.head_sha for cycle in await ruled.cycles()] == [pull.head_sha]


@once_on(HOSTS)
async def test_a_closed_pull_request_is_not_tested(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened(drain=False)
    ruled.desk.stage.close(pull)
    await ruled.desk.tell(ruled.desk.stage.closed(pull))
    await ruled.desk.drain()
    assert await ruled.cycles() == []


@on(HOSTS)
async def test_a_push_to_the_default_branch_is_tested_where_that_is_wanted(ruled: Ruled) -> None:
    ruled.tests("[push]")
    pull = await ruled.opened()
    assert await ruled.cycles() == []
    posts = ruled.desk.stage.pushed_default()
    for _ in range(2):
        await ruled.desk.tell(posts)
        await ruled.desk.drain()
    (cycle,) = await ruled.cycles()
    assert (cycle.pull_request_id, cycle.state) == (None, CycleState.FAILED)
    assert cycle.head_sha not in ("", pull.head_sha)
    assert cycle.ci_context is not None and cycle.ci_context["branch"] == "main"


@pytest.mark.parametrize("ref", ["refs/heads/release", "refs/tags/main", "refs/heads/main/x"])
@once_on(HOSTS)
async def test_pushes_to_no_default_branch_are_not_tested(ruled: Ruled, ref: str) -> None:
    ruled.tests("[push]")
    posts = ruled.desk.stage.pushed_default()
    await ruled.desk.tell(posts)
    await ruled.desk.drain()
    assert len(await ruled.cycles()) == 1
    for post in ruled.desk.stage.pushed_default():
        kind = "tag_push" if "/tags/" in ref else "push"
        body = post.body.replace(b"refs/heads/main", ref.encode()).replace(b'"push"', f'"{kind}"'.encode())
        await ruled.desk.tell([replace(post, body=body)])
    await ruled.desk.drain()
    assert len(await ruled.cycles()) == 1


@once_on(HOSTS)
async def test_pushes_are_not_tested_where_only_pull_requests_are(ruled: Ruled) -> None:
    ruled.tests()
    await ruled.desk.tell(ruled.desk.stage.pushed_default())
    await ruled.desk.drain()
    assert await ruled.cycles() == []


@once_on(HOSTS)
async def test_it_runs_again_when_somebody_asks(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened()
    async with ruled.desk.database.write() as session:
        repository = (await session.scalars(select(Repository))).one()
        asked = await rerun_head(
            session, ruled.desk.services, repository, pull.number, pull.head_sha, "github:grace", "all"
        )
    assert asked.refused == () and len(asked.started) == 1
    await ruled.desk.drain()
    first, second = await ruled.executions()
    assert (first.cycle_id, first.state, second.state) == (second.cycle_id, CycleState.FAILED, CycleState.FAILED)
    await ruled.look(pull)
    assert len(await ruled.executions()) == 2


@once_on(HOSTS)
async def test_the_project_is_that_of_the_runs_of_the_hosts_own_ci(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened()
    await ruled.pushed(pull)
    await Ci(ruled.desk).run(pull, job(1))
    assert len(await ruled.cycles()) == 3
    assert len({cycle.project_id for cycle in await ruled.cycles()}) == 1
    async with ruled.desk.database.read() as session:
        assert sorted(await session.scalars(select(Project.name))) == sorted(["shop", ruled.desk.stage.path])


@once_on({"github"})
async def test_where_no_node_takes_it_that_is_said_once(ruled: Ruled) -> None:
    ruled.tests()
    ruled.desk.services = replace(ruled.desk.services, executors=executors(frozenset()))
    pull = await ruled.opened(drain=False)
    await ruled.desk.drain(but=NO_RUNS)
    assert set(ruled.desk.standing(pull).values()) == {"pending"}
    later(Ci(ruled.desk), UNTAKEN + timedelta(minutes=1))
    await ruled.desk.drain(but=NO_RUNS)
    (execution,) = await ruled.executions()
    assert execution.state == CycleState.ERROR and "AGNOX_EXECUTORS" in execution.problem
    assert len(ruled.desk.stage.comments(pull)) == 1
    await ruled.desk.drain()
    assert len(await ruled.executions()) == 1


@once_on({"github"})
async def test_a_process_that_may_run_nothing_says_so(ruled: Ruled) -> None:
    ruled.tests()
    ruled.desk.services = replace(ruled.desk.services, executors=executors(frozenset()))
    pull = await ruled.opened()
    (execution,) = await ruled.executions()
    assert execution.state == CycleState.ERROR and "AGNOX_EXECUTORS" in execution.problem
    (comment,) = ruled.desk.stage.comments(pull)
    assert comment.body.count("AGNOX") >= 1


@pytest.mark.parametrize("organization", ["tests: {command: exit 1}", ""])
@once_on({"github"})
async def test_an_organization_may_ask_for_tests_or_not(ruled: Ruled, organization: str) -> None:
    await ruled.organization(organization)
    await ruled.opened()
    assert len(await ruled.cycles()) == bool(organization)


@once_on({"github"})
async def test_an_organization_may_forbid_them(ruled: Ruled) -> None:
    await ruled.organization("tests: {command: 'true', on: []}")
    ruled.tests("[pull_request, push]")
    await ruled.opened()
    await ruled.desk.tell(ruled.desk.stage.pushed_default())
    await ruled.desk.drain()
    assert await ruled.cycles() == []


@once_on({"github"})
async def test_half_a_policy_runs_nothing(ruled: Ruled) -> None:
    await ruled.organization("tests: {command: exit 1}")
    ruled.rule("tests: {command: exit 1, one: none}")
    await ruled.opened()
    assert await ruled.cycles() == []
