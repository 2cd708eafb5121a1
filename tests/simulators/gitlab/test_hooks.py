"""Hooks: what the API shows of them, and when GitLab stops sending."""

import base64
from typing import Any

import pytest
from starlette.testclient import TestClient

from simulators.gitlab import Event, Hook, Level
from simulators.serving import serving
from tests.simulators.gitlab.conftest import Scene
from tests.simulators.receiver import Receiver

SIGNING = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def _hook(scene: Scene, **flags: bool) -> Hook:
    hook = scene.sim.add_hook(scene.project, "http://testserver/hook", token="t", note_events=True)
    hook.flags |= flags
    return hook


def _event(scene: Scene) -> Event:
    note = scene.sim.add_note(scene.request, "mona", "/agnox rerun")
    assert note is not None
    return scene.sim.events.note(note)


def test_a_hook_never_tells_its_secrets(scene: Scene) -> None:
    body: dict[str, Any] = {
        "url": "https://bot.example.com/webhooks/gitlab/k",
        "token": "secret",
        "signing_token": SIGNING,
        "note_events": True,
        "push_events": False,
        "custom_headers": [{"key": "X-Own", "value": "hidden"}],
    }
    made = scene.bot("POST", "/hooks", json=body)
    hook = made.json()
    assert (made.status_code, hook["note_events"], hook["push_events"]) == (201, True, False)
    assert (hook["token_present"], hook["signing_token_present"], hook["alert_status"]) == (True, True, "executable")
    assert hook["disabled_until"] is None
    listed = scene.bot("GET", "/hooks")
    for secret in ("secret", SIGNING, "hidden"):
        assert secret not in made.text + listed.text
    changed = scene.bot("PUT", f"/hooks/{hook['id']}", json={"url": body["url"], "pipeline_events": True}).json()
    assert (changed["pipeline_events"], changed["token_present"]) == (True, True)
    assert scene.bot("DELETE", f"/hooks/{hook['id']}").status_code == 204
    assert scene.bot("GET", f"/hooks/{hook['id']}").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"url": "ftp://x"}, {"url": "https://x.example", "signing_token": "whsec_c2hvcnQ="}, {"url": 1}]
)
def test_what_a_hook_may_not_be(scene: Scene, body: dict[str, Any]) -> None:
    assert scene.bot("POST", "/hooks", json=body).status_code in (400, 422)
    assert scene.problem()


def test_hooks_belong_to_maintainers(scene: Scene) -> None:
    scene.sim.add_member(scene.project, scene.token.user.username, Level.DEVELOPER)
    assert scene.bot("GET", "/hooks").status_code == 403


def test_hooks_of_groups(scene: Scene) -> None:
    group = scene.sim.add_group("acme")
    owner = scene.sim.add_access_token(group, Level.OWNER)
    body = {"url": "http://testserver/hook", "note_events": True}
    made = scene.call("POST", "/groups/acme/hooks", owner, json=body).json()
    assert made["group_id"] == group.id
    path = f"/groups/{group.id}/hooks/{made['id']}"
    assert scene.call("GET", path, owner).json()["url"] == body["url"]
    assert scene.call("GET", "/groups/acme/hooks", scene.token).status_code == 404
    maintainer = scene.sim.add_access_token(group, Level.MAINTAINER)
    assert scene.call("GET", "/groups/acme/hooks", maintainer).status_code == 403
    _hook(scene)
    receiver = Receiver()
    with TestClient(receiver.app) as client:
        sent = scene.sim.deliver(_event(scene), client)
    # A project's and a group's hook both fire, each with a key of its own.
    assert len({delivery.guid for delivery in sent}) == 2
    assert scene.call("PUT", path, owner, json={"url": body["url"], "note_events": False}).status_code == 200
    assert scene.call("DELETE", path, owner).status_code == 204


def test_a_hook_gets_what_it_asks_for(scene: Scene) -> None:
    hook = _hook(scene, push_events=False)
    receiver = Receiver()
    with TestClient(receiver.app) as client:
        scene.sim.deliver(scene.sim.events.merge_request("open", scene.request), client)
        internal = scene.sim.add_note(scene.request, "mona", "x", internal=True)
        assert internal is not None
        scene.sim.deliver(scene.sim.events.note(internal), client)
        assert receiver.seen == []
        hook.flags["confidential_note_events"] = True
        scene.sim.deliver(scene.sim.events.note(internal), client)
    assert receiver.seen[0][0]["x-gitlab-event"] == "Confidential Note Hook"


