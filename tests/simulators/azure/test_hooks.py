"""Service hook subscriptions as the API and the page show them."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from simulators.azure import Subscription
from simulators.azure.subscriptions import VERSIONS, ZERO, publisher_of
from simulators.serving import serving
from tests.simulators.azure.conftest import URL, Scene
from tests.simulators.receiver import Receiver

BODY = {"publisherId": "tfs", "consumerId": "webHooks", "consumerActionId": "httpRequest"}


@pytest.mark.parametrize("event_type", VERSIONS)
def test_button_sends_a_constant_sample(build: Callable[..., Scene], receiver: Receiver, event_type: str) -> None:
    scene = build(https_only=False)
    with serving(receiver.app) as base_url:
        inputs = {"url": f"{base_url}/hook", "basicAuthUsername": "a", "basicAuthPassword": "b"}
        body = {
            "details": {
                **BODY,
                "eventType": event_type,
                "consumerInputs": inputs,
                "publisherId": publisher_of(event_type),
            }
        }
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
    scene.sim.publish(scene.sim.events.pull_request_created(scene.pull), there)
    (shown,) = scene.call("GET", f"/_apis/hooks/subscriptions/{subscription.id}/notifications").json()["value"]
    assert (shown["status"], shown["result"], shown["details"]["requestAttempts"]) == ("completed", "failed", 1)
    known = [
        each["id"]
        for publisher in ("tfs", "pipelines")
        for each in scene.call("GET", f"/_apis/hooks/publishers/{publisher}/eventtypes").json()["value"]
    ]
    assert known == list(VERSIONS)


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
