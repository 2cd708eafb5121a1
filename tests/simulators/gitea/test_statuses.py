"""Commit statuses."""

from typing import Any

import pytest

from tests.simulators.gitea.conftest import Scene


def post(scene: Scene, **body: Any) -> dict[str, Any]:
    answer = scene.bot("POST", f"/statuses/{scene.pull.head.sha}", json=body)
    assert answer.status_code == 201, answer.text
    status: dict[str, Any] = answer.json()
    return status


def test_status_is_set_and_read(scene: Scene) -> None:
    status = post(scene, state="failure", context="agnox", description=" 3 failed ", target_url="https://a.example")
    assert (status["status"], status["description"], status["id"]) == ("failure", "3 failed", 1)
    assert "state" not in status
    post(scene, state="success", context="agnox")
    sha = scene.pull.head.sha
    for path in (f"/statuses/{sha}", f"/commits/{sha}/statuses", "/commits/feature/statuses"):
        answer = scene.bot("GET", path)
        assert [(s["id"], s["status"]) for s in answer.json()] == [(2, "success"), (1, "failure")]
        assert answer.headers["x-total-count"] == "2"
    assert [s["id"] for s in scene.bot("GET", f"/statuses/{sha}?state=failure").json()] == [1]
    assert [s["id"] for s in scene.bot("GET", f"/statuses/{sha}?sort=oldest").json()] == [1, 2]


def test_ids_count_within_a_commit(scene: Scene) -> None:
    post(scene, state="pending")
    scene.sim.push(scene.pull)
    assert post(scene, state="pending")["id"] == 1


@pytest.mark.parametrize(
    ("states", "combined"),
    [
        (["success", "success"], "success"),
        (["success", "pending"], "pending"),
        (["pending", "warning"], "warning"),
        (["failure", "warning"], "failure"),
        (["error", "failure"], "failure"),
    ],
)
def test_combined_status_is_the_worst(scene: Scene, states: list[str], combined: str) -> None:
    post(scene, state="error", context="0")
    for at, state in enumerate(states):
        post(scene, state=state, context=str(at))
    answer = scene.bot("GET", "/commits/feature/status").json()
    assert (answer["state"], answer["total_count"], answer["sha"]) == (combined, 2, scene.pull.head.sha)


def test_contexts_differ_by_case(scene: Scene) -> None:
    post(scene, state="success", context="agnox")
    post(scene, state="failure", context="Agnox")
    assert scene.bot("GET", "/commits/feature/status").json()["total_count"] == 2


def test_commit_without_statuses(scene: Scene) -> None:
    assert scene.bot("GET", f"/statuses/{'0' * 40}").json() == []
    combined = scene.bot("GET", f"/commits/{scene.pull.head.sha}/status").json()
    assert (combined["state"], combined["statuses"], combined["sha"]) == ("", None, "")


def test_unknown_commit_is_an_internal_error(scene: Scene) -> None:
    answer = scene.bot("POST", f"/statuses/{'0' * 40}", json={"state": "success"})
    assert (answer.status_code, answer.json()["message"]) == (500, "")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"state": "failed"}, "'failed' is no state"),
        ({"context": "agnox"}, "None is no state"),
        ({"state": "success", "conclusion": "ok"}, "conclusion"),
        ({"state": "success", "description": None}, "description"),
    ],
)
def test_bad_status_is_refused_and_recorded(scene: Scene, body: dict[str, Any], problem: str) -> None:
    assert scene.bot("POST", f"/statuses/{scene.pull.head.sha}", json=body).status_code == 422
    assert problem in scene.problem()
    assert scene.sim.state.statuses == []
