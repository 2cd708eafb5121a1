"""Threads and comments: what is kept, what is refused, what a text sets off."""

from collections.abc import Callable
from typing import Any

import pytest

from simulators.azure.effects import references
from simulators.azure.permissions import PULL_REQUEST_CONTRIBUTE
from tests.simulators.azure.conftest import Scene

GUID = "8A8DB0C8-2C0F-4C6E-9C3B-6D3A8B4D8F10"


def test_thread_is_read_back_as_it_was_made(scene: Scene) -> None:
    place = {
        "filePath": "/src/pay.py",
        "rightFileStart": {"line": 2, "offset": 1},
        "rightFileEnd": {"line": 2, "offset": 5},
    }
    made = scene.thread("report", status="active", threadContext=place, properties={"Agnox.Key": "summary"})
    (seen,) = scene.on_pull("GET", "/threads").json()["value"]
    assert seen == made == scene.on_pull("GET", f"/threads/{made['id']}").json()
    assert (seen["status"], seen["isDeleted"], seen["threadContext"]) == ("active", False, place)
    assert seen["properties"] == {"Agnox.Key": {"$type": "System.String", "$value": "summary"}}
    (comment,) = seen["comments"]
    assert (comment["id"], comment["content"], comment["commentType"]) == (1, "report", "text")
    assert comment["author"]["id"] == scene.sim.bot.id
    assert comment["_links"]["threads"]["href"].rpartition("/")[2] == str(made["id"])


def test_properties_are_merged_and_taken_away(scene: Scene) -> None:
    thread = scene.thread(properties={"a": {"$type": "System.String", "$value": "1"}, "b": 2})
    path = f"/threads/{thread['id']}"
    changed = scene.on_pull("PATCH", path, json={"properties": {"a": None, "c": "3"}, "status": "closed"}).json()
    assert {name: value["$value"] for name, value in changed["properties"].items()} == {"b": 2, "c": "3"}
    assert changed["status"] == "closed"


def test_deleted_first_comment_leaves_its_thread(scene: Scene) -> None:
    thread = scene.thread()
    path = f"/threads/{thread['id']}/comments"
    scene.on_pull("POST", path, json={"content": "reply", "parentCommentId": 1})
    assert scene.on_pull("DELETE", f"{path}/1").status_code == 200
    (seen,) = scene.on_pull("GET", "/threads").json()["value"]
    assert (seen["isDeleted"], seen["comments"][0]["isDeleted"]) == (False, True)
    assert "content" not in seen["comments"][0]
    scene.on_pull("DELETE", f"{path}/2")
    (seen,) = scene.on_pull("GET", "/threads").json()["value"]
    assert seen["isDeleted"]
    assert scene.on_pull("PATCH", f"{path}/1", json={"content": "again"}).status_code == 404


def test_only_its_author_may_change_a_comment(scene: Scene) -> None:
    thread = scene.sim.add_comment(scene.pull, scene.mona, "hers").thread
    path = f"/threads/{thread.id}/comments/1"
    assert scene.on_pull("PATCH", path, json={"content": "ours"}).status_code == 403
    assert scene.on_pull("DELETE", path).status_code == 403
    scene.clock.move(minutes=1)
    answer = scene.on_pull("PATCH", path, json={"content": "hers too"}, token=scene.sim.token_for(scene.mona)).json()
    assert answer["lastContentUpdatedDate"] == "2026-11-23T12:01:00Z"
    assert answer["publishedDate"] == "2026-11-23T12:00:00Z"


@pytest.mark.parametrize(("size", "status"), [(150_000, 200), (150_001, 400)])
def test_comment_cap(scene: Scene, size: int, status: int) -> None:
    body = {"comments": [{"content": "x" * size}]}
    answer = scene.on_pull("POST", "/threads", json=body)
    assert answer.status_code == status
    if status == 400:
        assert "150000" in answer.json()["message"]
        assert "150000" in scene.problem()


def test_cap_counts_utf_16_units(scene: Scene) -> None:
    assert scene.on_pull("POST", "/threads", json={"comments": [{"content": "🧪" * 75_001}]}).status_code == 400
    scene.problem()


