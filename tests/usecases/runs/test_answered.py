"""Nobody calls us: a CI run that ends is read and answered on its pull request."""

import gzip
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.context import CiContext
from bot.domain.policy import Policy
from bot.store.ci_runs import pulls_at, runs_on
from bot.store.models import Artifact
from bot.usecases.receive_results import Upload, receive_results
from bot.usecases.waiting import running_names
from simulators.faults import Fault
from simulators.stage import SimJob
from tests.e2e.suites import junit
from tests.usecases.hosts import on, once_on
from tests.usecases.runs.bench import GREEN, Ci, healed, job

pytestmark = pytest.mark.anyio
HOSTS = ("github", "gitlab", "azure")
GONE = r"/logs|/trace|/artifacts|test_report|/timeline|/runs\?|/records|/annotations"


@on(HOSTS)
async def test_a_failed_run_is_answered(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, GREEN, job(1))
    assert "1 of 3 tests failed" in ci.comment(pull).body
    assert ci.desk.standing(pull) == {"Agnox / CI": "failed"}
    (cycle,), (run,) = await ci.cycles(), await ci.rows()
    assert cycle.ci_context is not None
    assert cycle.ci_context["source"] == cycle.ci_context["runner"] == ci.stage.name
    assert cycle.ci_context["prNumber"] == pull.number
    assert cycle.ci_context["commitSha"] == cycle.head_sha == pull.head_sha
    assert cycle.ci_context["runUrl"] == run.url
    assert (run.read, run.unread) != ("", "")
    assert cycle.suite == run.name


@on(HOSTS)
async def test_a_run_from_a_fork_is_answered(ci: Ci) -> None:
    pull = await ci.opened(fork=True)
    await ci.run(pull, job(1))
    assert "1 of 3 tests failed" in ci.comment(pull).body


@once_on(HOSTS)
@pytest.mark.parametrize("fork", [False, True])
async def test_a_pull_request_that_nobody_told_us_of_is_asked_for_once(ci: Ci, fork: bool) -> None:
    pull = await ci.opened(fork=fork, told=False)
    ci.desk.calls()
    await ci.run(pull, job(1))
    assert "1 of 3 tests failed" in ci.comment(pull).body
    ci.desk.calls()
    await ci.run(pull, job(1), name="Other")
    assert not [path for path in ci.reads() if path.endswith(("/pulls", "/merge_requests", "/pullrequests"))]


@on(HOSTS)
async def test_a_green_run_says_so_without_a_comment_and_without_being_read(ci: Ci) -> None:
    pull = await ci.opened()
    ci.desk.calls()
    await ci.run(pull, job(0))
    assert ci.desk.standing(pull) == {"Agnox / CI": "passed"}
    assert ci.stage.comments(pull) == []
    assert not [path for path in ci.reads() if "log" in path or "artifact" in path or "job" in path]


@once_on(HOSTS)
async def test_a_new_head_that_is_green_changes_the_comment(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(1))
    await ci.pushed(pull)
    await ci.run(pull, job(0))
    assert "✅" in ci.comment(pull).body
    assert ci.desk.standing(pull) == {"Agnox / CI": "passed"}


@on(HOSTS)
async def test_red_then_green_on_the_same_head_is_unstable(ci: Ci) -> None:
    pull = await ci.opened()
    run = await ci.run(pull, job(1))
    before = ci.comment(pull)
    await ci.end(run, healed())
    first, second = await ci.executions()
    assert (first.attempt, first.state) == (1, "FAILED")
    assert (second.attempt, second.state) == (2, "UNSTABLE")
    assert second.cycle_id == first.cycle_id
    assert ci.comment(pull).id == before.id
    assert ci.comment(pull).body != before.body
    assert len(await ci.cycles()) == 1


@once_on(HOSTS)
async def test_a_green_run_hides_no_red_one(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(1), name="unit")
    await ci.run(pull, job(0), name="docs")
    assert "1 of 3 tests failed" in ci.comment(pull).body
    assert ci.desk.standing(pull) == {"Agnox / unit": "failed", "Agnox / docs": "passed"}


@once_on(HOSTS)
async def test_a_log_alone_is_enough(ci: Ci) -> None:
    pull = await ci.opened()
    log = "src/cart.c:7:3: error: unknown type name 'prise'\nmake: *** [all] Error 1\nexit code 2\n"
    await ci.run(pull, SimJob("build", "failed", log))
    assert "unknown type name" in ci.comment(pull).body
    (execution,) = await ci.executions()
    assert execution.state == "FAILED"


