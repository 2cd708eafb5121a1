"""Check runs: what is accepted, what is refused, and what stays."""

from typing import Any

import pytest

from tests.simulators.conftest import Scene

ANNOTATION = {"path": "a.py", "start_line": 2, "end_line": 2, "annotation_level": "failure", "message": "boo"}
OUTPUT = {"title": "t", "summary": "s"}


def annotations(**change: Any) -> dict[str, Any]:
    return {"output": {**OUTPUT, "annotations": [{**ANNOTATION, **change}]}}


def body(scene: Scene, **more: Any) -> dict[str, Any]:
    return {"name": "Agnox", "head_sha": scene.pull.head.sha, **more}


def create(scene: Scene, **more: Any) -> dict[str, Any]:
    answer = scene.bot("POST", "/check-runs", json=body(scene, **more))
    assert answer.status_code == 201, answer.text
    run: dict[str, Any] = answer.json()
    return run


GOOD: list[dict[str, Any]] = [
    {"status": "completed", "conclusion": "failure"},
    {"output": {"title": "t", "summary": "s" * 65_535, "text": "é" * 65_535}},
    annotations(message="x" * 65_536, raw_details="x" * 65_536, title="t" * 255),
    annotations(start_column=1, end_column=4),
    {"actions": [{"label": "x" * 20, "description": "x" * 40, "identifier": "x" * 20}] * 3},
    {"output": {**OUTPUT, "annotations": [ANNOTATION] * 50}},
    {"external_id": "run 1", "details_url": "https://example.com", "started_at": "2026-11-23T12:00:00Z"},
]
BAD: list[tuple[dict[str, Any], str]] = [
    ({"verdict": "bad"}, "verdict"),
    ({"output": {**OUTPUT, "colour": "red"}}, "colour"),
    (annotations(colour="red"), "colour"),
    ({"status": "completed"}, "conclusion is required"),
    ({"completed_at": "2026-11-23T12:00:00Z"}, "conclusion is required"),
    ({"status": "completed", "conclusion": "stale"}, "stale"),
    ({"status": "completed", "conclusion": "failed"}, "'failed' is not one of"),
    ({"status": "running"}, "'running' is not one of"),
    ({"started_at": "yesterday"}, "date-time"),
    ({"name": " "}, "name cannot be blank"),
    ({"details_url": "ftp://example.com"}, "details_url"),
    ({"output": {"summary": "s"}}, "'title' is a required property"),
    ({"output": {"title": "t", "summary": ""}}, "title and a summary"),
    ({"output": {"title": "t", "summary": "s" * 65_536}}, "too long"),
    ({"output": {**OUTPUT, "text": "s" * 65_536}}, "too long"),
    ({"output": {**OUTPUT, "annotations": [ANNOTATION] * 51}}, "too long"),
    (annotations(message="x" * 65_537), "64 KB"),
    (annotations(message="é" * 32_769), "64 KB"),
    (annotations(raw_details="é" * 32_769), "64 KB"),
    (annotations(title="t" * 256), "255"),
    (annotations(end_line=3, start_column=1), "columns"),
    (annotations(start_column=5, end_column=4), "end_column"),
    (annotations(end_line=1), "end_line"),
    (annotations(start_line=0), "start at 1"),
    (annotations(path="/etc/passwd"), "relative"),
    (annotations(message=""), "blank"),
    (annotations(message="a\x1b[31m"), "control characters"),
    (annotations(annotation_level="error"), "'error' is not one of"),
    ({"actions": [{"label": "a", "description": "a", "identifier": "a"}] * 4}, "too long"),
    ({"actions": [{"label": "x" * 21, "description": "a", "identifier": "a"}]}, "too long"),
    ({"actions": [{"label": "a", "description": "x" * 41, "identifier": "a"}]}, "too long"),
    ({"actions": [{"label": "a", "description": "a", "identifier": "x" * 21}]}, "too long"),
    ({"actions": [{"label": "a", "description": "a"}]}, "'identifier' is a required property"),
]


@pytest.mark.parametrize("more", GOOD)
def test_good_check_run_is_taken(scene: Scene, more: dict[str, Any]) -> None:
    create(scene, **more)