START = {"line": 1, "offset": 1}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"comments": []}, "at least one comment"),
        ({"comments": [{"content": " "}]}, "must have content"),
        ({"comments": [{"content": "x", "commentType": 1}]}, "commentType"),
        ({"comments": [{"content": "x"}], "status": "opened"}, "opened"),
        ({"comments": [{"content": "x"}], "state": "active"}, "state"),
        ({"comments": [{"content": "x", "text": "y"}]}, "text"),
        ({"comments": [{"content": "x", "parentCommentId": 3}]}, "before it"),
        ({"comments": [{"content": "x"}], "threadContext": {"filePath": "a.py"}}, "slash"),
        (
            {
                "comments": [{"content": "x"}],
                "threadContext": {"filePath": "/a", "rightFileStart": {"line": 0, "offset": 1}, "rightFileEnd": START},
            },
            "from 1",
        ),
        ({"comments": [{"content": "x"}], "threadContext": {"filePath": "/a", "rightFileStart": START}}, "an end"),
        (
            {
                "comments": [{"content": "x"}],
                "pullRequestThreadContext": {"iterationContext": {"secondComparingIteration": 9}},
            },
            "no iteration 9",
        ),
    ],
)
def test_bad_thread_is_refused_and_noted(scene: Scene, body: Any, problem: str) -> None:
    assert scene.on_pull("POST", "/threads", json=body).status_code == 400
    assert problem in scene.problem()
    assert scene.pull.threads == {}


def test_same_rules_hold_without_a_description(build: Callable[..., Scene]) -> None:
    scene = build(contract=None)
    assert scene.thread("report")["comments"][0]["content"] == "report"
    assert scene.on_pull("POST", "/threads", json={"comments": [{"content": ""}]}).status_code == 400
    assert "content" in scene.problem()
    assert scene.on_pull("GET", "/nothing").status_code == 404
    assert "controller" in scene.problem()


def test_missing_right_is_named(scene: Scene) -> None:
    scene.sim.permit(scene.sim.bot, scene.repo, deny=PULL_REQUEST_CONTRIBUTE)
    answer = scene.on_pull("POST", "/threads", json={"comments": [{"content": "x"}]})
    assert (answer.status_code, answer.json()["typeKey"]) == (403, "GitNeedsPermissionException")
    assert answer.json()["message"].startswith("TF401027: You need the Git 'PullRequestContribute' permission")
    assert set(answer.json()) == {"$id", "innerException", "message", "typeName", "typeKey", "errorCode", "eventId"}


def test_what_is_not_there(scene: Scene) -> None:
    outsider = scene.sim.token_for(scene.sim.add_user("mallory"))
    paths = {
        ("/Shop/_apis/git/repositories/Nope", None): "TF401019",
        ("/Shop/_apis/git/repositories/Shop", outsider): "TF401019",
        ("/Nope/_apis/git/repositories/Shop", None): "TF200016",
        ("/Shop/_apis/git/repositories/Shop/pullRequests/99/threads", None): "TF401180",
        ("/Shop/_apis/git/pullrequests/99", None): "TF401180",
        ("/Shop/_apis/git/repositories/Shop/pullRequests/1/threads/9", None): "The discussion thread 9",
    }
    for (path, token), message in paths.items():
        answer = scene.call("GET", path, token)
        assert (answer.status_code, answer.json()["message"][: len(message)]) == (404, message)
    scene.sim.delete_repository(scene.repo)
    assert scene.on_pull("GET", "/threads").status_code == 404


def test_live_references_of_ours_are_effects(scene: Scene) -> None:
    text = f"@<{GUID}> fixes #12, see !7 and AB#99\n\n`#1 @<{GUID}>`\n\n```\n!2\n```"
    thread = scene.thread(text)
    scene.on_pull("PATCH", f"/threads/{thread['id']}/comments/1", json={"content": "see #13"})
    found = [(effect.kind, effect.reference) for effect in scene.sim.effects]
    assert found == [
        ("mention", f"@<{GUID}>"),
        ("work item", "#12"),
        ("pull request", "!7"),
        ("work item", "AB#99"),
        ("work item", "#13"),
    ]
    assert [violation.method for violation in scene.sim.violations] == ["POST"] * 4 + ["PATCH"]
    scene.sim.violations.clear()


def test_what_people_write_is_their_affair(scene: Scene) -> None:
    body = {"comments": [{"content": "see #12"}]}
    scene.on_pull("POST", "/threads", json=body, token=scene.sim.token_for(scene.mona))
    assert scene.sim.effects == []


@pytest.mark.parametrize(
    "text",
    [
        "#\u200b12 !\u200b7 AB#\u200b9 @\u200b<" + GUID + ">",
        "@mona a#12 C#1x x!2 100!=5",
        "<details><summary>s</summary>\n\n`#12`\n\n</details>",
        "<pre>#12</pre>",
        "<!-- #12 -->",
        "    #12 !3",
    ],
)
def test_quiet_texts(text: str) -> None:
    assert references(text) == []


@pytest.mark.parametrize("text", ["<div>#12</div>", "<b>#12</b>", f"<div>@<{GUID}></div>", f"**@<{GUID}>**", "(!3)"])
def test_references_within_html_and_emphasis(text: str) -> None:
    assert len(references(text)) == 1
