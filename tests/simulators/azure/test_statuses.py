"""Pull request statuses and the iterations that they are bound to."""

import pytest

from tests.simulators.azure.conftest import Scene

RED = {"state": "failed", "description": "3 failed", "context": {"genre": "agnox", "name": "Agnox"}}


def test_status_of_a_push_and_status_of_all(scene: Scene) -> None:
    bound = scene.on_pull("POST", "/statuses", json={**RED, "iterationId": 1}).json()
    free = scene.on_pull("POST", "/statuses", json={**RED, "state": "succeeded"}).json()
    scene.sim.push(scene.pull)
    left = scene.on_pull("GET", "/statuses").json()["value"]
    assert [(s["id"], s["state"], s.get("iterationId")) for s in left] == [(1, "failed", 1), (2, "succeeded", None)]
    assert (bound["iterationId"], free["createdBy"]["id"]) == (1, scene.sim.bot.id)
    assert scene.on_pull("GET", "/iterations/2/statuses").json()["count"] == 0
    assert scene.on_pull("GET", "/iterations/1/statuses").json()["count"] == 1


def test_same_context_adds_an_entry(scene: Scene) -> None:
    for state in ("pending", "failed"):
        scene.on_pull("POST", "/iterations/1/statuses", json={**RED, "state": state})
    assert [s["state"] for s in scene.on_pull("GET", "/statuses").json()["value"]] == ["pending", "failed"]
    removed = scene.on_pull(
        "PATCH",
        "/statuses",
        content='[{"op": "remove", "path": "/1"}]',
        headers={"Content-Type": "application/json-patch+json"},
    )
    assert removed.status_code == 200
    assert [s["id"] for s in scene.on_pull("GET", "/statuses").json()["value"]] == [2]
    assert scene.on_pull("GET", "/statuses/1").status_code == 404


def test_policy_with_reset_wants_an_iteration(scene: Scene) -> None:
    scene.sim.add_status_policy(scene.repo, "Agnox", genre="agnox", reset=True)
    refused = scene.on_pull("POST", "/statuses", json=RED)
    assert (refused.status_code, "reset" in refused.json()["message"]) == (400, True)
    assert scene.on_pull("POST", "/statuses", json={**RED, "iterationId": 1}).status_code == 200
    other = {**RED, "context": {"genre": "agnox", "name": "other"}}
    assert scene.on_pull("POST", "/statuses", json=other).status_code == 200


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"state": "success"}, "success"),
        ({"context": {"genre": "agnox"}}, "name"),
        ({"targetUrl": "/report"}, "absolute"),
        ({"iterationId": 2}, "no iteration 2"),
        ({"Description": "x"}, "Description"),
    ],
)
def test_bad_status(scene: Scene, change: dict[str, object], problem: str) -> None:
    assert scene.on_pull("POST", "/statuses", json={**RED, **change}).status_code == 400
    assert problem in scene.problem()
    assert scene.pull.statuses == []


def test_commit_statuses(scene: Scene) -> None:
    path = f"/commits/{scene.pull.head}/statuses"
    for state in ("pending", "failed"):
        assert scene.git("POST", path, json={**RED, "state": state}).status_code == 200
    assert scene.git("GET", path).json()["count"] == 2
    (newest,) = scene.git("GET", f"{path}?latestOnly=true").json()["value"]
    assert newest["state"] == "failed"
    missing = scene.git("POST", f"/commits/{'0' * 40}/statuses", json=RED)
    assert (missing.status_code, missing.json()["typeKey"]) == (404, "GitUnresolvableToCommitException")
    assert scene.on_pull("GET", "/statuses").json()["count"] == 0
