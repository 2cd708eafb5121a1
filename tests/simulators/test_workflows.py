"""The simulated GitHub Actions: runs, logs and artifacts in their storage, re-runs and their refusals."""

import io
import json
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from simulators.github import workflows
from simulators.github.actions import WorkflowRun
from simulators.github.storage import HOST
from simulators.stage import SimJob
from tests.simulators.conftest import Scene
from tests.stages import a_stage

ROOT = "/repos/{owner}/{repo}"


@pytest.fixture(scope="module")
def description() -> OpenAPI:
    document = json.loads(files("simulators.github").joinpath("github.openapi.json").read_bytes())
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))


@pytest.fixture
def run(scene: Scene) -> Iterator[WorkflowRun]:
    """One that failed."""
    made = begin(scene)
    jobs = [("unit", "failed", "E boom", {"junit.xml": b"<a/>"}), ("lint", "passed", "", {}), ("go", "skipped", "", {})]
    workflows.end(scene.sim.state, made, jobs)
    yield made


def begin(scene: Scene) -> WorkflowRun:
    pull = scene.pull
    where = {"event": "pull_request", "branch": "feature", "actor": pull.user, "pull": pull}
    return workflows.begin(scene.sim.state, scene.repo, pull.head.sha, "CI", **where)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "template"),
    [
        ("GET", f"{ROOT}/actions/runs"),
        ("GET", f"{ROOT}/actions/runs/{{run_id}}"),
        ("GET", f"{ROOT}/actions/runs/{{run_id}}/jobs"),
        ("GET", f"{ROOT}/actions/runs/{{run_id}}/artifacts"),
        ("POST", f"{ROOT}/actions/runs/{{run_id}}/rerun"),
        ("POST", f"{ROOT}/actions/runs/{{run_id}}/rerun-failed-jobs"),
    ],
)
def test_answer_has_the_published_shape(
    scene: Scene, run: WorkflowRun, description: OpenAPI, method: str, template: str
) -> None:
    path = template.format(owner="acme", repo="shop", run_id=run.id)
    sent: dict[str, Any] = {"json": {}} if method == "POST" else {}
    answer = scene.bot(method, path.removeprefix("/repos/acme/shop"), **sent)
    asked = MockRequest("https://api.github.com", method.lower(), path, path_pattern=template)
    given = MockResponse(answer.content, answer.status_code, dict(answer.headers), "application/json")
    assert [str(error) for error in description.iter_response_errors(asked, given)] == []


