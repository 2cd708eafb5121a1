"""Notes, quick actions, mentions, emoji."""

import pytest
from starlette.testclient import TestClient

from simulators.gitlab import GitlabSimulator, Level, Note
from simulators.gitlab.markdown import references
from tests.simulators.gitlab.conftest import Scene


def _note(scene: Scene, user: str, body: str, *, internal: bool = False) -> Note:
    note = scene.sim.add_note(scene.request, user, body, internal=internal)
    assert note is not None
    return note


def test_a_note_is_made_edited_and_deleted(scene: Scene) -> None:
    made = scene.on_request("POST", "/notes", json={"body": "<!-- agnox:k -->\nred"})
    note = made.json()
    assert (made.status_code, note["body"]) == (201, "<!-- agnox:k -->\nred")
    assert (note["author"]["id"], note["system"], note["noteable_iid"]) == (scene.token.user.id, False, 1)
    scene.clock.move(minutes=1)
    edited = scene.on_request("PUT", f"/notes/{note['id']}", json={"body": "green"}).json()
    assert edited["body"] == "green"
    assert edited["created_at"] == "2026-11-23T12:00:00.000Z"
    assert edited["updated_at"] == "2026-11-23T12:01:00.000Z"
    assert scene.on_request("DELETE", f"/notes/{note['id']}").status_code == 204
    assert scene.on_request("GET", f"/notes/{note['id']}").status_code == 404


def test_notes_come_in_order_by_pages_and_without_activity(scene: Scene) -> None:
    for number in range(5):
        _note(scene, "mona", f"note {number}")
        scene.clock.move(seconds=1)
    scene.sim.push(scene.request)
    assert scene.on_request("GET", "/notes").json()[0]["system"] is True
    assert len(scene.on_request("GET", "/notes?activity_filter=only_activity").json()) == 1
    asked = "/notes?sort=asc&order_by=created_at&activity_filter=only_comments&per_page=2"
    first = scene.on_request("GET", asked)
    assert [note["body"] for note in first.json()] == ["note 0", "note 1"]
    assert (first.headers["x-next-page"], first.headers["x-total"], first.headers["x-prev-page"]) == ("2", "5", "")
    second = scene.call("GET", first.links["next"]["url"], scene.token)
    assert [note["body"] for note in second.json()] == ["note 2", "note 3"]
    last = scene.call("GET", second.links["last"]["url"], scene.token)
    assert ([note["body"] for note in last.json()], last.headers["x-next-page"]) == (["note 4"], "")
    assert "next" not in last.links


def test_only_the_author_edits(scene: Scene) -> None:
    note = _note(scene, "mona", "mine")
    assert scene.on_request("PUT", f"/notes/{note.id}", json={"body": "ours"}).status_code == 403
    assert note.body == "mine"
    activity = scene.sim.add_system_note(scene.request, scene.token.user.username, "closed")
    assert scene.on_request("PUT", f"/notes/{activity.id}", json={"body": "opened"}).status_code == 403
    # A maintainer may delete what others wrote.
    assert scene.on_request("DELETE", f"/notes/{note.id}").status_code == 204


def test_internal_notes_are_for_members(scene: Scene) -> None:
    scene.project.visibility = "public"
    note = _note(scene, "mona", "secret", internal=True)
    stranger = scene.sim.add_personal_token(scene.sim.add_user("mallory"))
    path = f"/projects/{scene.project.id}/merge_requests/1/notes"
    assert scene.call("GET", path, stranger).json() == []
    assert scene.call("GET", f"{path}/{note.id}", stranger).status_code == 404
    assert scene.call("GET", path, scene.token).json()[0]["internal"] is True
    assert scene.call("POST", path, stranger, json={"body": "x", "internal": True}).status_code == 403


@pytest.mark.parametrize("body", ["", " \n ", "x" * 1_000_001])
def test_a_note_says_something_but_not_too_much(scene: Scene, body: str) -> None:
    assert scene.on_request("POST", "/notes", json={"body": body}).status_code == 400
    assert scene.problem()
    assert scene.on_request("POST", "/notes", json={"body": "x" * 1_000_000}).status_code == 201


def test_limits_hold_without_a_contract() -> None:
    sim = GitlabSimulator()
    project = sim.add_project("acme/shop")
    token, request = sim.add_access_token(project), sim.add_merge_request(project)
    with TestClient(sim.app) as client:
        path = f"/api/v4/projects/{project.id}/merge_requests/{request.iid}/notes"
        for body in ({"body": "x" * 1_000_001}, {"body": "\n"}, {}, {"body": 3}, {"body": "\0"}):
            assert client.post(path, json=body, headers={"PRIVATE-TOKEN": token.value}).status_code == 400
    assert len(sim.violations) == 5