@pytest.mark.parametrize(("more", "problem"), BAD)
def test_bad_check_run_is_refused_and_recorded(scene: Scene, more: dict[str, Any], problem: str) -> None:
    answer = scene.bot("POST", "/check-runs", json=body(scene, **more))
    assert answer.status_code == 422
    assert set(answer.json()) == {"message", "documentation_url", "status", "errors"}
    assert problem in scene.problem()
    assert scene.sim.state.check_runs == {}


def test_half_a_surrogate_pair_is_refused(scene: Scene) -> None:
    content = b'{"name": "\\ud83d", "head_sha": "%s"}' % scene.pull.head.sha.encode()
    answer = scene.bot("POST", "/check-runs", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert "unicode" in scene.problem()


def test_broken_json_is_refused(scene: Scene) -> None:
    for content in (b"{", b"\xff\xfe"):
        answer = scene.bot("POST", "/check-runs", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")
        scene.problem()


def test_unknown_commit_is_told_but_is_no_violation(scene: Scene) -> None:
    answer = scene.bot("POST", "/check-runs", json={"name": "Agnox", "head_sha": "0" * 40})
    assert (answer.status_code, answer.json()["message"]) == (422, f"No commit found for SHA: {'0' * 40}")


def test_patch_appends_annotations(scene: Scene) -> None:
    run = create(scene, status="in_progress", **annotations())
    path = f"/check-runs/{run['id']}"
    answer = scene.bot("PATCH", path, json={"conclusion": "failure", **annotations(message="again")})
    assert (answer.json()["status"], answer.json()["output"]["annotations_count"]) == ("completed", 2)
    assert answer.json()["completed_at"] == "2026-11-23T12:00:00Z"
    listed = scene.bot("GET", f"{path}/annotations").json()
    assert [annotation["message"] for annotation in listed] == ["boo", "again"]
    again = scene.bot("PATCH", path, json={"status": "in_progress"}).json()
    assert (again["status"], again["conclusion"]) == ("in_progress", None)


def test_only_github_actions_may_set_its_own_states(scene: Scene) -> None:
    run = create(scene)
    assert scene.bot("PATCH", f"/check-runs/{run['id']}", json={"status": "waiting"}).status_code == 422
    scene.problem()


def test_newest_run_of_a_name_wins(scene: Scene) -> None:
    old, new = create(scene), create(scene)
    create(scene, name="lint")
    path = f"/commits/{scene.pull.head.sha}/check-runs"
    found = scene.bot("GET", path, params={"check_name": "Agnox", "app_id": "424242", "filter": "latest"}).json()
    assert (found["total_count"], found["check_runs"][0]["id"]) == (1, new["id"])
    every = scene.bot("GET", path, params={"check_name": "Agnox", "filter": "all"}).json()["check_runs"]
    assert [run["id"] for run in every] == [new["id"], old["id"]]
    by_branch = scene.bot("GET", "/commits/feature/check-runs").json()
    assert by_branch["total_count"] == 2
    assert new["check_suite"] == old["check_suite"]
    suites = scene.bot("GET", f"/commits/{scene.pull.head.sha}/check-suites").json()["check_suites"]
    assert (suites[0]["status"], suites[0]["latest_check_runs_count"]) == ("queued", 2)


def test_check_run_of_another_app_is_not_ours(scene: Scene) -> None:
    run = scene.sim.add_check_run(scene.repo, scene.pull.head.sha, "build", scene.sim.add_app("other"))
    answer = scene.bot("PATCH", f"/check-runs/{run.id}", json={"conclusion": "success"})
    assert answer.status_code == 403
    assert "Invalid app_id" in answer.json()["message"]
    assert scene.bot("GET", f"/check-runs/{run.id}").json()["app"]["slug"] == "other"


def test_pull_requests_of_a_fork_are_not_listed(scene: Scene) -> None:
    assert create(scene)["pull_requests"][0]["number"] == scene.pull.number
    fork = scene.sim.fork(scene.repo, "mona")
    pull = scene.sim.add_pull_request(scene.repo, fork=fork, head="patch-1", user="mona")
    answer = scene.bot("POST", "/check-runs", json={"name": "Agnox", "head_sha": pull.head.sha})
    assert answer.json()["pull_requests"] == []
