"""What comes with a webhook, and to whom it goes."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from simulators.contract import Contract
from simulators.gitea import Event, GiteaSimulator, HookDelivery
from simulators.serving import serving
from tests.simulators.gitea.conftest import Scene

SECRET = "a webhook secret for tests"


def _synchronized(scene: Scene) -> Event:
    scene.sim.push(scene.pull)
    return scene.sim.events.pull_request("synchronized", scene.pull)


def _merged(scene: Scene) -> Event:
    scene.sim.merge(scene.pull, "mona")
    return scene.sim.events.pull_request("closed", scene.pull)


def _comment(scene: Scene) -> Event:
    return scene.sim.events.issue_comment("created", scene.sim.add_comment(scene.pull, "mona", "hi"))


def _edited(scene: Scene) -> Event:
    return scene.sim.events.issue_comment("edited", scene.sim.add_comment(scene.pull, "mona", "new"), was="old")


def _on_issue(scene: Scene) -> Event:
    issue = scene.sim.add_issue(scene.repo, "A question")
    return scene.sim.events.issue_comment("deleted", scene.sim.add_comment(issue, "mona", "hi"))


EVENTS: dict[str, tuple[Callable[[Scene], Event], str, str]] = {
    "opened": (lambda s: s.sim.events.pull_request("opened", s.pull), "pull_request", "pull_request"),
    "synchronized": (_synchronized, "pull_request", "pull_request_sync"),
    "closed": (_merged, "pull_request", "pull_request"),
    "created": (_comment, "issue_comment", "pull_request_comment"),
    "edited": (_edited, "issue_comment", "pull_request_comment"),
    "deleted": (_on_issue, "issue_comment", "issue_comment"),
    "": (lambda s: s.sim.events.push(s.repo, "feature"), "push", "push"),
}


@pytest.mark.parametrize("action", EVENTS)
def test_headers_and_fields_of_an_event(scene: Scene, action: str) -> None:
    hook = scene.sim.add_hook(scene.repo, "https://example.com", secret=SECRET)
    make, name, kind = EVENTS[action]
    (delivery,) = scene.sim.sign(make(scene))
    assert delivery.hook is hook
    for prefix in ("X-Gitea", "X-Gogs", "X-GitHub"):
        assert delivery.headers[f"{prefix}-Event"] == name
        assert delivery.headers[f"{prefix}-Event-Type"] == kind
        assert delivery.headers[f"{prefix}-Delivery"] == delivery.guid
    payload = json.loads(delivery.body)
    assert payload.get("action", "") == action
    assert payload["repository"]["id"] == scene.repo.id
    assert payload["sender"]["login"] in ("mona", "acme")


def test_signatures(scene: Scene) -> None:
    scene.sim.add_hook(scene.repo, "https://example.com", secret=SECRET)
    (delivery,) = scene.sim.sign(_comment(scene))
    digest = hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["X-Gitea-Signature"] == delivery.headers["X-Gogs-Signature"] == digest
    assert delivery.headers["X-Hub-Signature-256"] == f"sha256={digest}"
    assert delivery.headers["X-Hub-Signature"].startswith("sha1=")
    assert "X-Forgejo-Signature" not in delivery.headers


def test_form_is_signed_by_its_json(scene: Scene) -> None:
    scene.sim.add_hook(scene.repo, "https://example.com", secret=SECRET, content_type="form")
    (delivery,) = scene.sim.sign(_comment(scene))
    (text,) = parse_qs(delivery.body.decode())["payload"]
    assert json.loads(text)["is_pull"] is True
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert delivery.headers["X-Gitea-Signature"] == digest


def test_without_a_secret_signatures_are_empty(scene: Scene) -> None:
    hook = scene.sim.add_hook(scene.repo, "https://example.com")
    hook.authorization = "Bearer abc"
    (delivery,) = scene.sim.sign(_comment(scene))
    assert (delivery.headers["X-Gitea-Signature"], delivery.headers["X-Hub-Signature-256"]) == ("", "sha256=")
    assert delivery.headers["Authorization"] == "Bearer abc"


def test_forgejo_adds_its_own_headers(contract: Contract) -> None:
    sim = GiteaSimulator(contract=contract, flavour="forgejo")
    repository = sim.add_repository("acme/shop")
    sim.add_hook(repository, "https://example.com", secret=SECRET)
    (delivery,) = sim.sign(sim.events.push(repository, "main"))
    assert delivery.headers["X-Forgejo-Signature"] == delivery.headers["X-Gitea-Signature"]
    assert (delivery.headers["X-Forgejo-Event"], delivery.headers["X-Forgejo-Delivery"]) == ("push", delivery.guid)


def test_details_of_payloads(scene: Scene) -> None:
    assert "pull_request" not in _on_issue(scene).payload
    comment = _comment(scene).payload
    assert (comment["is_pull"], comment["pull_request"]["head"]["sha"]) == (True, scene.pull.head.sha)
    assert comment["issue"]["pull_request"]["merged"] is False
    assert _edited(scene).payload["changes"] == {"body": {"from": "old"}}
    old = scene.pull.head.sha
    moved = _synchronized(scene).payload
    assert (moved["pull_request"]["head"]["sha"], "before" in moved) == (scene.pull.head.sha, False)
    pushed = scene.sim.events.push(scene.repo, "feature").payload
    assert (pushed["ref"], pushed["before"], pushed["after"]) == ("refs/heads/feature", old, scene.pull.head.sha)
    merged = _merged(scene).payload["pull_request"]
    assert (merged["merged"], merged["state"], merged["merged_by"]["login"]) == (True, "closed", "mona")


@pytest.mark.parametrize(
    ("events", "heard"),
    [
        (["pull_request"], ["opened", "synchronized", "closed", "created", "edited"]),
        (["pull_request_only"], ["opened", "closed"]),
        (["issue_comment"], ["deleted"]),
        (["push"], [""]),
        (["pull_request", "issue_comment", "push"], list(EVENTS)),
    ],
)
def test_hooks_hear_what_they_chose(scene: Scene, events: list[str], heard: list[str]) -> None:
    scene.sim.add_hook(scene.repo, "https://example.com", events=events)
    assert [action for action, (make, _, _) in EVENTS.items() if scene.sim.sign(make(scene))] == heard


def test_hooks_that_stay_silent(scene: Scene) -> None:
    other = scene.sim.add_repository("acme/site")
    scene.sim.add_hook(other, "https://example.com")
    asleep = scene.sim.add_hook(scene.repo, "https://example.com")
    asleep.active = False
    filtered = scene.sim.add_hook(scene.repo, "https://example.com")
    filtered.branch_filter = "release/*"
    assert scene.sim.sign(scene.sim.events.push(scene.repo, "feature")) == []
    scene.sim.commit(scene.repo, {"a": "b"}, branch="release/1")
    assert [d.hook for d in scene.sim.sign(scene.sim.events.push(scene.repo, "release/1"))] == [filtered]


def _receiver(seen: list[tuple[dict[str, str], bytes]], status: int = 202) -> Starlette:
    async def take(request: Request) -> Response:
        seen.append((dict(request.headers), await request.body()))
        return PlainTextResponse("taken", status)

    return Starlette(routes=[Route("/hook", take, methods=["POST"])])


def test_delivery_arrives_as_signed(scene: Scene) -> None:
    seen: list[tuple[dict[str, str], bytes]] = []
    scene.sim.add_hook(scene.repo, "https://nowhere.example", secret=SECRET)
    with TestClient(_receiver(seen)) as client:
        (delivery,) = scene.sim.deliver(_comment(scene), "/hook", client)
    headers, body = seen[0]
    assert headers["x-gitea-signature"] == hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert (delivery.succeeded, delivery.response_body) == (True, "taken")
    assert scene.sim.state.deliveries == {delivery.id: delivery}


def test_failed_deliveries_are_noted_and_not_tried_again(scene: Scene) -> None:
    seen: list[Any] = []
    with serving(_receiver(seen, 503)) as base_url:
        hook = scene.sim.add_hook(scene.repo, f"{base_url}/hook")
        assert [d.status_code for d in scene.sim.deliver(_comment(scene))] == [503]
    deliveries: list[HookDelivery] = scene.sim.deliver(_comment(scene))
    assert ([d.status_code for d in deliveries], len(seen)) == ([502], 1)
    assert deliveries[0].hook is hook


def test_served_on_a_real_port(scene: Scene) -> None:
    with scene.sim.serve() as base_url:
        payload = scene.sim.events.pull_request("opened", scene.pull).payload
    assert payload["pull_request"]["html_url"] == f"{base_url}/acme/shop/pulls/1"
