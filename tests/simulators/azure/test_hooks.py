"""Service hooks: shape, filters, delivery, retries, switching off."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from simulators.azure import Event, Reviewer, Subscription
from simulators.azure.hooks import RETRY_AFTER
from simulators.azure.subscriptions import VERSIONS, ZERO
from simulators.serving import serving
from tests.simulators.azure.conftest import Scene

SAMPLES = Path(__file__).parents[2] / "data/azure"
COMMENTED = "ms.vss-code.git-pullrequest-comment-event"
URL = "http://testserver/hook"
BODY = {"publisherId": "tfs", "consumerId": "webHooks", "consumerActionId": "httpRequest"}


class Receiver:
    """Takes notifications and answers as told."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], Any]] = []
        self.status = 202
        self.app = Starlette(routes=[Route("/hook", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        self.seen.append((dict(request.headers), json.loads(await request.body())))
        return PlainTextResponse("taken", self.status)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def there(receiver: Receiver) -> Iterator[TestClient]:
    with TestClient(receiver.app) as client:
        yield client


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


def _sent(scene: Scene, there: TestClient) -> Any:
    (notification,) = scene.sim.publish(scene.sim.events.pull_request_created(scene.pull), there)
    return notification


@pytest.mark.parametrize("status", [408, 502, 503, 504])
def test_passing_failure_is_tried_again(scene: Scene, receiver: Receiver, there: TestClient, status: int) -> None:
    subscription = scene.sim.subscribe("git.pullrequest.created", URL, scene.project)
    receiver.status = status
    notification = _sent(scene, there)
    assert (notification.result, scene.sim.hooks.retry(there)) == ("pending", [])
    scene.clock.move(seconds=1)
    assert scene.sim.hooks.retry(there) == [notification]
    receiver.status = 200
    scene.clock.move(seconds=2)
    scene.sim.hooks.retry(there)
    assert (notification.result, subscription.status) == ("succeeded", "enabled")
    bodies = [payload for _, payload in receiver.seen]
    assert bodies[0] == bodies[1] == bodies[2]
    scene.clock.move(minutes=5)
    assert scene.sim.hooks.retry(there) == []


def test_retries_end_in_probation(scene: Scene, receiver: Receiver, there: TestClient) -> None:
    subscription = scene.sim.subscribe("git.pullrequest.created", URL, scene.project)
    receiver.status = 503
    notification = _sent(scene, there)
    for seconds in RETRY_AFTER:
        scene.clock.move(seconds=seconds)
        assert subscription.status == "enabled"
        scene.sim.hooks.retry(there)
    assert (len(receiver.seen), notification.result, subscription.status) == (9, "failed", "onProbation")


def test_gone_disables_at_once(scene: Scene, receiver: Receiver, there: TestClient) -> None:
    subscription = scene.sim.subscribe("git.pullrequest.created", URL, scene.project)
    receiver.status = 410
    assert (_sent(scene, there).result, subscription.status) == ("failed", "disabledBySystem")
    assert scene.sim.publish(scene.sim.events.pull_request_created(scene.pull), there) == []


@pytest.mark.parametrize("status", [401, 404, 500, 501])
def test_enduring_failure_leads_to_probation_and_off(
    scene: Scene, receiver: Receiver, there: TestClient, status: int
) -> None:
    subscription = scene.sim.subscribe("git.pullrequest.created", URL, scene.project)
    receiver.status = status
    assert (_sent(scene, there).result, subscription.status) == ("failed", "onProbation")
    assert _sent(scene, there).result == "filtered"
    tries = 0
    while subscription.status == "onProbation":
        scene.clock.move(hours=3)
        _sent(scene, there)
        tries += 1
    assert (tries, subscription.status) == (7, "disabledBySystem")


def test_success_ends_probation(scene: Scene, receiver: Receiver, there: TestClient) -> None:
    subscription = scene.sim.subscribe("git.pullrequest.created", URL, scene.project)
    receiver.status = 500
    _sent(scene, there)
    receiver.status = 200
    scene.clock.move(hours=1)
    assert (_sent(scene, there).result, subscription.status) == ("succeeded", "enabled")


def test_receiver_that_is_not_there(scene: Scene, receiver: Receiver) -> None:
    with serving(receiver.app) as base_url:
        pass
    scene.sim.subscribe("git.pullrequest.created", f"{base_url}/hook", scene.project)
    (notification,) = scene.sim.publish(scene.sim.events.pull_request_created(scene.pull))
    assert (notification.result, notification.attempts[0].status_code) == ("pending", 502)


@pytest.mark.parametrize("event_type", VERSIONS)
def test_button_sends_a_constant_sample(build: Callable[..., Scene], receiver: Receiver, event_type: str) -> None:
    scene = build(https_only=False)
    with serving(receiver.app) as base_url:
        inputs = {"url": f"{base_url}/hook", "basicAuthUsername": "a", "basicAuthPassword": "b"}
        body = {"details": {"eventType": event_type, "consumerInputs": inputs, **BODY}}
        for _ in range(2):
            assert scene.call("POST", "/_apis/hooks/testnotifications", json=body).json()["result"] == "pending"
    (headers, payload), (_, again) = receiver.seen
    assert payload == again
    assert (payload["subscriptionId"], payload["eventType"]) == (ZERO, event_type)
    assert "authorization" in headers
    assert scene.sim.hooks.notifications == []


def _body(scene: Scene, **changes: Any) -> dict[str, Any]:
    inputs = {"publisherInputs": {"projectId": scene.project.id}, "consumerInputs": {"url": URL}}
    return {**BODY, "eventType": "git.push", "resourceVersion": "1.0", **inputs, **changes}


def test_subscriptions_are_for_administrators(scene: Scene) -> None:
    refused = scene.call("POST", "/_apis/hooks/subscriptions", json=_body(scene))
    assert (refused.status_code, "Edit subscriptions" in refused.json()["message"]) == (403, True)
    scene.sim.join(scene.sim.bot, scene.sim.group("Project Administrators", scene.project))
    made = scene.call("POST", "/_apis/hooks/subscriptions", json=_body(scene)).json()
    assert (made["status"], made["createdBy"]["id"]) == ("enabled", scene.sim.bot.id)
    path = f"/_apis/hooks/subscriptions/{made['id']}"
    consumer = {"url": URL, "basicAuthPassword": "one"}
    changed = scene.call("PUT", path, json=_body(scene, consumerInputs=consumer)).json()
    scene.call("PUT", path, json=_body(scene, consumerInputs=changed["consumerInputs"], status="disabledByUser"))
    subscription: Subscription = scene.sim.hooks.subscriptions[made["id"]]
    assert subscription.consumer_inputs["basicAuthPassword"] == "one"
    assert scene.call("GET", path).json()["status"] == "disabledByUser"
    assert scene.call("DELETE", path).status_code == 204
    assert scene.call("GET", path).status_code == 404


def test_notifications_are_listed(scene: Scene, receiver: Receiver, there: TestClient) -> None:
    subscription = scene.sim.subscribe("git.pullrequest.created", URL, scene.project)
    receiver.status = 500
    _sent(scene, there)
    (shown,) = scene.call("GET", f"/_apis/hooks/subscriptions/{subscription.id}/notifications").json()["value"]
    assert (shown["status"], shown["result"], shown["details"]["requestAttempts"]) == ("completed", "failed", 1)
    types = scene.call("GET", "/_apis/hooks/publishers/tfs/eventtypes").json()["value"]
    assert [each["id"] for each in types] == list(VERSIONS)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"eventType": "git.nothing"}, "git.nothing"),
        ({"resourceVersion": "3.0"}, "3.0"),
        ({"consumerId": "slack"}, "webHooks"),
        ({"consumerInputs": {"url": "/hook"}}, "absolute"),
        ({"consumerInputs": {"url": URL, "httpHeaders": "nonsense"}}, "Key:Value"),
        ({"publisherInputs": {}}, "projectId"),
        ({"eventtype": "git.push"}, "eventtype"),
    ],
)
def test_bad_subscription(scene: Scene, change: dict[str, Any], problem: str) -> None:
    scene.sim.join(scene.sim.bot, scene.sim.group("Project Administrators", scene.project))
    assert scene.call("POST", "/_apis/hooks/subscriptions", json=_body(scene, **change)).status_code == 400
    assert problem in scene.problem()
    assert scene.sim.hooks.subscriptions == {}
