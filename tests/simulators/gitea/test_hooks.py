"""A repository's webhooks and how they are set up."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.serving import serving
from tests.simulators.gitea.conftest import Scene

CONFIG = {"url": "https://example.com/hook", "content_type": "json", "secret": "s3cret"}


def create(scene: Scene, **more: Any) -> dict[str, Any]:
    answer = scene.bot("POST", "/hooks", json={"type": "gitea", "config": CONFIG, "active": True, **more})
    assert answer.status_code == 201, answer.text
    hook: dict[str, Any] = answer.json()
    return hook


def test_hook_lives(scene: Scene) -> None:
    hook = create(scene, events=["pull_request_only", "push"], branch_filter="main")
    assert hook["config"] == {"url": CONFIG["url"], "content_type": "json"}
    assert (hook["events"], hook["active"], hook["branch_filter"]) == (["push", "pull_request"], True, "main")
    assert scene.sim.state.hooks[hook["id"]].secret == "s3cret"
    listed = scene.bot("GET", "/hooks")
    assert (listed.json(), listed.headers["x-total-count"]) == ([hook], "1")
    assert scene.bot("GET", f"/hooks/{hook['id']}").json() == hook
    assert scene.bot("DELETE", f"/hooks/{hook['id']}").status_code == 204
    assert scene.bot("GET", f"/hooks/{hook['id']}").status_code == 404


def test_words_for_events(scene: Scene) -> None:
    assert create(scene)["events"] == ["push"]
    assert create(scene, events=["issue_comment"])["events"] == ["issue_comment"]
    family = create(scene, events=["pull_request"])["events"]
    assert {"pull_request", "pull_request_sync", "pull_request_comment"} < set(family)
    assert all(event.startswith("pull_request") for event in family)


def test_unknown_event_chooses_nothing_and_is_noted(scene: Scene) -> None:
    assert create(scene, events=["pull_requests"])["events"] == []
    assert scene.problem() == "no event is called pull_requests"


def test_hook_sleeps_unless_it_is_told_to_be_active(scene: Scene) -> None:
    answer = scene.bot("POST", "/hooks", json={"type": "gitea", "config": CONFIG})
    assert answer.json()["active"] is False


def test_edit_resets_what_is_not_sent(scene: Scene) -> None:
    hook = create(scene, events=["pull_request"], branch_filter="main")
    moved = scene.bot("PATCH", f"/hooks/{hook['id']}", json={"config": {"url": "https://example.com/new"}}).json()
    assert moved["config"] == {"url": "https://example.com/new", "content_type": "json"}
    assert (moved["events"], moved["branch_filter"], moved["active"]) == (["push"], "", True)


def test_secret_cannot_be_edited(scene: Scene) -> None:
    hook = create(scene)
    scene.bot("PATCH", f"/hooks/{hook['id']}", json={"config": {"secret": "new"}, "events": ["push"]})
    assert "secret cannot be changed" in scene.problem()
    assert scene.sim.state.hooks[hook["id"]].secret == "s3cret"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"type": "gitea", "config": {"url": "https://example.com"}}, "Missing config option: content_type"),
        ({"type": "gitea", "config": {"content_type": "json"}}, "Missing config option: url"),
        ({"type": "gitea", "config": {**CONFIG, "content_type": "xml"}}, "Invalid content type"),
        ({"type": "web", "config": CONFIG}, "'web' is not one of"),
        ({"config": CONFIG}, "'type' is a required property"),
        ({"type": "gitea", "config": CONFIG, "insecure_ssl": "0"}, "insecure_ssl"),
    ],
)
def test_bad_hook_is_refused_and_recorded(scene: Scene, body: dict[str, Any], problem: str) -> None:
    assert scene.bot("POST", "/hooks", json=body).status_code == 422
    assert problem in scene.problem()
    assert scene.sim.state.hooks == {}


def test_hooks_are_for_administrators(scene: Scene) -> None:
    answer = scene.person("mona", "GET", "/hooks")
    assert (answer.status_code, "admin write" in answer.json()["message"]) == (403, True)


def test_test_delivery_is_a_push(scene: Scene) -> None:
    seen: list[tuple[str, bytes]] = []

    async def take(request: Request) -> Response:
        seen.append((request.headers["x-gitea-event"], await request.body()))
        return Response(status_code=202)

    with serving(Starlette(routes=[Route("/hook", take, methods=["POST"])])) as base_url:
        hook = scene.sim.add_hook(scene.repo, f"{base_url}/hook")
        assert scene.bot("POST", f"/hooks/{hook.id}/tests").status_code == 204
        assert scene.bot("POST", f"/hooks/{hook.id}/tests?ref=refs/heads/none").status_code == 404
    (delivery,) = scene.sim.state.deliveries.values()
    assert (seen, delivery.succeeded) == ([("push", delivery.body)], True)
    assert (delivery.payload["before"], delivery.payload["total_commits"]) == (delivery.payload["after"], 0)
