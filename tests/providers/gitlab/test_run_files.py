"""Logs, test reports and artifacts of pipelines."""

import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from providers.errors import NotFound, Unavailable
from providers.runs import Fetched, FetchLimits, FileKind, Reading, RunOutcome
from providers.values import Revision
from simulators.faults import Fault
from simulators.gitlab import Job, Pipeline
from simulators.gitlab.stage_runs import Pipelines
from simulators.stage import SimJob
from tests.providers.benches.gitlab import GitlabBench
from tests.providers.contract.ci import JUNIT, RED, texts

pytestmark = pytest.mark.anyio

CTRF = b'{"reportFormat": "CTRF", "results": {"tool": {}, "tests": [{"name": "pays", "status": "failed"}]}}'


@pytest.fixture(autouse=True)
async def closed(gitlab: GitlabBench) -> AsyncIterator[None]:
    """Downloads leave a connection open until their host is closed."""
    yield
    await gitlab.host.aclose()


def end(bench: GitlabBench, *jobs: SimJob, pipeline: Pipeline | None = None) -> None:
    Pipelines(bench.simulator).end(pipeline or bench.pipeline, jobs)


def job(bench: GitlabBench) -> Job:
    return next(job for job in bench.pipeline.own() if job.name == "unit")


async def fetch(
    bench: GitlabBench, folder: Path, reading: Reading = Reading.FAILED, limits: FetchLimits | None = None
) -> Fetched:
    run = await bench.provider.get_run(bench.repository, str(bench.pipeline.id))
    return await bench.provider.fetch_run(bench.repository, run, folder, reading, limits or FetchLimits())


async def test_a_trace_comes_as_gitlab_keeps_it(gitlab: GitlabBench, tmp_path: Path) -> None:
    end(gitlab, RED)
    [log] = texts(await fetch(gitlab, tmp_path), FileKind.LOG).values()
    assert "section_start:" in log and "ERROR: Job failed: exit code 1" in log


async def test_the_test_report_is_gitlabs_own(gitlab: GitlabBench, tmp_path: Path) -> None:
    end(gitlab, RED)
    gitlab.calls()
    fetched = await fetch(gitlab, tmp_path)
    [(name, text)] = texts(fetched, FileKind.REPORT).items()
    report = json.loads(text)
    assert (name, report["failed_count"], report["test_suites"][0]["name"]) == ("gitlab-test-report.json", 1, "unit")
    assert not any(call.path.endswith("/artifacts") for call in gitlab.simulator.calls)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_other_reports_come_out_of_the_artifacts(gitlab: GitlabBench, tmp_path: Path, elsewhere: bool) -> None:
    gitlab.simulator.state.stores_elsewhere = elsewhere
    reports = {"out/ctrf.json": CTRF, "coverage.xml": b"<coverage/>", "image.png": b"\x89PNG"}
    end(gitlab, SimJob("unit", "failed", "no", reports), SimJob("lint", reports={"lint.json": b"[]"}))
    fetched = await fetch(gitlab, tmp_path)
    assert texts(fetched, FileKind.REPORT) == {"out/ctrf.json": CTRF.decode()}
    assert [file.job for file in fetched.files] == ["unit", "unit"]
    assert fetched.notes == ()
    assert not list(tmp_path.glob("*.zip"))


@pytest.mark.parametrize("where", ["http://192.0.2.7/x.zip", "https://u:p@127.0.0.1:1/x", "ftp://127.0.0.1/x", "//["])
async def test_artifacts_are_not_fetched_from_anywhere(gitlab: GitlabBench, tmp_path: Path, where: str) -> None:
    end(gitlab, SimJob("unit", "failed", "no", {"ctrf.json": CTRF}))
    gitlab.fault(Fault(method="GET", path="/artifacts$", status=302, headers={"location": where}))
    fetched = await fetch(gitlab, tmp_path)
    assert [file.kind for file in fetched.files] == [FileKind.LOG]
    assert any("artifacts of unit" in note for note in fetched.notes)


async def test_an_erased_log_is_a_note(gitlab: GitlabBench, tmp_path: Path) -> None:
    end(gitlab, RED)
    job(gitlab).log = None
    fetched = await fetch(gitlab, tmp_path)
    assert texts(fetched, FileKind.LOG) == {}
    assert fetched.notes == ("The log of unit could not be had: GitLab has none, or has erased it",)


async def test_a_job_that_never_began_is_a_note(gitlab: GitlabBench, tmp_path: Path) -> None:
    end(gitlab, RED)
    job(gitlab).started_at = None
    fetched = await fetch(gitlab, tmp_path)
    assert fetched.notes == ("unit has no log, since it never began (script_failure)",)


async def test_a_job_that_may_fail_is_no_failure(gitlab: GitlabBench, tmp_path: Path) -> None:
    end(gitlab, RED)
    job(gitlab).allow_failure = True
    fetched = await fetch(gitlab, tmp_path)
    assert [(job.name, job.outcome) for job in fetched.jobs] == [
        ("test", RunOutcome.PASSED),
        ("unit", RunOutcome.PASSED),
    ]
    assert texts(fetched, FileKind.LOG) == {}


