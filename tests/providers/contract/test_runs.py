"""What every provider promises of the CI runs of its host; a test a promise."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from providers.errors import NotFound, Rejected
from providers.report import Check, Verdict
from providers.runs import CiRun, FetchLimits, FileKind, Reading, RerunScope, RunCause, RunOutcome, RunState
from providers.values import Slot
from simulators.names import STAGES
from simulators.stage import SimJob
from tests.providers.contract.ci import GREEN, HOOK, JUNIT, RED, Ci, has_runs, served, texts

pytestmark = pytest.mark.anyio

SAME = ("id", "name", "sha", "state", "outcome", "attempt", "cause", "branch", "source")


@pytest.fixture(params=STAGES)
async def ci(request: pytest.FixtureRequest) -> AsyncIterator[Ci]:
    if not has_runs(request.param):
        pytest.skip(f"{request.param} has no runs")
    async with served(request.param) as found:
        yield found


def same(run: CiRun) -> tuple[object, ...]:
    return tuple(getattr(run, name) for name in SAME)


async def test_open_pull_requests(ci: Ci) -> None:
    first, second, third = (ci.stage.open_pull(f"topic-{at}") for at in range(3))
    ci.stage.close(second)
    found = await ci.provider.open_pull_requests(ci.repository)
    assert {pull.number for pull in found} >= {first.number, third.number}
    assert second.number not in {pull.number for pull in found}
    assert {pull.head_sha for pull in found} >= {first.head_sha, third.head_sha}


async def test_a_run_is_followed_from_its_beginning_to_its_end(ci: Ci) -> None:
    pull = ci.stage.open_pull()
    run = ci.stage.begin_run("CI", pull)
    begun = await ci.get(run)
    assert begun.state in (RunState.QUEUED, RunState.RUNNING)
    assert (begun.id, begun.outcome, begun.from_fork) == (run.id, RunOutcome.UNKNOWN, False)
    assert begun.name
    ci.stage.end_run(run, RED, GREEN)
    ended = await ci.get(run)
    assert (ended.state, ended.outcome) == (RunState.ENDED, RunOutcome.FAILED)
    assert (ended.name, ended.sha, ended.cause) == (begun.name, begun.sha, RunCause.PULL_REQUEST)
    assert ended.url.startswith("http")
    assert ended.updated_at is not None and ended.updated_at.tzinfo is not None


async def test_a_run_is_found_by_the_head(ci: Ci) -> None:
    pull, other = ci.stage.open_pull(), ci.stage.open_pull("other")
    runs = [ci.stage.begin_run(name, pull) for name in ("CI", "Docs")]
    ci.stage.end_run(ci.stage.begin_run("CI", other), GREEN)
    ci.stage.end_run(runs[0], RED)
    found = await ci.provider.find_runs(ci.revision(pull))
    assert sorted(map(same, found)) == sorted([same(await ci.get(run)) for run in runs])


async def test_a_run_stands_on_the_head_or_on_its_merge(ci: Ci) -> None:
    pull = ci.stage.open_pull()
    found = await ci.get(ci.stage.begin_run("CI", pull))
    if found.sha != pull.head_sha:
        assert pull.head_sha in (await ci.provider.get_commit(ci.repository, found.sha)).parents


async def test_a_run_of_a_fork_tells_where_its_branch_is(ci: Ci) -> None:
    pull = ci.stage.open_pull("patch-1", fork=True)
    run = ci.stage.begin_run("CI", pull)
    ci.stage.end_run(run, RED)
    found = await ci.get(run)
    assert found.from_fork
    assert found.branch == pull.branch
    assert same(found) in [same(each) for each in await ci.provider.find_runs(ci.revision(pull))]


async def test_a_run_of_the_default_branch(ci: Ci) -> None:
    run = ci.stage.begin_run("CI")
    ci.stage.end_run(run, GREEN)
    found = await ci.get(run)
    assert (found.cause, found.outcome, found.from_fork) == (RunCause.PUSH, RunOutcome.PASSED, False)
    assert found.sha == run.sha
    assert found.default_branch in (None, True)


@pytest.mark.parametrize("fork", [False, True])
async def test_events_tell_what_get_run_tells(ci: Ci, fork: bool) -> None:
    run = ci.stage.begin_run("CI", ci.stage.open_pull(fork=fork))
    for step in ("begun", "ended", "again"):
        if step != "begun":
            ci.stage.end_run(run, RED, GREEN)
        told, found = ci.changed(run), await ci.get(run)
        if step == "begun" and not told.branch:
            # Azure DevOps tells of a beginning neither the branch nor whose it is.
            found = replace(found, branch="", source=None)
        assert same(told) == same(found), step


async def test_our_own_verdict_is_no_run(ci: Ci) -> None:
    pull, slot = ci.stage.open_pull(), Slot(unsure=True)
    check = Check("Agnox", Verdict.FAILED, "1 failed", "in short", details_url="https://bot.example.com/7")
    if ci.provider.capabilities.checks:
        await ci.provider.put_check(ci.revision(pull), check, "7", slot)
    else:
        await ci.provider.put_status(ci.revision(pull), check, slot)
    assert list(await ci.provider.find_runs(ci.revision(pull))) == []


@pytest.mark.parametrize("run_id", ["999999999", "0", "", "..", "1/../2", "suite:x", "a b", "-1", "é"])
async def test_a_run_that_is_not_there(ci: Ci, run_id: str) -> None:
    with pytest.raises((NotFound, Rejected)):
        await ci.provider.get_run(ci.repository, run_id)


async def test_fetch_run_takes_logs_of_failed_jobs_or_of_all(ci: Ci, tmp_path: Path) -> None:
    run = ci.stage.begin_run("CI", ci.stage.open_pull())
    ci.stage.end_run(run, RED, GREEN, SimJob("deploy", "skipped"))
    failed = await ci.fetch(run, tmp_path)
    outcomes = {job.name: job.outcome for job in failed.jobs}
    assert outcomes.items() >= {"unit": RunOutcome.FAILED, "lint": RunOutcome.PASSED}.items()
    assert outcomes.get("deploy", RunOutcome.SKIPPED) is RunOutcome.SKIPPED
    logs = texts(failed, FileKind.LOG)
    assert list(logs) == ["unit"]
    assert "assert 0 == 7" in logs["unit"]
    again = tmp_path / "all"
    again.mkdir()
    assert set(texts(await ci.fetch(run, again, Reading.ALL), FileKind.LOG)) == {"unit", "lint"}


async def test_fetch_run_of_a_run_that_is_gone(ci: Ci, tmp_path: Path) -> None:
    run = ci.stage.begin_run("CI", ci.stage.open_pull())
    ci.stage.end_run(run, RED)
    gone = replace(await ci.get(run), id="999999999")
    with pytest.raises(NotFound):
        await ci.provider.fetch_run(ci.repository, gone, tmp_path, Reading.ALL, FetchLimits())


async def test_fetch_run_takes_reports(ci: Ci, tmp_path: Path) -> None:
    run = ci.stage.begin_run("CI", ci.stage.open_pull())
    ci.stage.end_run(run, RED)
    fetched = await ci.fetch(run, tmp_path)
    assert any("test_pays" in text for text in texts(fetched, FileKind.REPORT).values())
    assert fetched.notes == ()


async def test_nothing_is_written_outside_of_the_folder(ci: Ci, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    run = ci.stage.begin_run("CI", ci.stage.open_pull())
    reports = {"../../junit.xml": JUNIT, "/tmp/x.xml": JUNIT, "a/../b.xml": JUNIT, "junit.xml": JUNIT}
    ci.stage.end_run(run, SimJob("../../unit\n/x", "failed", "E  assert 0 == 7", reports))
    fetched = await ci.fetch(run, folder)
    assert all(file.path.resolve().is_relative_to(folder) for file in fetched.files)
    assert len({file.path for file in fetched.files}) == len(fetched.files)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


async def test_a_long_log_keeps_its_head_and_its_end(ci: Ci, tmp_path: Path) -> None:
    lines = "\n".join(["the very first line", *(f"line {at} of many" for at in range(5_000)), "the very last line"])
    run = ci.stage.begin_run("CI", ci.stage.open_pull())
    ci.stage.end_run(run, SimJob("unit", "failed", lines))
    fetched = await ci.fetch(run, tmp_path, limits=FetchLimits(file=20_000, total=100_000, files=10))
    (log,) = texts(fetched, FileKind.LOG).values()
    assert len(log) < 21_000
    assert "the very first line" in log and "the very last line" in log and "line 2000 of many" not in log
    assert fetched.notes


async def test_what_is_over_the_limits_is_a_note(ci: Ci, tmp_path: Path) -> None:
    run = ci.stage.begin_run("CI", ci.stage.open_pull())
    ci.stage.end_run(run, *(SimJob(f"job {at}", "failed", "x" * 60_000) for at in range(4)))
    fetched = await ci.fetch(run, tmp_path, limits=FetchLimits(file=50_000, total=100_000, files=10))
    assert sum(file.path.stat().st_size for file in fetched.files) < 110_000
    assert fetched.notes
    few = tmp_path / "few"
    few.mkdir()
    counted = await ci.fetch(run, few, limits=FetchLimits(files=2))
    assert len(counted.files) == 2
    assert counted.notes


@pytest.mark.parametrize("scope", RerunScope)
async def test_rerun(ci: Ci, tmp_path: Path, scope: RerunScope) -> None:
    if scope not in ci.provider.capabilities.reruns:
        pytest.skip(f"{ci.host.name} runs nothing again but {sorted(ci.provider.capabilities.reruns)}")
    pull = ci.stage.open_pull()
    run = ci.stage.begin_run("CI", pull)
    ci.stage.end_run(run, RED, GREEN)
    before = await ci.get(run)
    await ci.provider.rerun(ci.repository, before, scope)
    assert list(ci.stage.reruns(run)) == [scope.value]
    assert (await ci.get(run)).state is not RunState.ENDED
    again = (SimJob("unit", "passed", "2 passed"), *((GREEN,) if scope is RerunScope.ALL else ()))
    ci.stage.end_run(run, *again)
    after = await ci.get(run)
    # GitLab runs all again as a new pipeline.
    assert (after.id, after.state, after.outcome) == (run.id, RunState.ENDED, RunOutcome.PASSED)
    assert after.attempt == (before.attempt + 1 if before.attempt else 0)
    fetched = await ci.fetch(run, tmp_path, Reading.ALL)
    assert {job.name: job.outcome for job in fetched.jobs}["unit"] is RunOutcome.PASSED


async def test_rerun_of_one_job(ci: Ci, tmp_path: Path) -> None:
    if not ci.provider.capabilities.reruns:
        pytest.skip(f"{ci.host.name} runs nothing again")
    run = ci.stage.begin_run("CI", ci.stage.open_pull())
    ci.stage.end_run(run, RED, SimJob("e2e", "failed", "E timeout"))
    wanted = next(job.id for job in (await ci.fetch(run, tmp_path)).jobs if job.name == "e2e")
    await ci.provider.rerun(ci.repository, await ci.get(run), RerunScope.FAILED, [wanted])
    assert list(ci.stage.reruns(run)) == ["e2e"]


async def test_cancel_run_twice(ci: Ci) -> None:
    run = ci.stage.begin_run("CI", ci.stage.open_pull())
    assert not ci.stage.cancelled(run)
    found = await ci.get(run)
    await ci.provider.cancel_run(ci.repository, found)
    assert ci.stage.cancelled(run)
    await ci.provider.cancel_run(ci.repository, found)
    ended = ci.stage.begin_run("Docs", ci.stage.open_pull("other"))
    ci.stage.end_run(ended, GREEN)
    await ci.provider.cancel_run(ci.repository, await ci.get(ended))
    assert (await ci.get(ended)).outcome is RunOutcome.PASSED


async def test_lost_deliveries_are_sent_again(ci: Ci) -> None:
    pull = ci.stage.open_pull()
    posts = ci.stage.opened(pull)
    ci.stage.missed(posts)
    since = datetime.now(UTC) - timedelta(hours=2)
    if ci.stage.integration is None:
        told = await ci.host.resend_missed(since)
    else:
        told = await ci.provider.resend_missed(ci.place, HOOK, since)
    resent = ci.stage.resent()
    assert told.count == len(resent) or told.problem
    assert ci.heard(resent) in ([], ci.heard(posts))