@once_on(HOSTS)
async def test_a_failed_run_that_left_nothing_is_an_error(ci: Ci) -> None:
    pull = await ci.opened()
    ci.stage.faults.add(Fault(path=GONE, status=410, times=None))
    await ci.run(pull, SimJob("build", "failed"))
    (execution,) = await ci.executions()
    assert execution.state == "ERROR"
    assert ci.desk.verdict(pull).outcome == "failed"


@once_on({"github", "gitlab"})
async def test_what_was_not_wanted_is_not_spoken_of(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, SimJob("test", "skipped"))
    assert await ci.cycles() == []
    assert ci.stage.verdicts(pull) == []


@once_on(HOSTS)
async def test_a_cancelled_run_is_cancelled(ci: Ci) -> None:
    pull = await ci.opened()
    ci.desk.calls()
    await ci.run(pull, SimJob("test", "cancelled", "half a log"))
    (cycle,) = await ci.cycles()
    assert cycle.state == "CANCELLED"


@once_on(HOSTS)
async def test_heads_that_nobody_looks_at_any_more_are_not_read(ci: Ci) -> None:
    pull = await ci.opened()
    old = await ci.begin(pull)
    await ci.pushed(pull)
    ci.desk.calls()
    await ci.end(old, job(1))
    ci.stage.close(pull)
    await ci.desk.tell(ci.stage.closed(pull))
    await ci.run(pull, job(1))
    assert await ci.cycles() == []
    assert [run.state for run in await ci.rows()] == ["ended", "ended"]
    assert ci.stage.comments(pull) == []


@once_on(HOSTS)
async def test_a_run_that_came_before_its_pull_request(ci: Ci) -> None:
    pull = await ci.opened(told=False)
    run = await ci.begin(pull)
    await ci.desk.tell(ci.stage.opened(pull))
    await ci.end(run, job(1))
    assert "1 of 3 tests failed" in ci.comment(pull).body


@once_on(HOSTS)
async def test_workflows_that_the_policy_leaves_out_are_not_read(ci: Ci) -> None:
    ci.stage.put_file(".agnox.yml", "runs: {workflows: ['unit*']}")
    pull = await ci.opened()
    await ci.run(pull, job(2), name="nightly")
    assert ci.stage.verdicts(pull) == []
    await ci.run(pull, job(1), name="unit tests")
    assert ci.desk.standing(pull) == {"Agnox / unit tests": "failed"}
    nightly, _ = await ci.rows()
    assert nightly.unread == "it is not among `runs.workflows`"


@once_on({"github", "gitlab"})
async def test_results_that_a_client_sent_are_not_read_twice(ci: Ci, tmp_path: Path) -> None:
    pull = await ci.opened()
    run = await ci.begin(pull)
    (row,) = await ci.rows()
    report = tmp_path / "junit.xml"
    report.write_text(junit(1))
    context = CiContext.model_validate(ci.desk.context(pull, runUrl=f"{row.url}/attempts/1"))
    await receive_results(ci.desk.services, ci.desk.caller, context, [Upload("report", report.name, report)])
    await ci.desk.drain()
    await ci.end(run, job(1))
    assert ci.desk.standing(pull) == {"Agnox / shop": "failed"}


@on(HOSTS)
async def test_what_is_running_is_named(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.begin(pull, "slow")
    await ci.run(pull, job(1), name="unit")
    async with ci.desk.database.read() as session:
        (found,) = await pulls_at(session, (await ci.rows())[0].repository_id, pull.head_sha)
        runs = await runs_on(session, found.repository_id, pull.head_sha)
    assert running_names(runs, Policy()) == ("slow",)


@once_on(HOSTS)
async def test_secrets_of_the_organization_are_masked(ci: Ci) -> None:
    pull = await ci.opened()
    token = "ghp_" + "a1B2" * 9
    await ci.run(pull, job(1, log=f"using {token}\nError: Process completed with exit code 1.\n"))
    async with ci.desk.database.read() as session:
        files = (await session.scalars(select(Artifact))).all()
    assert files and not any(token.encode() in gzip.decompress(file.content) for file in files)
