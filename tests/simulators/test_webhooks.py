"""Webhooks: shape, signature, delivery, redelivery."""

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from starlette.testclient import TestClient

from simulators.github import Event
from simulators.serving import serving
from tests.simulators.conftest import Scene
from tests.simulators.receiver import Receiver

SCHEMA = json.loads((Path(__file__).parent / "data/github-webhooks.schema.json").read_bytes())


def _run(scene: Scene) -> Any:
    done = {"status": "completed", "conclusion": "failure", "completed_at": scene.clock()}
    return scene.sim.add_check_run(scene.repo, scene.pull.head.sha, "Agnox", scene.sim.github_app, **done)


def _mona(scene: Scene) -> Any:
    return scene.sim.add_user("mona")


def _fork_comment(scene: Scene) -> Event:
    fork = scene.sim.fork(scene.repo, "mallory")
    pull = scene.sim.add_pull_request(scene.repo, fork=fork, user="mallory")
    return scene.sim.events.issue_comment("created", scene.sim.add_comment(pull, "mallory", "hi"))


def _orphan(scene: Scene) -> Event:
    fork = scene.sim.fork(scene.repo, "mallory")
    pull = scene.sim.add_pull_request(scene.repo, fork=fork, user="mallory")
    scene.sim.delete_repository(fork)
    scene.sim.close(pull)
    return scene.sim.events.pull_request("closed", pull)


def _plain_issue(scene: Scene) -> Event:
    issue = scene.sim.add_issue(scene.repo, "A question", body="?")
    return scene.sim.events.issue_comment("created", scene.sim.add_comment(issue, "mona", "hi"))


def _bot_comment(scene: Scene) -> Event:
    comment = scene.sim.add_comment(scene.pull, "", "report", app=scene.sim.github_app)
    return scene.sim.events.issue_comment("created", comment)


def _synchronize(scene: Scene) -> Event:
    scene.sim.push(scene.pull)
    return scene.sim.events.pull_request("synchronize", scene.pull)


def _suspend(scene: Scene) -> Event:
    scene.sim.suspend(scene.installation)
    return scene.sim.events.installation("suspend", scene.installation)


EVENTS: dict[str, Callable[[Scene], Event]] = {
    "ping$event": lambda s: s.sim.events.ping("https://example.com/hook"),
    "installation$created": lambda s: s.sim.events.installation("created", s.installation),
    "installation$deleted": lambda s: s.sim.events.installation("deleted", s.installation),
    "installation$suspend": _suspend,
    "installation_repositories$added": lambda s: s.sim.events.installation_repositories(
        "added", s.installation, [s.repo]
    ),
    "installation_repositories$removed": lambda s: s.sim.events.installation_repositories(
        "removed", s.installation, [s.repo]
    ),
    "pull_request$opened": lambda s: s.sim.events.pull_request("opened", s.pull),
    "pull_request$synchronize": _synchronize,
    "pull_request$closed": _orphan,
    "issue_comment$created": _fork_comment,
    "issue_comment$created plain issue": _plain_issue,
    "issue_comment$created by the bot": _bot_comment,
    "check_run$rerequested": lambda s: s.sim.events.check_run("rerequested", _run(s), _mona(s)),
    "check_run$requested_action": lambda s: s.sim.events.check_run("requested_action", _run(s), _mona(s), "rerun"),
    "check_suite$rerequested": lambda s: s.sim.events.check_suite("rerequested", _run(s).suite, _mona(s)),
}


@pytest.mark.parametrize("name", EVENTS)
def test_payload_has_the_published_shape(scene: Scene, name: str) -> None:
    # The published list of events in a ping lacks merge_group.
    scene.sim.github_app.events.remove("merge_group")
    event = EVENTS[name](scene)
    definition = name.split(" ", maxsplit=1)[0]
    schema = {**SCHEMA, "$ref": f"#/definitions/{definition}"}
    assert [e.message for e in Draft7Validator(schema).iter_errors(event.payload)] == []
    assert event.name == definition.partition("$")[0]
    if "repository" in event.payload:
        assert event.payload["installation"]["id"] == scene.installation.id


