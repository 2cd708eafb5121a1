"""Webhooks: headers, signature and payloads."""

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

from simulators.gitlab import Event, Level
from tests.simulators.gitlab.conftest import Scene

SIGNING = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def _sent(scene: Scene, event: Event, **secrets: str) -> tuple[dict[str, str], Any]:
    hook = scene.sim.add_hook(scene.project, "https://bot.example.com/hook", **secrets)  # type: ignore[arg-type]
    delivery = scene.sim.sign(event, hook)
    return delivery.headers, json.loads(delivery.body)


def _attributes(event: Event) -> Any:
    return event.payload["object_attributes"]


def test_proof(scene: Scene) -> None:
    event = scene.sim.events.merge_request("open", scene.request)
    headers, payload = _sent(scene, event, token="plain", signing_token=SIGNING)
    assert payload == event.payload
    assert headers["X-Gitlab-Token"] == "plain"
    assert headers["X-Gitlab-Event"] == "Merge Request Hook"
    assert headers["webhook-id"] == headers["Idempotency-Key"]
    assert headers["webhook-timestamp"] == str(int(scene.clock().timestamp()))
    assert headers["X-Gitlab-Instance"] == "https://gitlab.com"
    body = json.dumps(payload, ensure_ascii=False).encode()
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(bytes(range(32)), signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"


def test_without_secrets_there_is_no_proof_but_an_id(scene: Scene) -> None:
    headers, _ = _sent(scene, scene.sim.events.merge_request("open", scene.request))
    assert not {"X-Gitlab-Token", "webhook-signature"} & set(headers)
    assert {"webhook-id", "webhook-timestamp", "Idempotency-Key", "X-Gitlab-Webhook-UUID"} <= set(headers)


def test_note(scene: Scene) -> None:
    note = scene.sim.add_note(scene.request, "mona", "/agnox rerun")
    assert note is not None
    event = scene.sim.events.note(note)
    payload, told = event.payload, _attributes(event)
    assert (payload["object_kind"], payload["event_type"], payload["user"]["username"]) == ("note", "note", "mona")
    assert (told["noteable_type"], told["note"], told["action"]) == ("MergeRequest", "/agnox rerun", "create")
    assert (told["system"], told["internal"], told["type"]) == (False, False, None)
    assert told["author_id"] == note.author.id
    assert told["created_at"] == "2026-11-23 12:00:00 UTC"
    assert told["url"] == f"https://gitlab.com/acme/tools/shop/-/merge_requests/1#note_{note.id}"
    request = payload["merge_request"]
    assert (request["iid"], request["state"], request["last_commit"]["id"]) == (1, "opened", scene.request.sha)
    assert payload["project"]["path_with_namespace"] == "acme/tools/shop"
    assert _attributes(scene.sim.events.note(note, "update"))["action"] == "update"


def test_note_on_a_line_and_its_answer(scene: Scene) -> None:
    version = scene.request.versions[-1]
    shas = {"base_sha": version.base_sha, "start_sha": version.start_sha, "head_sha": version.head_sha}
    where = {"position_type": "text", "new_path": "src/pay.py", "old_path": "src/pay.py", "new_line": 2}
    note = scene.sim.add_thread(scene.request, "mona", "/agnox explain", position={**shas, **where})
    assert note is not None
    told = _attributes(scene.sim.events.note(note))
    assert (told["type"], told["position"]["new_line"]) == ("DiffNote", 2)
    answer = scene.sim.reply(note, "mona", "well?")
    assert answer is not None
    assert _attributes(scene.sim.events.note(answer))["discussion_id"] == told["discussion_id"]


def test_internal_note(scene: Scene) -> None:
    note = scene.sim.add_note(scene.request, "mona", "x", internal=True)
    assert note is not None
    event = scene.sim.events.note(note)
    assert (event.name, event.payload["event_type"]) == ("Confidential Note Hook", "confidential_note")
    assert _attributes(event)["internal"] is True


def test_new_commits_tell_the_head_before(scene: Scene) -> None:
    before = scene.request.sha
    after = scene.sim.push(scene.request)
    told = _attributes(scene.sim.events.new_commits(scene.request))
    assert (told["action"], told["oldrev"], told["last_commit"]["id"]) == ("update", before, after)
    assert "oldrev" not in _attributes(scene.sim.events.merge_request("update", scene.request))


def test_merge_request_of_a_fork(scene: Scene) -> None:
    fork = scene.sim.fork(scene.project, "mallory")
    request = scene.sim.add_merge_request(scene.project, fork=fork, user="mallory", draft=True)
    told = _attributes(scene.sim.events.merge_request("open", request))
    assert (told["source_project_id"], told["target_project_id"]) == (fork.id, scene.project.id)
    assert (told["draft"], told["work_in_progress"], told["source"]["namespace"]) == (True, True, "Mallory")
    scene.sim.close(request, merged=True)
    merged = _attributes(scene.sim.events.merge_request("merge", request))
    assert (merged["state"], merged["action"]) == ("merged", "merge")


def test_pipeline(scene: Scene) -> None:
    branch = scene.sim.add_pipeline(scene.project, scene.request.sha, "feature", status="failed")
    event = scene.sim.events.pipeline(branch)
    assert event.payload["merge_request"] is None
    assert [(build["name"], build["status"]) for build in event.payload["builds"]] == [("test", "failed")]
    own = scene.sim.add_merge_request_pipeline(scene.request)
    event = scene.sim.events.pipeline(own)
    told = _attributes(event)
    assert (event.payload["merge_request"]["iid"], told["source"], told["sha"]) == (
        1,
        "merge_request_event",
        scene.request.sha,
    )


def test_push(scene: Scene) -> None:
    project, mona = scene.project, scene.sim.add_member(scene.project, "mona", Level.DEVELOPER)
    before = project.branches["main"]
    for number in range(25):
        after = scene.sim.commit(project, {"x": str(number)}, author=mona)
    payload = scene.sim.events.push(project, "main", before, after, mona).payload
    assert (payload["ref"], payload["before"], payload["after"]) == ("refs/heads/main", before, after)
    assert (payload["checkout_sha"], payload["user_username"]) == (after, "mona")
    assert (len(payload["commits"]), payload["total_commits_count"]) == (20, 25)
    assert payload["commits"][-1]["id"] == after
    gone = scene.sim.events.push(project, "main", after, "0" * 40, mona).payload
    assert (gone["checkout_sha"], gone["commits"]) == (None, [])
