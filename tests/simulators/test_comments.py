"""Comments, reactions and commit statuses."""

from typing import Any

import pytest

from tests.simulators.conftest import Scene


def test_comment_says_who_wrote_it(scene: Scene) -> None:
    answer = scene.bot("POST", "/issues/1/comments", json={"body": "hello"})
    assert answer.status_code == 201
    comment = answer.json()
    assert (comment["user"]["login"], comment["user"]["type"]) == ("agnox-bot[bot]", "Bot")
    assert comment["performed_via_github_app"]["id"] == scene.sim.github_app.id
    person = scene.sim.token_for(scene.sim.add_user("mona"))
    path = "/repos/acme/shop/issues/1/comments"
    assert scene.call("POST", path, person, json={"body": "hi"}).json()["performed_via_github_app"] is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"body": "x" * 65_537}, "Body is too long (maximum is 65536 characters)"),
        ({"body": ""}, "can't be blank"),
        ({"body": " \n"}, "can't be blank"),
        ({"body": "a\x00b"}, "control characters"),
        ({"body": "a", "event": "COMMENT"}, "event"),
        ({}, "'body' is a required property"),
    ],
)
def test_bad_comment_is_refused(scene: Scene, body: dict[str, Any], problem: str) -> None:
    answer = scene.bot("POST", "/issues/1/comments", json=body)
    assert answer.status_code == 422
    assert problem in answer.text
    assert problem in scene.problem()
    assert scene.bot("POST", "/issues/1/comments", json={"body": "é" * 65_536}).status_code == 201


def test_comment_is_edited_and_deleted(scene: Scene) -> None:
    comment = scene.bot("POST", "/issues/1/comments", json={"body": "one"}).json()
    path = f"/issues/comments/{comment['id']}"
    assert comment["id"] > 2**31
    scene.clock.move(minutes=1)
    edited = scene.bot("PATCH", path, json={"body": "two"}).json()
    assert (edited["body"], edited["updated_at"]) == ("two", "2026-11-23T12:01:00Z")
    assert scene.bot("DELETE", path).status_code == 204
    assert scene.bot("PATCH", path, json={"body": "three"}).status_code == 404


def test_comment_of_somebody_else_is_not_ours(scene: Scene) -> None:
    comment = scene.sim.add_comment(scene.pull, "mona", "mine")
    assert scene.bot("PATCH", f"/issues/comments/{comment.id}", json={"body": "x"}).status_code == 403


def test_comments_come_in_pages(scene: Scene) -> None:
    for number in range(5):
        scene.sim.add_comment(scene.pull, "mona", str(number))
    first = scene.bot("GET", "/issues/1/comments", params={"per_page": 2})
    assert [comment["body"] for comment in first.json()] == ["0", "1"]
    assert set(first.links) == {"next", "last"}
    second = scene.call("GET", first.links["next"]["url"], scene.token())
    assert [comment["body"] for comment in second.json()] == ["2", "3"]
    third = scene.call("GET", second.links["next"]["url"], scene.token())
    assert ([comment["body"] for comment in third.json()], set(third.links)) == (["4"], {"first", "prev"})


def test_plain_issue_needs_the_issues_permission(scene: Scene) -> None:
    issue = scene.sim.add_issue(scene.repo, "A question")
    path = f"/issues/{issue.number}/comments"
    assert scene.bot("POST", path, json={"body": "x"}).status_code == 403
    scene.installation.permissions["issues"] = "write"
    assert scene.bot("POST", path, json={"body": "x"}).status_code == 201
    assert scene.bot("GET", f"/pulls/{issue.number}").status_code == 404


def test_reaction_is_given_once(scene: Scene) -> None:
    comment = scene.sim.add_comment(scene.pull, "mona", "/agnox help")
    path = f"/issues/comments/{comment.id}/reactions"
    first = scene.bot("POST", path, json={"content": "eyes"})
    again = scene.bot("POST", path, json={"content": "eyes"})
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    assert scene.bot("GET", f"/issues/comments/{comment.id}").json()["reactions"]["eyes"] == 1
    assert scene.bot("POST", path, json={"content": "ok"}).status_code == 422
    assert "'ok' is not one of" in scene.problem()
    assert scene.bot("DELETE", f"{path}/{first.json()['id']}").status_code == 204
    assert scene.bot("GET", path).json() == []


def test_review_comment_takes_reactions(scene: Scene) -> None:
    comment = scene.sim.add_review_comment(scene.pull, "mona", "/agnox help")
    path = f"/pulls/comments/{comment.id}/reactions"
    assert scene.bot("POST", path, json={"content": "eyes"}).status_code == 201
    assert scene.bot("POST", "/pulls/comments/1/reactions", json={"content": "eyes"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"state": "success", "description": "d" * 141}, "140"),
        ({"state": "success", "context": "c" * 256}, "255"),
        ({"state": "failed"}, "'failed' is not one of"),
        ({"state": "success", "target_url": "javascript:alert(1)"}, "target_url"),
        ({"state": "success", "color": "red"}, "color"),
        ({}, "'state' is a required property"),
    ],
)
def test_bad_status_is_refused(scene: Scene, body: dict[str, Any], problem: str) -> None:
    path = f"/statuses/{scene.pull.head.sha}"
    assert scene.bot("POST", path, json=body).status_code == 422
    assert problem in scene.problem()
    assert scene.bot("POST", path, json={"state": "success", "description": "d" * 140}).status_code == 201


def test_newest_status_of_a_context_counts(scene: Scene) -> None:
    sha = scene.pull.head.sha
    for state, context in (("failure", "Agnox"), ("success", "agnox"), ("success", "ci")):
        scene.bot("POST", f"/statuses/{sha}", json={"state": state, "context": context})
    combined = scene.bot("GET", f"/commits/{sha}/status").json()
    assert (combined["state"], combined["total_count"]) == ("success", 2)
    assert len(scene.bot("GET", f"/commits/{sha}/statuses").json()) == 3
    assert scene.bot("POST", f"/statuses/{'0' * 40}", json={"state": "success"}).status_code == 422