def test_details_of_payloads(scene: Scene) -> None:
    assert "pull_request" not in _plain_issue(scene).payload["issue"]
    assert _orphan(scene).payload["pull_request"]["head"]["repo"] is None
    old = scene.pull.head.sha
    moved = _synchronize(scene).payload
    assert (moved["before"], moved["after"]) == (old, scene.pull.head.sha)
    pressed = EVENTS["check_run$requested_action"](scene).payload
    assert pressed["requested_action"] == {"identifier": "rerun"}
    assert pressed["check_run"]["app"]["id"] == scene.sim.github_app.id
    assert _bot_comment(scene).payload["sender"]["type"] == "Bot"


def test_delivery_is_signed_and_kept(scene: Scene) -> None:
    receiver = Receiver()
    event = scene.sim.events.pull_request("opened", scene.pull)
    with TestClient(receiver.app) as client:
        delivery = scene.sim.deliver(event, "/hook", client)
    headers, body = receiver.seen[0]
    digest = hmac.new(b"a webhook secret for tests", body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={digest}"
    assert (headers["x-github-event"], headers["x-github-delivery"]) == ("pull_request", delivery.guid)
    assert headers["x-github-hook-installation-target-id"] == "424242"
    assert headers["user-agent"].startswith("GitHub-Hookshot/")
    assert json.loads(body) == event.payload
    (item,) = scene.as_app("GET", "/app/hook/deliveries").json()
    assert (item["status"], item["status_code"], item["action"]) == ("OK", 202, "opened")
    shown = scene.as_app("GET", f"/app/hook/deliveries/{item['id']}").json()
    assert (shown["request"]["payload"], shown["response"]["payload"]) == (event.payload, "taken")


def test_failed_delivery_is_sent_again_on_request(scene: Scene) -> None:
    receiver = Receiver()
    receiver.status = 503
    with serving(receiver.app) as base_url:
        scene.sim.deliveries.url = f"{base_url}/hook"
        delivery = scene.sim.deliver(scene.sim.events.pull_request("opened", scene.pull))
        assert delivery.status_code == 503
        receiver.status = 202
        path = "/app/hook/deliveries"
        assert [d["id"] for d in scene.as_app("GET", f"{path}?status=failure").json()] == [delivery.id]
        assert scene.as_app("POST", f"{path}/{delivery.id}/attempts").status_code == 202
    (first, body), (second, again) = receiver.seen
    assert (first["x-github-delivery"], body) == (second["x-github-delivery"], again)
    newest = scene.as_app("GET", f"{path}?per_page=1")
    assert (newest.json()[0]["redelivery"], newest.json()[0]["status"]) == (True, "OK")
    older = scene.call("GET", newest.links["next"]["url"], scene.app_jwt()).json()
    assert [d["id"] for d in older] == [delivery.id]


def test_receiver_that_is_not_there(scene: Scene) -> None:
    with serving(Receiver().app) as base_url:
        pass
    assert scene.sim.deliver(scene.sim.events.ping(base_url), base_url).status_code == 502
    with pytest.raises(ValueError, match="no webhook URL"):
        scene.sim.deliver(scene.sim.events.ping(base_url))


def test_hook_without_a_secret_is_not_signed(scene: Scene) -> None:
    scene.sim.deliveries.secret = None
    assert "X-Hub-Signature-256" not in scene.sim.sign(scene.sim.events.ping("https://example.com")).headers


def test_hook_config_is_set_by_the_app(scene: Scene) -> None:
    body = {"url": "https://example.com/hook", "secret": "new"}
    assert scene.as_app("PATCH", "/app/hook/config", json=body).json()["url"] == body["url"]
    assert scene.sim.deliveries.secret == "new"
    assert scene.as_app("GET", "/app/hook/config").json()["content_type"] == "json"


def test_served_on_a_real_port(scene: Scene) -> None:
    with scene.sim.serve() as base_url, httpx2.Client(base_url=base_url, trust_env=False) as client:
        answer = client.get("/meta", headers={"X-GitHub-Api-Version": "2022-11-28"})
        assert answer.headers.get_list("date") == ["Mon, 23 Nov 2026 12:00:00 GMT"]
        event = scene.sim.events.pull_request("opened", scene.pull)
        assert event.payload["pull_request"]["html_url"] == f"{base_url}/acme/shop/pull/1"
