"""Service hooks: delivery, retries, switching off."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from simulators.azure.hooks import RETRY_AFTER
from simulators.serving import serving
from tests.simulators.azure.conftest import URL, Scene
from tests.simulators.receiver import Receiver


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
