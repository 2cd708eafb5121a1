"""Logs and test results of a build, as they are downloaded."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from providers.errors import RateLimited, Unauthenticated
from providers.interface import Connection
from providers.runs import Fetched, FetchLimits, FileKind, Reading, RerunScope, RunOutcome
from simulators.azure.models import Build
from simulators.faults import Fault
from simulators.stage import SimJob
from tests.providers.benches.azure import AzureBench

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
JUNIT = (
    b'<testsuite name="s">'
    b'<testcase classname="tests.test_a" name="test_ok" time="0.5"/>'
    b'<testcase classname="tests.test_a" name="test_no"><failure message="no">at line 7</failure></testcase>'
    b"</testsuite>"
)
FIXED = JUNIT.replace(b'<failure message="no">at line 7</failure>', b"")
RED = SimJob("unit", "failed", "E   assert 0 == 7", {"junit.xml": JUNIT})
GREEN = SimJob("lint", "passed", "fine")


def built(bench: AzureBench, *jobs: SimJob) -> Build:
    build = bench.simulator.add_build(bench.request)
    bench.simulator.start_build(build)
    bench.simulator.run_jobs(build, jobs)
    return build


async def fetched(
    bench: AzureBench, build: Build, folder: Path, reading: Reading = Reading.FAILED, **limits: int
) -> Fetched:
    run = await bench.provider.get_run(bench.repository, str(build.id))
    return await bench.provider.fetch_run(bench.repository, run, folder, reading, FetchLimits(**limits))


def logs(found: Fetched) -> dict[str, str]:
    return {file.name: file.path.read_text() for file in found.files if file.kind is FileKind.LOG}


def results(found: Fetched) -> Any:
    [report] = [file for file in found.files if file.kind is FileKind.REPORT]
    assert report.name == "azure-test-results.json"
    return json.loads(report.path.read_bytes())["runs"]


def changes(bench: AzureBench, build: Build, records: Sequence[dict[str, Any]], **more: Any) -> None:
    """The host tells another timeline."""
    body = json.dumps({"records": records, **more}).encode()
    bench.fault(Fault(method="GET", path=f"/builds/{build.id}/timeline", status=200, headers=JSON, body=body))


async def test_failed_steps_are_read_and_named(azure: AzureBench, tmp_path: Path) -> None:
    found = await fetched(azure, built(azure, RED, GREEN), tmp_path)
    [(name, text)] = logs(found).items()
    assert name == "unit, Run tests.log"
    assert "Z E   assert 0 == 7" in text and "##[error]Bash exited with code '1'." in text
    assert [(job.name, job.outcome) for job in found.jobs] == [
        ("unit", RunOutcome.FAILED),
        ("lint", RunOutcome.PASSED),
    ]
    assert found.notes == ()


async def test_only_what_failed_is_read_of_the_results(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, RED)
    [run] = results(await fetched(azure, build, tmp_path))
    assert (run["job"], run["totalTests"], run["passedTests"]) == ("unit", 2, 1)
    assert [(each["automatedTestName"], each["errorMessage"], each["stackTrace"]) for each in run["results"]] == [
        ("test_no", "no", "at line 7")
    ]
    [run] = results(await fetched(azure, build, tmp_path, Reading.ALL))
    assert [each["automatedTestName"] for each in run["results"]] == ["test_ok", "test_no"]


async def test_results_of_an_earlier_attempt_do_not_count(azure: AzureBench, tmp_path: Path) -> None:
    other = SimJob("e2e", "failed", "", {"e2e.xml": JUNIT})
    build = built(azure, RED, other)
    run = await azure.provider.get_run(azure.repository, str(build.id))
    await azure.provider.rerun(azure.repository, run, RerunScope.FAILED)
    azure.simulator.run_jobs(build, [SimJob("unit", "passed", "", {"junit.xml": FIXED})])
    runs = results(await fetched(azure, build, tmp_path))
    assert [(each["job"], each["passedTests"]) for each in runs] == [("e2e", 1), ("unit", 2)]


async def test_many_results_are_asked_for_in_pages(azure: AzureBench, tmp_path: Path) -> None:
    cases = "".join(f'<testcase classname="a" name="t{number}"/>' for number in range(1_100))
    build = built(azure, SimJob("unit", "failed", "", {"a.xml": f"<testsuite>{cases}</testsuite>".encode()}))
    [run] = results(await fetched(azure, build, tmp_path, Reading.ALL))
    assert len({each["automatedTestName"] for each in run["results"]}) == 1_100
    cut = await fetched(azure, build, tmp_path, Reading.ALL, file=20_000)
    [run] = results(cut)
    assert 0 < len(run["results"]) < 1_100
    assert any("over the limit" in note for note in cut.notes)


async def test_a_job_without_a_log_has_its_errors(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, RED)
    lost = {"type": "error", "message": "The agent did not connect within the alloted time."}
    changes(azure, build, [{"id": "j", "type": "Job", "name": "unit", "result": "abandoned", "issues": [lost]}])
    found = await fetched(azure, build, tmp_path)
    assert logs(found) == {"unit.log": "##[error]The agent did not connect within the alloted time.\n"}
    assert [job.outcome for job in found.jobs] == [RunOutcome.FAILED]


async def test_a_job_with_a_log_of_its_own_only(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, RED)
    [log] = build.logs
    changes(azure, build, [{"id": "j", "type": "Job", "name": "unit", "result": "failed", "log": {"id": log}}])
    [(name, text)] = logs(await fetched(azure, build, tmp_path)).items()
    assert name == "unit.log"
    assert "assert 0 == 7" in text


async def test_what_failed_before_any_job(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, RED)
    refused = {"type": "error", "message": "Checkpoint.Approval: denied"}
    changes(azure, build, [{"id": "s", "type": "Stage", "name": "Deploy", "result": "failed", "issues": [refused]}])
    assert logs(await fetched(azure, build, tmp_path)) == {"pipeline.log": "##[error]Checkpoint.Approval: denied\n"}


async def test_a_pipeline_that_cannot_be_read(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure)
    view = await azure.provider._client(  # type: ignore[attr-defined]
        lambda sdk: sdk.build.get_build(azure.project.id, build.id)
    )
    view["validationResults"] = [{"result": "error", "message": "/azure-pipelines.yml (Line: 3): unexpected value"}]
    body = json.dumps(view).encode()
    azure.fault(Fault(method="GET", path=f"/builds/{build.id}$", times=2, status=200, headers=JSON, body=body))
    found = await fetched(azure, build, tmp_path)
    assert logs(found) == {"pipeline.log": "##[error]/azure-pipelines.yml (Line: 3): unexpected value\n"}


async def test_a_build_that_succeeded_in_part(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, RED, GREEN)
    build.jobs[0].result, build.result = "succeededWithIssues", "partiallySucceeded"
    found = await fetched(azure, build, tmp_path)
    assert list(logs(found)) == ["unit, Run tests.log"]
    assert [job.outcome for job in found.jobs] == [RunOutcome.PASSED, RunOutcome.PASSED]
    assert results(found)
    build.result = "succeeded"
    assert logs(await fetched(azure, build, tmp_path)) == {}


async def test_a_build_that_was_stopped(azure: AzureBench, tmp_path: Path) -> None:
    found = await fetched(azure, built(azure, SimJob("unit", "cancelled", "on and on")), tmp_path)
    assert "The operation was canceled." in "".join(logs(found).values())


async def test_records_that_go_round_in_circles(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, RED)
    records: list[dict[str, Any]] = [
        {"id": "a", "type": "Task", "parentId": "b", "result": "failed"},
        {"id": "b", "type": "Job", "parentId": "a", "name": "unit", "result": "failed"},
        {"id": "", "type": "Job"},
        {"id": "c", "type": None, "parentId": "c", "result": "failed", "issues": [None, {"message": "odd"}]},
    ]
    changes(azure, build, records)
    assert logs(await fetched(azure, build, tmp_path)) == {"pipeline.log": "##[error]odd\n"}


async def test_a_build_that_nobody_has_taken(azure: AzureBench, tmp_path: Path) -> None:
    found = await fetched(azure, azure.simulator.add_build(azure.request), tmp_path)
    assert (found.jobs, found.files, found.notes) == ((), (), ())


@pytest.mark.parametrize("part", ["logs/\\d+", "timeline", "test/runs"])
@pytest.mark.parametrize("status", [404, 403, 500])
async def test_a_part_that_cannot_be_had_is_a_note(azure: AzureBench, tmp_path: Path, part: str, status: int) -> None:
    build = built(azure, RED)
    azure.fault(Fault(method="GET", path=f"(?i){part}$", status=status, headers=JSON, body=b'{"message":"gone"}'))
    found = await fetched(azure, build, tmp_path)
    [note] = found.notes
    assert "could not be had" in note
    assert (not logs(found)) is (part == "timeline")
    assert len(list(tmp_path.iterdir())) == len(found.files)


async def test_the_sign_in_page_is_no_log(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, RED)
    page = {"content-type": "text/html; charset=utf-8"}
    azure.fault(Fault(path="logs/\\d+$", status=200, headers=page, body=b"<!DOCTYPE html><p>Sign in</p>"))
    with pytest.raises(Unauthenticated):
        await fetched(azure, build, tmp_path)


async def test_a_token_without_the_scope_for_tests_may_look_like_none(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, RED)
    azure.fault(Fault(path="(?i)/results$", status=203, headers={"content-type": "text/html"}, body=b"<p>Sign in</p>"))
    found = await fetched(azure, build, tmp_path)
    assert logs(found)
    assert [note.partition(":")[0] for note in found.notes] == ["The test results of the build could not be had"]
    assert len(list(tmp_path.iterdir())) == 1


async def test_a_limit_is_waited_for(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, RED)
    azure.fault(Fault(path="logs/\\d+$", status=429, headers={"retry-after": "30"}))
    with pytest.raises(RateLimited):
        await fetched(azure, build, tmp_path)


async def test_a_log_longer_than_any_answer_is_cut_while_it_comes(azure: AzureBench, tmp_path: Path) -> None:
    line = "x" * 999_999
    build = built(azure, SimJob("unit", "failed", "\n".join(["first", *[line] * 40, "last"])))
    found = await fetched(azure, build, tmp_path, file=100_000)
    [text] = logs(found).values()
    assert len(text) < 101_000
    assert "first" in text and "last" in text
    assert any("left out" in note for note in found.notes)


async def test_who_may_not_see_tests_has_the_logs(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, RED)
    token = azure.simulator.token_for(azure.bot, scopes=["vso.code", "vso.build"])
    reader = azure.host.connect(Connection(credential=token, base_url=azure.url))
    run = await reader.get_run(azure.repository, str(build.id))
    found = await reader.fetch_run(azure.repository, run, tmp_path, Reading.FAILED, FetchLimits())
    assert list(logs(found)) == ["unit, Run tests.log"]
    [note] = found.notes
    assert note.startswith("The test results of the build could not be had")
