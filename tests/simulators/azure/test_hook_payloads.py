"""What service hooks say, and to whom."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from simulators.azure import Event, Reviewer
from simulators.azure.subscriptions import ZERO
from tests.simulators.azure.conftest import COMMENTED, URL, Scene
from tests.simulators.receiver import Receiver

SAMPLES = Path(__file__).parents[2] / "data/azure"


def _build(scene: Scene) -> Event:
    build = scene.sim.add_build(scene.pull)
    scene.sim.finish_build(build, "failed")
    return scene.sim.events.build_completed(build)


def _deleted(scene: Scene) -> Event:
    comment = scene.sim.add_comment(scene.pull, scene.mona, "oops")
    scene.sim.delete_comment(comment)
    return scene.sim.events.comment(comment)


EVENTS: dict[str, Callable[[Scene], Event]] = {
    "git.pullrequest.created.1": lambda s: s.sim.events.pull_request_created(s.pull),
    "git.pullrequest.updated.1": lambda s: s.sim.events.pull_request_updated(s.pull),
    "git.pullrequest.merged.1": lambda s: s.sim.events.pull_request_merged(s.pull),
    "git.push.1": lambda s: s.sim.events.push(s.repo, "refs/heads/feature", None, s.pull.head, s.mona),
    "build.complete.1": _build,
    "build.complete.pull-request": _build,
    "pr-comment.created.1": lambda s: s.sim.events.comment(s.sim.add_comment(s.pull, s.mona, "hi")),
    "pr-comment.deleted.1": _deleted,
}
# Only XAML builds of old have what stands first; what was deleted has no content, and the sample shows it all the same.
ABSENT = {"scope", "drop", "dropLocation", "log", "queue", "content"}


@pytest.mark.parametrize("name", EVENTS)
def test_payload_has_the_shape_of_the_samples(scene: Scene, name: str) -> None:
    sample = json.loads((SAMPLES / f"{name}.json").read_bytes())
    scene.pull.description = "Some words"
    scene.pull.reviewers.append(Reviewer(scene.sim.group("Contributors", scene.project)))
    if "closedDate" in sample["resource"]:
        scene.sim.complete(scene.pull)
    event = EVENTS[name](scene)
    subscription = scene.sim.subscribe(event.type, URL, scene.project, version=sample["resourceVersion"])
    payload = scene.sim.hooks.prepare(event, subscription).payload
    assert payload["eventType"] == sample["eventType"]
    assert _keys(sample) - _keys(payload) == set()


def _keys(value: Any, above: str = "") -> set[str]:
    if isinstance(value, list):
        return set().union(*(_keys(item, above) for item in value))
    if not isinstance(value, dict):
        return set()
    own = {f"{above}/{key}" for key in value if key not in ABSENT}
    return own.union(*(_keys(inner, f"{above}/{key}") for key, inner in value.items() if key not in ABSENT))


def test_notification_is_sent_with_the_inputs_of_its_subscription(
    scene: Scene, receiver: Receiver, there: TestClient
) -> None:
    subscription = scene.sim.subscribe(
        COMMENTED,
        URL.replace("http:", "https:"),
        scene.project,
        basicAuthUsername="agnox",
        basicAuthPassword="päss",
        httpHeaders="X-Team: pay\nX-Key:1",
        detailedMessagesToSend="none",
        messagesToSend="text",
    )
    event = scene.sim.events.comment(scene.sim.add_comment(scene.pull, scene.mona, "/agnox rerun"))
    (notification,) = scene.sim.publish(event, there)
    ((headers, payload),) = receiver.seen
    assert headers["authorization"] == "Basic " + base64.b64encode("agnox:päss".encode()).decode()
    assert (headers["x-team"], headers["x-key"]) == ("pay", "1")
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert (payload["subscriptionId"], payload["notificationId"]) == (subscription.id, 1)
    assert (payload["detailedMessage"], list(payload["message"])) == (None, ["text"])
    assert payload["resource"]["comment"]["content"] == "/agnox rerun"
    assert payload["resource"]["pullRequest"]["pullRequestId"] == scene.pull.id
    assert (notification.result, payload["id"]) == ("succeeded", event.id)
    (second,) = scene.sim.publish(event, there)
    assert (second.id, receiver.seen[1][1]["id"]) == (2, event.id)


def test_password_is_kept_for_https(scene: Scene) -> None:
    event = scene.sim.events.pull_request_created(scene.pull)
    sent = []
    for scheme in ("http", "https"):
        subscription = scene.sim.subscribe(event.type, f"{scheme}://bot.test", scene.project, basicAuthPassword="x")
        sent.append("Authorization" in scene.sim.hooks.prepare(event, subscription).headers)
    assert sent == [False, True]


@pytest.mark.parametrize(("detail", "keys"), [("none", None), ("minimal", {"pullRequestId", "url"})])
def test_less_detail(scene: Scene, detail: str, keys: set[str] | None) -> None:
    event = scene.sim.events.pull_request_created(scene.pull)
    subscription = scene.sim.subscribe(event.type, URL, scene.project, resourceDetailsToSend=detail)
    resource = scene.sim.hooks.prepare(event, subscription).payload["resource"]
    assert (resource and set(resource)) == keys


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        ({}, True),
        ({"repository": ""}, True),
        ({"branch": "main"}, True),
        ({"branch": "refs/heads/main"}, True),
        ({"branch": "release"}, False),
        ({"notificationType": "PushNotification"}, True),
        ({"notificationType": "ReviewerVoteNotification"}, False),
        ({"repository": ZERO}, False),
        ({"projectId": ZERO}, False),
    ],
)
def test_filters(scene: Scene, there: TestClient, inputs: dict[str, str], wanted: bool) -> None:
    scene.sim.subscribe("git.pullrequest.updated", URL, scene.project, inputs=inputs)
    event = scene.sim.events.pull_request_updated(scene.pull)
    assert bool(scene.sim.publish(event, there)) is wanted
    assert scene.sim.publish(scene.sim.events.pull_request_created(scene.pull), there) == []


def test_dates_tell_new_from_edited(scene: Scene) -> None:
    comment = scene.sim.add_comment(scene.pull, scene.mona, "one")
    new = scene.sim.events.comment(comment).resources["2.0"]["comment"]
    scene.clock.move(seconds=90)
    scene.sim.edit_comment(comment, "two")
    edited = scene.sim.events.comment(comment)
    view = edited.resources["2.0"]["comment"]
    assert new["publishedDate"] == new["lastContentUpdatedDate"] == view["publishedDate"]
    assert (view["lastContentUpdatedDate"], view["content"]) == ("2026-11-23T12:01:30Z", "two")
    assert "edited" in edited.message
    assert view["_links"]["threads"]["href"].endswith(f"/threads/{comment.thread.id}")


def test_builds_differ_by_version(scene: Scene) -> None:
    event = _build(scene)
    old, new = event.resources["1.0"], event.resources["2.0"]
    assert (old["status"], new["status"], new["result"]) == ("failed", "completed", "failed")
    assert (new["sourceBranch"], new["sourceVersion"]) == ("refs/pull/1/merge", scene.pull.merge_sha)
    assert (new["triggerInfo"]["pr.number"], new["triggerInfo"]["pr.sourceSha"]) == ("1", scene.pull.head)
    assert json.loads(new["parameters"])["system.pullRequest.pullRequestIteration"] == "1"


def test_deleted_branch_has_no_new_commit(scene: Scene) -> None:
    resource = scene.sim.events.push(scene.repo, "refs/heads/old", scene.pull.head, None, scene.mona).resources["1.0"]
    assert resource["refUpdates"][0]["newObjectId"] == "0" * 40
    assert resource["commits"] == []
