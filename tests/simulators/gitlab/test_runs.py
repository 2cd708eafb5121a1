"""Pipelines as GitLab tells of them, runs them again and stops them."""

import io
import zipfile

import pytest

from simulators.gitlab import Pipeline
from simulators.gitlab.stage_runs import Pipelines
from simulators.stage import SimJob
from tests.simulators.gitlab.conftest import Scene

JUNIT = b"""<testsuite name="shop" file="tests/test_pay.py">
<testcase classname="tests.test_pay" name="test_pays" time="0.25"><failure message="no">E  assert 0</failure></testcase>
<testcase classname="tests.test_pay" name="test_adds" time="0.5"/>
<testcase classname="tests.test_pay" name="test_later"><skipped message="not yet"/></testcase>
</testsuite>"""
RED = SimJob("unit", "failed", "E  assert 0", {"junit.xml": JUNIT})


def ended(scene: Scene, *jobs: SimJob) -> Pipeline:
    pipeline = scene.sim.add_merge_request_pipeline(scene.request, jobs=())
    Pipelines(scene.sim).end(pipeline, jobs)
    return pipeline


def jobs(scene: Scene, pipeline: Pipeline, query: str = "") -> dict[str, str]:
    found = scene.bot("GET", f"/pipelines/{pipeline.id}/jobs{query}").json()
    return {job["name"]: job["status"] for job in found}


def test_a_trace_is_as_runners_print_it(scene: Scene) -> None:
    pipeline = ended(scene, RED, SimJob("lint", log="fine"))
    failed, passed = pipeline.own()
    text = scene.bot("GET", f"/jobs/{failed.id}/trace").text
    assert "E  assert 0\nsection_end:" in text and "\x1b[31;1mERROR: Job failed: exit code 1\n" in text
    assert text.count("section_start:") == text.count("section_end:") == 2
    assert "Job succeeded" in scene.bot("GET", f"/jobs/{passed.id}/trace").text
    failed.log = None
    assert scene.bot("GET", f"/jobs/{failed.id}/trace").content == b""
    assert scene.bot("GET", "/jobs/1/trace").status_code == 404


def test_the_test_report_is_made_of_junit_files(scene: Scene) -> None:
    pipeline = ended(scene, RED, SimJob("broken", "failed", reports={"junit.xml": b"<testsuite>"}), SimJob("lint"))
    report = scene.bot("GET", f"/pipelines/{pipeline.id}/test_report").json()
    assert [report[f"{name}_count"] for name in ("total", "success", "failed", "skipped", "error")] == [3, 1, 1, 1, 0]
    unit, broken = report["test_suites"]
    assert (unit["name"], unit["total_time"], unit["suite_error"]) == ("unit", 0.75, None)
    assert (
        unit["test_cases"][0] | {"status": "failed", "system_output": "E  assert 0", "file": "tests/test_pay.py"}
        == (unit["test_cases"][0])
    )
    assert (broken["total_count"], broken["suite_error"][:26]) == (0, "JUnit XML parsing failed: ")


@pytest.mark.parametrize("elsewhere", [False, True])
def test_artifacts_are_a_zip_perhaps_elsewhere(scene: Scene, elsewhere: bool) -> None:
    scene.sim.state.stores_elsewhere = elsewhere
    job, bare = ended(scene, RED, SimJob("lint")).own()
    answer = scene.bot("GET", f"/jobs/{job.id}/artifacts")
    if elsewhere:
        assert answer.status_code == 302
        location = answer.headers["location"].removeprefix(scene.sim.urls.web)
        location = "/" + location.partition("://")[2].partition("/")[2] if "://" in location else location
        assert scene.client.get(location, headers={"PRIVATE-TOKEN": scene.token.value}).status_code == 400
        assert "a token was sent" in scene.problem()
        answer = scene.client.get(location)
    assert zipfile.ZipFile(io.BytesIO(answer.content)).read("junit.xml") == JUNIT
    assert scene.bot("GET", f"/jobs/{bare.id}/artifacts").status_code == 404


def test_what_failed_runs_again_and_time_goes_on(scene: Scene) -> None:
    pipeline = ended(scene, RED, SimJob("lint"))
    before = pipeline.finished_at
    assert scene.bot("POST", f"/pipelines/{pipeline.id}/retry").status_code == 201
    assert jobs(scene, pipeline) == {"unit": "pending", "lint": "success"}
    assert len(scene.bot("GET", f"/pipelines/{pipeline.id}/jobs?include_retried=true").json()) == 3
    Pipelines(scene.sim).end(pipeline, [SimJob("unit")])
    assert before is not None and pipeline.finished_at is not None and pipeline.finished_at > before
    assert (pipeline.status, pipeline.asked) == ("success", ["failed"])