async def test_what_failed_beneath_is_read_with_the_parent(gitlab: GitlabBench, tmp_path: Path) -> None:
    simulator, pipeline = gitlab.simulator, gitlab.pipeline
    child = simulator.add_pipeline(gitlab.place, pipeline.sha, pipeline.ref, source="parent_pipeline", jobs=())
    end(gitlab, SimJob("lint"))
    end(gitlab, RED, pipeline=child)
    simulator.add_bridge(pipeline, "services", child)
    other = simulator.add_project("acme/other")
    foreign = simulator.add_pipeline(other, other.branches["main"], "main", source="pipeline", status="failed")
    simulator.add_bridge(pipeline, "deploy", foreign)
    fetched = await fetch(gitlab, tmp_path)
    outcomes = {job.name: job.outcome for job in fetched.jobs}
    assert outcomes["services / unit"] is outcomes["services"] is RunOutcome.FAILED
    assert list(texts(fetched, FileKind.LOG)) == ["services / unit"]
    assert list(texts(fetched, FileKind.REPORT)) == ["services / gitlab-test-report.json"]
    [note] = fetched.notes
    assert note.startswith("deploy failed in another project: http")


async def test_an_attempt_is_read_as_it_was_when_its_jobs_have_run_again(gitlab: GitlabBench, tmp_path: Path) -> None:
    end(gitlab, SimJob("lint"), SimJob("unit", "failed", "red", {"ctrf.json": CTRF, "junit.xml": JUNIT}))
    run = await gitlab.provider.get_run(gitlab.repository, str(gitlab.pipeline.id))
    end(gitlab, SimJob("unit", "passed", "healed", {"junit.xml": JUNIT}))
    gitlab.calls()
    fetched = await gitlab.provider.fetch_run(gitlab.repository, run, tmp_path, Reading.FAILED, FetchLimits())
    assert {job.name: job.outcome.value for job in fetched.jobs}["unit"] == "failed"
    [log] = texts(fetched, FileKind.LOG).values()
    assert "red" in log and "healed" not in log
    # The test report of the pipeline is of the newest jobs.
    assert "ctrf.json" in texts(fetched, FileKind.REPORT)
    assert not any(call.path.endswith("/test_report") for call in gitlab.simulator.calls)
    newest = await fetch(gitlab, tmp_path, Reading.ALL)
    assert any("healed" in log for log in texts(newest, FileKind.LOG).values())


async def test_a_closed_fork_is_a_note(gitlab: GitlabBench, tmp_path: Path) -> None:
    request = gitlab.fork_request()
    fork = request.source
    assert fork is not None
    pipeline = gitlab.simulator.add_merge_request_pipeline(request, project=fork)
    end(gitlab, RED, pipeline=pipeline)
    revision = Revision(gitlab.repository, request.sha, request.iid)
    [run] = await gitlab.provider.find_runs(revision)
    fetched = await gitlab.provider.fetch_run(gitlab.repository, run, tmp_path, Reading.FAILED, FetchLimits())
    assert (fetched.files, fetched.notes) == ((), ("The pipeline is in a fork that does not let us read it",))


async def test_a_pipeline_that_is_gone(gitlab: GitlabBench, tmp_path: Path) -> None:
    run = await gitlab.provider.get_run(gitlab.repository, str(gitlab.pipeline.id))
    del gitlab.simulator.state.pipelines[gitlab.pipeline.id]
    with pytest.raises(NotFound):
        await gitlab.provider.fetch_run(gitlab.repository, run, tmp_path, Reading.FAILED, FetchLimits())


async def test_a_report_over_the_limit_is_left_out(gitlab: GitlabBench, tmp_path: Path) -> None:
    end(gitlab, SimJob("unit", "failed", "no", {"junit.xml": JUNIT, "x.xml": JUNIT * 1}))
    fetched = await fetch(gitlab, tmp_path, limits=FetchLimits(file=700, total=100_000))
    assert [file.kind for file in fetched.files] == [FileKind.LOG, FileKind.REPORT, FileKind.REPORT]
    assert any("test report could not be had: more than 700 bytes" in note for note in fetched.notes)


async def test_artifacts_that_lie_are_notes(gitlab: GitlabBench, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("junit.xml", b"\0" * 5_000_000)
    for body in (bomb.read_bytes(), b"no zip at all"):
        end(gitlab, SimJob("unit", "failed", "no", {"ctrf.json": CTRF}))
        gitlab.fault(Fault(method="GET", path="/artifacts$", status=200, body=body))
        folder = tmp_path / str(len(body))
        folder.mkdir()
        fetched = await fetch(gitlab, folder)
        assert [file.kind for file in fetched.files] == [FileKind.LOG]
        assert any("In the artifacts of unit" in note for note in fetched.notes)


async def test_a_host_that_is_down_is_a_note_for_a_part_and_an_error_for_all(
    gitlab: GitlabBench, tmp_path: Path
) -> None:
    end(gitlab, RED)
    gitlab.fault(Fault(method="GET", path="/trace$", status=503))
    fetched = await fetch(gitlab, tmp_path)
    assert any("log of unit could not be had" in note for note in fetched.notes)
    assert texts(fetched, FileKind.REPORT)
    run = await gitlab.provider.get_run(gitlab.repository, str(gitlab.pipeline.id))
    gitlab.fault(Fault(method="GET", path="/jobs$", status=503))
    with pytest.raises(Unavailable):
        await gitlab.provider.fetch_run(gitlab.repository, run, tmp_path, Reading.FAILED, FetchLimits())
