"""Runs on the branches that changes go into are what changes are compared with."""

import pytest
from sqlalchemy import func, select

from bot.store.models import GreenLog, Project
from bot.usecases.administer import create_project
from simulators.stage import SimJob
from tests.usecases.hosts import on, once_on
from tests.usecases.past import commit, novelties
from tests.usecases.runs.bench import Ci, healed, job

pytestmark = pytest.mark.anyio
HOSTS = ("github", "gitlab", "azure")


@on(HOSTS)
async def test_what_fails_on_the_main_branch_is_known(ci: Ci) -> None:
    await ci.learn()
    await ci.run(None, job(1))
    pull = await ci.opened()
    await ci.run(pull, job(2))
    *_, execution = await ci.executions()
    assert sorted(map(str, novelties(execution))) == ["known", "new"]


@once_on(HOSTS)
async def test_nothing_is_said_of_the_main_branch(ci: Ci) -> None:
    await ci.learn()
    ci.desk.calls()
    await ci.run(None, job(1))
    reads, writes = ci.desk.calls()
    assert reads and not writes
    (cycle,) = await ci.cycles()
    assert (cycle.state, cycle.pull_request_id) == ("FAILED", None)
    assert cycle.ci_context is not None and cycle.ci_context["branch"] == "main"


@on(HOSTS)
async def test_green_runs_of_the_main_branch_are_the_baseline(ci: Ci) -> None:
    await ci.learn()
    await ci.run(None, job(0))
    async with ci.desk.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(GreenLog)) == 1
    pull = await ci.opened()
    await ci.run(pull, job(1))
    *_, execution = await ci.executions()
    assert novelties(execution) == ["new"]


@once_on(HOSTS)
async def test_green_runs_one_after_another_are_not_all_read(ci: Ci) -> None:
    await ci.learn()
    for _ in range(3):
        await ci.run(None, job(0))
    assert len(await ci.cycles()) == 1
    *_, last = await ci.rows()
    assert "a few minutes ago" in last.unread


@once_on(HOSTS)
async def test_that_the_main_branch_is_mended_is_always_read(ci: Ci) -> None:
    await ci.learn()
    await ci.run(None, job(1))
    await ci.run(None, healed(), sha=commit(ci.desk, {"shop/price.py": "mended"}))
    assert [cycle.state for cycle in await ci.cycles()] == ["FAILED", "PASSED"]


@once_on(HOSTS)
async def test_failures_that_the_ci_allows_are_unstable(ci: Ci) -> None:
    await ci.learn()
    report = job(1).reports
    await ci.run(None, SimJob("test", "passed", "pytest\n1 failed, 2 passed in 0.1s\n", report))
    (execution,) = await ci.executions()
    assert execution.state == "UNSTABLE"
    assert "allowed" in execution.notes


@once_on(HOSTS)
async def test_words_of_a_log_make_no_passed_run_red(ci: Ci) -> None:
    await ci.learn()
    await ci.run(None, SimJob("test", "passed", "Error: cannot find module 'x', trying y\nERROR: build failed\n"))
    (execution,) = await ci.executions()
    assert execution.state == "PASSED"
    assert execution.analysis is not None and execution.analysis["findings"] == []


@once_on(HOSTS)
async def test_its_project_is_its_own(ci: Ci) -> None:
    async with ci.desk.database.read() as session:
        organization = (await session.scalars(select(Project.organization_id))).one()
    await ci.learn()
    theirs = await create_project(ci.desk.database, organization, ci.stage.path, actor="test")
    await ci.run(None, job(1))
    await ci.run(None, job(2))
    first, second = await ci.cycles()
    assert first.project_id == second.project_id != theirs.id
    async with ci.desk.database.read() as session:
        assert (await session.get_one(Project, first.project_id)).name == f"{ci.stage.path} ({ci.stage.name})"