def get(scene: Scene, path: str) -> Any:
    answer = scene.bot("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_runs_are_filtered(scene: Scene, run: WorkflowRun) -> None:
    begin(scene)
    for query, count in (
        (f"head_sha={run.sha}", 2),
        ("status=completed", 1),
        ("status=failure", 1),
        ("event=push", 0),
        ("head_sha=" + "0" * 40, 0),
    ):
        assert get(scene, f"/actions/runs?{query}")["total_count"] == count, query


def test_the_latest_jobs_are_those_of_this_attempt_and_what_it_left_alone(scene: Scene, run: WorkflowRun) -> None:
    def jobs(query: str = "") -> list[tuple[str, int]]:
        found = get(scene, f"/actions/runs/{run.id}/jobs{query}")["jobs"]
        return [(job["name"], job["run_attempt"]) for job in found]

    assert jobs() == [("unit", 1), ("lint", 1), ("go", 1)]
    assert scene.bot("POST", f"/actions/runs/{run.id}/rerun-failed-jobs", json={}).status_code == 201
    workflows.end(scene.sim.state, run, [("unit", "passed", "", {})])
    assert sorted(jobs()) == [("go", 1), ("lint", 1), ("unit", 2)]
    assert (run.conclusion, run.attempt) == ("success", 2)
    assert scene.bot("POST", f"/actions/runs/{run.id}/rerun", json={}).status_code == 201
    workflows.end(scene.sim.state, run, [("unit", "passed", "", {})])
    assert jobs() == [("unit", 3)]
    assert len(jobs("?filter=all")) == 5


def test_a_log_lies_in_the_storage_where_tokens_have_no_business(scene: Scene, run: WorkflowRun) -> None:
    job = run.jobs[0]
    moved = scene.bot("GET", f"/actions/jobs/{job.id}/logs")
    assert moved.status_code == 302
    place = moved.headers["location"]
    assert place.startswith(f"{HOST}/_storage/")
    log = scene.client.get(place.removeprefix(HOST))
    lines = log.text.splitlines()
    assert lines[0] == "\ufeff2026-11-23T12:00:00.0000000Z ##[group]Operating System"
    assert [line.partition("Z ")[2] for line in lines[-3:]] == [
        "E boom",
        "##[error]Process completed with exit code 1.",
        "Cleaning up orphan processes",
    ]
    assert scene.client.get(place.removeprefix(HOST), headers={"Authorization": "Bearer x"}).status_code == 403
    assert scene.problem() == "a token was sent to the storage"
    assert scene.client.get("/_storage/unknown").status_code == 404


def test_logs_that_are_not_there(scene: Scene, run: WorkflowRun) -> None:
    run.jobs[0].log = None
    statuses = [
        scene.bot("GET", f"/actions/jobs/{number}/logs").status_code for number in (run.jobs[0].id, run.jobs[2].id, 1)
    ]
    assert statuses == [410, 404, 404]


def test_artifacts_are_zips_until_they_expire(scene: Scene, run: WorkflowRun) -> None:
    (shown,) = get(scene, f"/actions/runs/{run.id}/artifacts")["artifacts"]
    assert (shown["name"], shown["expired"]) == ("test-results-unit", False)
    path = f"/actions/artifacts/{shown['id']}"
    place = scene.bot("GET", f"{path}/zip").headers["location"]
    archive = zipfile.ZipFile(io.BytesIO(scene.client.get(place.removeprefix(HOST)).content))
    assert archive.read("junit.xml") == b"<a/>"
    assert scene.bot("GET", f"{path}/tar").status_code == 404
    run.artifacts[0].expired = True
    assert scene.bot("GET", f"{path}/zip").status_code == 410


def test_refusals_of_a_rerun(scene: Scene, run: WorkflowRun) -> None:
    def refused(path: str) -> str:
        answer = scene.bot("POST", path, json={})
        assert answer.status_code in (403, 409), answer.text
        return str(answer.json()["message"])

    running, whole = begin(scene), f"/actions/runs/{run.id}"
    assert refused(f"/actions/runs/{running.id}/rerun") == "This workflow is already running"
    assert refused(f"{whole}/cancel") == "Cannot cancel a workflow run that is completed."
    assert scene.bot("POST", f"/actions/jobs/{run.jobs[0].id}/rerun", json={}).status_code == 201
    assert refused(f"/actions/jobs/{run.jobs[0].id}/rerun").startswith("The workflow run containing this job")
    assert scene.bot("POST", f"{whole}/cancel").status_code == 202
    assert (run.conclusion, run.asked) == ("cancelled", ["unit"])
    scene.clock.move(days=31)
    assert "over a month ago" in refused(f"{whole}/rerun")
    scene.installation.permissions["actions"] = "read"
    assert refused(f"{whole}/rerun") == "Resource not accessible by integration"


def test_a_run_of_a_fork_names_no_pull_request() -> None:
    stage = a_stage("github")
    stage.installed()
    own, fork = stage.open_pull(), stage.open_pull("patch", fork=True)
    for pull, named in ((own, [own.number]), (fork, [])):
        (post,) = stage.run_posts(stage.begin_run("CI", pull))
        shown = json.loads(post.body)["workflow_run"]
        assert [each["number"] for each in shown["pull_requests"]] == named
        assert shown["head_repository"]["full_name"] == ("mallory/shop" if pull is fork else stage.path)


def test_a_try_in_the_merge_queue_is_on_its_branch() -> None:
    stage = a_stage("github")
    sha, (post,) = stage.merge_group(stage.open_pull())  # type: ignore[attr-defined]
    group = json.loads(post.body)["merge_group"]
    assert group["head_sha"] == sha
    run = stage.begin_run("CI", sha=sha)
    stage.end_run(run, SimJob("unit"))
    shown = json.loads(stage.run_posts(run)[0].body)["workflow_run"]
    assert (shown["event"], shown["head_branch"]) == ("merge_group", group["head_ref"].removeprefix("refs/heads/"))


def test_files_that_are_put_and_pushed_stand_on_the_default_branch() -> None:
    stage = a_stage("github")
    stage.put_file(".agnox.yml", "version: 1\n")
    (post,) = stage.pushed_default()
    push = json.loads(post.body)
    assert (push["ref"], push["created"], push["deleted"]) == ("refs/heads/main", False, False)
    commits = stage.repository.commits  # type: ignore[attr-defined]
    assert commits[push["after"]].tree[".agnox.yml"] == b"version: 1\n"
    assert commits[push["after"]].parents == (push["before"],)
