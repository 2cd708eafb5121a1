"""Comments and reactions: what is accepted, what is refused, and what stays."""

from typing import Any

import pytest

from tests.simulators.gitea.conftest import Scene


def test_comment_lives(scene: Scene) -> None:
    comment = scene.comment("first")
    path = f"/issues/comments/{comment['id']}"
    page = f"http://testserver/acme/shop/pulls/{scene.pull.number}"
    assert (comment["pull_request_url"], comment["issue_url"]) == (page, "")
    assert comment["html_url"] == f"{page}#issuecomment-{comment['id']}"
    assert comment["user"]["login"] == "agnox"
    scene.clock.move(minutes=5)
    edited = scene.bot("PATCH", path, json={"body": "second"}).json()
    assert (edited["body"], edited["created_at"], edited["updated_at"]) == (
        "second",
        "2026-11-23T12:00:00Z",
        "2026-11-23T12:05:00Z",
    )
    assert scene.bot("GET", path).json() == edited
    assert scene.bot("DELETE", path).status_code == 204
    gone = scene.bot("GET", path)
    assert (gone.status_code, gone.json()["message"]) == (
        404,
        f"comment does not exist [id: {comment['id']}, issue_id: 0]",
    )


def test_all_comments_come_at_once(scene: Scene) -> None:
    for number in range(60):
        scene.sim.add_comment(scene.pull, "mona", str(number))
    answer = scene.bot("GET", f"/issues/{scene.pull.number}/comments?limit=2&page=3")
    assert [comment["body"] for comment in answer.json()] == [str(number) for number in range(60)]
    assert answer.headers["x-total-count"] == "60"
    assert "link" not in answer.headers


def test_comments_since(scene: Scene) -> None:
    scene.comment("old")
    scene.clock.move(hours=1)
    scene.comment("new")
    path, noon = f"/issues/{scene.pull.number}/comments", "2026-11-23T12:30:00Z"
    assert [c["body"] for c in scene.bot("GET", path, params={"since": noon}).json()] == ["new"]
    assert [c["body"] for c in scene.bot("GET", path, params={"before": noon}).json()] == ["old"]


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"json": {"body": ""}}, "Body: Required"),
        ({"json": {}}, "'body' is a required property"),
        ({"json": {"body": 1}}, "1 is not of type 'string'"),
        ({"json": {"body": "x", "mood": "bad"}}, "mood"),
        ({"json": {"body": "a\0b"}}, "body: invalid characters"),
        ({"content": b'{"body": "\\ud83d"}', "headers": {"Content-Type": "application/json"}}, "invalid characters"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, "Problems parsing JSON"),
    ],
)
def test_bad_comment_is_refused_and_recorded(scene: Scene, sent: dict[str, Any], problem: str) -> None:
    answer = scene.bot("POST", f"/issues/{scene.pull.number}/comments", **sent)
    assert (answer.status_code, set(answer.json())) == (422, {"message", "url"})
    assert problem in scene.problem()
    assert scene.sim.state.comments == {}


def test_issue_that_is_not_there_is_an_internal_error(scene: Scene) -> None:
    for answer in (
        scene.bot("GET", "/issues/99/comments"),
        scene.bot("POST", "/issues/99/comments", json={"body": "x"}),
    ):
        assert (answer.status_code, answer.json()["message"]) == (500, "")


def test_comment_of_another_repository_is_not_found(scene: Scene) -> None:
    other = scene.sim.add_repository("acme/site")
    comment = scene.sim.add_comment(scene.sim.add_issue(other, "A question"), "mona", "hi")
    answer = scene.bot("GET", f"/issues/comments/{comment.id}")
    assert (answer.status_code, answer.content) == (404, b"")
    own = scene.call("GET", f"/repos/acme/site/issues/comments/{comment.id}", scene.token).json()
    assert (own["pull_request_url"], own["issue_url"]) == ("", "http://testserver/acme/site/issues/1")


def test_only_author_and_writers_change_a_comment(scene: Scene) -> None:
    scene.sim.set_right(scene.repo, "hubot", "read")
    path = f"/issues/comments/{scene.comment()['id']}"
    for method, sent in (("PATCH", {"json": {"body": "mine"}}), ("DELETE", {})):
        answer = scene.person("hubot", method, path, **sent)
        assert (answer.status_code, answer.content) == (403, b"")
    assert scene.person("mona", "PATCH", path, json={"body": "better"}).status_code == 200


def test_locked_conversation_is_for_writers(scene: Scene) -> None:
    comment = scene.comment()
    scene.pull.locked = True
    scene.sim.set_right(scene.repo, "hubot", "read")
    assert scene.person("hubot", "POST", "/issues/1/comments", json={"body": "x"}).status_code == 403
    reactions = f"/issues/comments/{comment['id']}/reactions"
    assert scene.person("hubot", "POST", reactions, json={"content": "eyes"}).status_code == 403
    assert scene.person("mona", "POST", "/issues/1/comments", json={"body": "x"}).status_code == 201


def test_reactions_come_and_go(scene: Scene) -> None:
    path = f"/issues/comments/{scene.comment()['id']}/reactions"
    none = scene.bot("GET", path)
    assert (none.status_code, none.json()) == (200, None)
    assert [scene.bot("POST", path, json={"content": "eyes"}).status_code for _ in range(2)] == [201, 200]
    scene.person("mona", "POST", path, json={"content": "eyes"})
    shown = scene.bot("GET", path).json()
    assert [(r["content"], r["user"]["login"]) for r in shown] == [("eyes", "agnox"), ("eyes", "mona")]
    assert [scene.bot("DELETE", path, json={"content": "eyes"}).status_code for _ in range(2)] == [200, 200]
    assert [r["user"]["login"] for r in scene.bot("GET", path).json()] == ["mona"]


def test_unknown_reaction_is_forbidden(scene: Scene) -> None:
    path = f"/issues/comments/{scene.comment()['id']}/reactions"
    answer = scene.bot("POST", path, json={"content": "shrug"})
    assert (answer.status_code, answer.json()["message"]) == (403, "'shrug' is not an allowed reaction")
    assert scene.problem() == "'shrug' is not an allowed reaction"
