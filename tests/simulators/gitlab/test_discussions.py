"""Threads: positions in the diff, replies, resolving."""

from typing import Any

import pytest

from simulators.gitlab import Level
from tests.simulators.gitlab.conftest import Scene


def _position(scene: Scene, **lines: Any) -> dict[str, Any]:
    refs = scene.on_request("GET").json()["diff_refs"]
    where = {"position_type": "text", "new_path": "src/pay.py", "old_path": "src/pay.py"}
    return {**refs, **where, **lines}


def _start(scene: Scene, **lines: Any) -> Any:
    return scene.on_request("POST", "/discussions", json={"body": "here", "position": _position(scene, **lines)})


@pytest.mark.parametrize("lines", [{"new_line": 2}, {"new_line": 3}, {"old_line": 2}, {"old_line": 1, "new_line": 1}])
def test_a_thread_on_a_line(scene: Scene, lines: dict[str, int]) -> None:
    answer = _start(scene, **lines)
    assert answer.status_code == 201, answer.text
    (note,) = answer.json()["notes"]
    assert (note["type"], note["resolvable"], note["resolved"]) == ("DiffNote", True, False)
    assert {name: note["position"][name] for name in lines} == lines


@pytest.mark.parametrize(
    "lines",
    [
        {"new_line": 1},  # an unchanged line needs both numbers
        {"old_line": 1},
        {"new_line": 9},
        {"old_line": 2, "new_line": 2},
        {},
        {"new_line": 2, "new_path": "src/other.py"},
        {"new_line": 2, "old_path": None},
        {"new_line": 2, "head_sha": "0" * 40},
    ],
)
def test_a_line_outside_the_diff(scene: Scene, lines: dict[str, Any]) -> None:
    position = {name: value for name, value in _position(scene, **lines).items() if value is not None}
    answer = scene.on_request("POST", "/discussions", json={"body": "here", "position": position})
    assert answer.status_code == 400
    assert "line_code" in answer.json()["message"]
    assert scene.on_request("GET", "/discussions").json() == []


def test_an_older_version_of_the_diff_is_known(scene: Scene) -> None:
    position = _position(scene, new_line=2)
    scene.sim.push(scene.request)
    assert len(scene.on_request("GET", "/versions").json()) == 2
    answer = scene.on_request("POST", "/discussions", json={"body": "here", "position": position})
    assert answer.status_code == 201


def test_a_thread_is_answered_and_resolved(scene: Scene) -> None:
    thread = scene.on_request("POST", "/discussions", json={"body": "red"}).json()
    path = f"/discussions/{thread['id']}"
    reply = scene.on_request("POST", f"{path}/notes", json={"body": "still red"}).json()
    assert reply["type"] == "DiscussionNote"
    for sent in ({"params": {"resolved": "true"}}, {"json": {"resolved": True}}):
        resolved = scene.on_request("PUT", path, **sent).json()
        assert [note["resolved"] for note in resolved["notes"]] == [True, True]
        opened = scene.on_request("PUT", path, json={"resolved": False}).json()
        assert [note["resolved"] for note in opened["notes"]] == [False, False]
    assert scene.on_request("PUT", path).status_code == 400
    assert scene.problem() == "resolved is missing"
    one = f"{path}/notes/{reply['id']}"
    assert scene.on_request("PUT", one, json={"resolved": True}).json()["resolved"] is True
    assert scene.on_request("PUT", one, json={"body": "green"}).json()["body"] == "green"
    assert scene.on_request("PUT", one, json={"body": "x", "resolved": True}).status_code == 400
    assert "exclusive" in scene.problem()
    assert scene.on_request("DELETE", one).status_code == 204
    assert len(scene.on_request("GET", path).json()["notes"]) == 1


def test_a_single_note_becomes_a_thread_when_it_is_answered(scene: Scene) -> None:
    note = scene.sim.add_note(scene.request, "mona", "hi")
    assert note is not None
    path = f"/discussions/{note.discussion.id}"
    before = scene.on_request("GET", path).json()
    assert (before["individual_note"], before["notes"][0]["type"]) == (True, None)
    assert scene.on_request("PUT", path, json={"resolved": True}).status_code == 404
    scene.on_request("POST", f"{path}/notes", json={"body": "hello"})
    after = scene.on_request("GET", path).json()
    assert (after["individual_note"], [n["type"] for n in after["notes"]]) == (False, ["DiscussionNote"] * 2)


def test_a_reporter_does_not_resolve(scene: Scene) -> None:
    thread = scene.on_request("POST", "/discussions", json={"body": "red"}).json()
    scene.sim.add_member(scene.project, scene.token.user.username, Level.REPORTER)
    assert scene.on_request("PUT", f"/discussions/{thread['id']}", json={"resolved": True}).status_code == 403
    assert scene.on_request("GET", "/discussions/unknown").status_code == 404