def test_one_job_runs_again_once(scene: Scene) -> None:
    pipeline = ended(scene, RED, SimJob("e2e", "failed"))
    job = pipeline.own()[1]
    assert scene.bot("POST", f"/jobs/{job.id}/retry").json()["name"] == "e2e"
    assert scene.bot("POST", f"/jobs/{job.id}/retry").status_code == 403
    assert jobs(scene, pipeline) == {"unit": "failed", "e2e": "pending"}
    assert pipeline.asked == ["e2e"]


def test_a_new_pipeline_takes_the_place_of_the_last(scene: Scene) -> None:
    pipeline = ended(scene, RED, SimJob("lint"))
    pipeline.name = "CI"
    new = scene.on_request("POST", "/pipelines", json={}).json()
    assert pipeline.again is not None and pipeline.again.id == new["id"]
    assert (pipeline.again.name, pipeline.asked) == ("CI", ["all"])
    assert jobs(scene, pipeline.again) == {"unit": "pending", "lint": "pending"}


def test_cancelling_stops_what_is_under_way_only(scene: Scene) -> None:
    pipeline = scene.sim.add_merge_request_pipeline(scene.request, jobs=("unit",))
    for _ in range(2):
        assert scene.bot("POST", f"/pipelines/{pipeline.id}/cancel").json()["status"] == "canceled"
    over = ended(scene, RED)
    assert scene.bot("POST", f"/pipelines/{over.id}/cancel").json()["status"] == "failed"
    assert (pipeline.cancelled, over.cancelled) == (True, False)


def test_a_bridge_is_no_job(scene: Scene) -> None:
    pipeline = ended(scene, SimJob("lint"))
    child = scene.sim.add_pipeline(scene.project, pipeline.sha, pipeline.ref, source="parent_pipeline", status="failed")
    scene.sim.add_bridge(pipeline, "services", child)
    assert jobs(scene, pipeline) == {"lint": "success"}
    [bridge] = scene.bot("GET", f"/pipelines/{pipeline.id}/bridges").json()
    assert (bridge["name"], bridge["status"], bridge["downstream_pipeline"]["id"]) == ("services", "failed", child.id)
    assert pipeline.status == "failed"
    listed = [each["id"] for each in scene.bot("GET", "/pipelines").json()]
    assert (pipeline.id in listed, child.id in listed) == (True, False)


def test_strangers_run_nothing_again(scene: Scene) -> None:
    pipeline = ended(scene, RED)
    weak = scene.sim.add_access_token(scene.project, scopes=("read_api",))
    path = f"/projects/{scene.project.id}/pipelines/{pipeline.id}"
    for action in ("retry", "cancel"):
        assert scene.call("POST", f"{path}/{action}", weak).status_code == 403
    assert pipeline.asked == []


def test_a_push_tells_its_files(scene: Scene) -> None:
    before = scene.project.branches["main"]
    after = scene.sim.commit(scene.project, {".agnox.yml": "version: 2\n", "new.py": "x"})
    user = scene.sim.add_user("mona")
    [commit] = scene.sim.events.push(scene.project, "main", before, after, user).payload["commits"]
    assert (commit["added"], commit["modified"], commit["removed"]) == (["new.py"], [".agnox.yml"], [])


def test_a_status_of_others_keeps_a_pipeline_from_its_end(scene: Scene) -> None:
    pipeline = scene.sim.add_merge_request_pipeline(scene.request, jobs=())
    pipeline.bare = "running"
    assert not pipeline.held
    status = {"state": "pending", "name": "Gate", "pipeline_id": pipeline.id}
    assert scene.bot("POST", f"/statuses/{pipeline.sha}", json=status).status_code == 201
    Pipelines(scene.sim).end(pipeline, [RED])
    assert (pipeline.status, pipeline.held) == ("running", True)
    scene.bot("POST", f"/statuses/{pipeline.sha}", json=status | {"state": "success"})
    assert (pipeline.status, pipeline.held) == ("failed", False)


def test_a_job_hook(scene: Scene) -> None:
    pipeline = ended(scene, RED)
    event = scene.sim.events.job(pipeline.own()[0])
    assert (event.name, event.flag) == ("Job Hook", "job_events")
    told = {name: event.payload[name] for name in ("object_kind", "build_name", "build_status", "pipeline_id")}
    assert told == {
        "object_kind": "build",
        "build_name": "unit",
        "build_status": "failed",
        "pipeline_id": pipeline.id,
    }
    assert event.payload["project_id"] == event.payload["project"]["id"]