@pytest.mark.parametrize(
    "body",
    [
        "text\n/close",
        "/close  \r\ntext",
        "text\n   /close",
        "> quoted\n\n/close",
        "<details>\n\n/close\n\n</details>",
        "`/x`\n/CLOSE",
    ],
)
def test_quick_actions_run_and_vanish(scene: Scene, body: str) -> None:
    note = scene.on_request("POST", "/notes", json={"body": body}).json()
    assert "/close" not in note["body"].lower()
    assert scene.request.state == "closed"
    assert "runs" in scene.problem()
    (effect,) = scene.sim.effects
    assert (effect.kind, effect.text.lower(), effect.by) == ("quick_action", "/close", scene.token.user)


@pytest.mark.parametrize(
    "body",
    [
        "```\n/close\n```",
        "~~~~\n/close\n~~~\n/merge\n~~~~",
        "text\n\n    /close",
        "> /close",
        "say /close",
        "/agnox rerun failed",
        "/closed",
        "\u200b/close",
    ],
)
def test_what_is_no_quick_action_stays(scene: Scene, body: str) -> None:
    assert scene.on_request("POST", "/notes", json={"body": body}).json()["body"] == body
    assert scene.request.state == "opened"
    assert scene.sim.effects == []


def test_a_note_of_quick_actions_alone_is_none(scene: Scene) -> None:
    answer = scene.on_request("POST", "/notes", json={"body": "/approve\n/merge"})
    assert answer.status_code == 202
    assert (scene.request.state, scene.request.approvals) == ("merged", [scene.token.user])
    assert scene.problems() == ["the note runs /approve", "the note runs /merge"]
    assert scene.sim.state.notes_of(scene.request) == []
    assert scene.sim.add_note(scene.request, "mona", "/reopen") is None


def test_quick_actions_need_the_right(scene: Scene) -> None:
    scene.project.visibility = "public"
    assert scene.sim.add_note(scene.request, "mallory", "/merge\n/close\nhello") is not None
    assert (scene.request.state, len(scene.sim.effects)) == ("opened", 2)
    scene.sim.add_member(scene.project, "mona", Level.GUEST)
    scene.sim.add_note(scene.request, "mona", "/merge\n/close")
    assert scene.request.state == "closed"  # by its author
    # What people do is no violation.
    assert scene.problems() == []


def test_an_edit_runs_quick_actions_too(scene: Scene) -> None:
    note = scene.on_request("POST", "/notes", json={"body": "x"}).json()
    scene.on_request("PUT", f"/notes/{note['id']}", json={"body": "y\n/draft\n@mona"})
    assert scene.request.draft
    assert scene.problems() == ["the note runs /draft", "the note notifies @mona"]
    scene.on_request("PUT", f"/notes/{note['id']}", json={"body": "z @mona"})
    assert scene.problems() == []


@pytest.mark.parametrize(
    ("body", "notified"),
    [
        ("hello @all", ["@all"]),
        ("(@mona, @acme/tools)", ["@mona", "@acme/tools"]),
        ("&#64;mona", ["@mona"]),
        ("<div>\n@mona\n</div>", ["@mona"]),
        ("<summary>@mona</summary>", ["@mona"]),
        ("@\u200ball `@all` <code>@all</code> [@all](https://x.example)", []),
        ("```\n@all\n```", []),
        ("me@example.com", []),
        ("<!-- @all -->", []),
    ],
)
def test_mentions_notify(scene: Scene, body: str, notified: list[str]) -> None:
    scene.on_request("POST", "/notes", json={"body": body})
    assert [effect.text for effect in scene.sim.effects] == notified
    assert scene.problems() == [f"the note notifies {name}" for name in notified]


def test_references_are_found() -> None:
    text = "see #1, !2 and acme/shop!3, &4 $5 ~bug %v1 ^alert#6 `#7` #\u200b8 x#9 [issue:10]"
    found = ["#1", "!2", "acme/shop!3", "&4", "$5", "~bug", "%v1", "^alert#6", "[issue:10]"]
    assert references(text) == found


def test_an_emoji_is_awarded_once(scene: Scene) -> None:
    path = f"/notes/{_note(scene, 'mona', '/agnox rerun').id}/award_emoji"
    made = scene.on_request("POST", path, json={"name": "eyes"})
    assert (made.status_code, made.json()["name"]) == (201, "eyes")
    again = scene.on_request("POST", path, json={"name": "eyes"})
    assert again.status_code == 404
    assert "Award Emoji Name has already been taken" in again.json()["message"]
    assert len(scene.on_request("GET", path).json()) == 1
    assert scene.on_request("POST", path, json={"name": "+1"}).status_code == 400
    assert "emoji" in scene.problem()
    assert scene.on_request("DELETE", f"{path}/{made.json()['id']}").status_code == 204
    assert scene.on_request("GET", path).json() == []


def test_notes_have_a_limit_of_their_own(scene: Scene) -> None:
    scene.sim.host.note_limit.limit = 2
    told = [scene.on_request("POST", "/notes", json={"body": "x"}) for _ in range(3)]
    assert [answer.status_code for answer in told] == [201, 201, 429]
    assert "too many times" in told[2].json()["message"]["error"]
    scene.clock.move(minutes=1)
    assert scene.on_request("POST", "/notes", json={"body": "x"}).status_code == 201