def test_four_failures_make_a_break_that_doubles(scene: Scene) -> None:
    hook, event, receiver = _hook(scene), _event(scene), Receiver()
    path = f"/hooks/{hook.id}"
    receiver.status = 500
    with TestClient(receiver.app) as client:
        for _ in range(3):
            scene.sim.deliver(event, client)
        assert scene.bot("GET", path).json()["alert_status"] == "executable"
        scene.sim.deliver(event, client)
        shown = scene.bot("GET", path).json()
        assert (shown["alert_status"], shown["disabled_until"]) == (
            "temporarily_disabled",
            "2026-11-23T12:01:00.000Z",
        )
        assert scene.sim.deliver(event, client) == []
        assert (len(receiver.seen), hook.dropped) == (4, 1)
        scene.clock.move(minutes=1)
        scene.sim.deliver(event, client)
        assert scene.bot("GET", path).json()["disabled_until"] == "2026-11-23T12:03:00.000Z"
        scene.clock.move(minutes=2)
        receiver.status = 200
        scene.sim.deliver(event, client)
        shown = scene.bot("GET", path).json()
    assert (shown["alert_status"], shown["disabled_until"], hook.failures) == ("executable", None, 0)


def test_forty_failures_end_it_until_a_test_succeeds(scene: Scene) -> None:
    event, receiver = _event(scene), Receiver()
    receiver.status = 404
    with serving(receiver.app) as base_url:
        hook = scene.sim.add_hook(scene.project, f"{base_url}/hook", note_events=True)
        for _ in range(40):
            scene.sim.deliver(event)
            scene.clock.move(days=1)
        assert scene.bot("GET", f"/hooks/{hook.id}").json()["alert_status"] == "disabled"
        assert scene.sim.deliver(event) == []
        receiver.status = 200
        assert scene.bot("POST", f"/hooks/{hook.id}/test/note_events").status_code == 201
        assert scene.bot("GET", f"/hooks/{hook.id}").json()["alert_status"] == "executable"
        assert scene.bot("POST", f"/hooks/{hook.id}/test/pipeline_events").status_code == 422
        for trigger in ("push_events", "merge_requests_events"):
            assert scene.bot("POST", f"/hooks/{hook.id}/test/{trigger}").status_code == 201
    headers = [headers["x-gitlab-event"] for headers, _ in receiver.seen[40:]]
    assert headers == ["Note Hook", "Push Hook", "Merge Request Hook"]
    assert b"oldrev" not in receiver.seen[-1][1]


def test_a_delivery_is_sent_again_with_its_key(scene: Scene) -> None:
    receiver = Receiver()
    receiver.status = 503
    with serving(receiver.app) as base_url:
        hook = scene.sim.add_hook(scene.project, f"{base_url}/hook", token="t", note_events=True, signing_token=SIGNING)
        (delivery,) = scene.sim.deliver(_event(scene))
        (line,) = scene.bot("GET", f"/hooks/{hook.id}/events?status=server_failure").json()
        assert (line["id"], line["response_status"]) == (delivery.id, "503")
        assert line["request_headers"]["X-Gitlab-Token"] == "[REDACTED]"
        receiver.status = 200
        scene.clock.move(minutes=10)
        path = f"/hooks/{hook.id}/events/{delivery.id}/resend"
        assert scene.bot("POST", path).status_code == 201
        (first, body), (second, again) = receiver.seen
        assert (first["idempotency-key"], body) == (second["idempotency-key"], again)
        assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 600
        assert first["webhook-signature"] != second["webhook-signature"]
        assert [scene.bot("POST", path).status_code for _ in range(5)] == [201] * 4 + [429]
    assert scene.bot("POST", f"/hooks/{hook.id}/events/1/resend").status_code == 404


def test_what_the_bot_does_is_told_to_the_hooks(scene: Scene) -> None:
    receiver = Receiver()
    with serving(receiver.app) as base_url:
        scene.sim.add_hook(scene.project, f"{base_url}/hook", note_events=True, pipeline_events=True)
        note = scene.on_request("POST", "/notes", json={"body": "red"}).json()
        scene.on_request("PUT", f"/notes/{note['id']}", json={"body": "green"})
        scene.bot("POST", f"/statuses/{scene.request.sha}", json={"state": "running"})
        scene.bot("POST", f"/statuses/{scene.request.sha}", json={"state": "running", "name": "other"})
    told = [headers["x-gitlab-event"] for headers, _ in receiver.seen]
    assert told == ["Note Hook", "Note Hook", "Pipeline Hook"]
    assert b'"source": "external"' in receiver.seen[2][1]


def test_a_receiver_that_is_not_there(scene: Scene) -> None:
    with serving(Receiver().app) as base_url:
        pass
    scene.sim.add_hook(scene.project, base_url, note_events=True)
    (delivery,) = scene.sim.deliver(_event(scene))
    assert delivery.status_code == 502
