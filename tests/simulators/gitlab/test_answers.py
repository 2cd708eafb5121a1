"""Answers have the fields that the OpenAPI description names, and every endpoint is in it."""

import json
from typing import Any

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from simulators.contract import Contract
from simulators.gitlab.api import ROUTES
from simulators.gitlab.gate import operation
from tests.simulators.gitlab.conftest import CONTRACT, Scene

PROJECT = "/api/v4/projects/{id}"
REQUEST = PROJECT + "/merge_requests/{merge_request_iid}"
# These are written by hand from the documentation, where the published description has none; they hold in full.
WHOLE = [
    ("GET", f"{REQUEST}/notes", None),
    ("POST", f"{REQUEST}/notes", {"body": "x"}),
    ("GET", f"{REQUEST}/notes/{{note_id}}", None),
    ("GET", f"{REQUEST}/discussions", None),
    ("POST", f"{REQUEST}/discussions", {"body": "x"}),
    ("GET", f"{REQUEST}/discussions/{{discussion_id}}", None),
    ("GET", "/api/v4/user", None),
]
# The published description gives many numbers and lists as strings, and lists as one item: only names can be held.
NAMED = [
    ("GET", PROJECT, None),
    ("GET", f"{PROJECT}/merge_requests", None),
    ("GET", REQUEST, None),
    ("GET", f"{REQUEST}/diffs", None),
    ("GET", f"{REQUEST}/versions", None),
    ("GET", f"{REQUEST}/commits", None),
    ("GET", f"{REQUEST}/pipelines", None),
    ("GET", f"{REQUEST}/notes/{{note_id}}/award_emoji", None),
    ("POST", f"{REQUEST}/notes/{{note_id}}/award_emoji", {"name": "eyes"}),
    ("GET", f"{PROJECT}/repository/commits/{{sha}}", None),
    ("GET", f"{PROJECT}/repository/commits/{{sha}}/statuses", None),
    ("GET", f"{PROJECT}/repository/commits/{{sha}}/merge_requests", None),
    ("POST", f"{PROJECT}/statuses/{{sha}}", {"state": "running"}),
    ("GET", f"{PROJECT}/members/all", None),
    ("GET", f"{PROJECT}/members/all/{{user_id}}", None),
    ("GET", f"{PROJECT}/pipelines", None),
    ("GET", f"{PROJECT}/pipelines/{{pipeline_id}}", None),
    ("GET", f"{PROJECT}/pipelines/{{pipeline_id}}/jobs", None),
    ("POST", f"{PROJECT}/hooks", {"url": "https://example.com"}),
    ("GET", f"{PROJECT}/hooks/{{hook_id}}", None),
    ("GET", "/api/v4/personal_access_tokens/self", None),
    ("GET", "/api/v4/metadata", None),
]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CONTRACT.read_bytes())
    return found


def _path(scene: Scene, template: str) -> str:
    note = scene.sim.add_note(scene.request, "mona", "hi")
    assert note is not None
    pipeline = scene.sim.add_pipeline(scene.project, scene.request.sha, "feature")
    note_award = scene.sim.state.notes_of(scene.request)[-1]
    scene.on_request("POST", f"/notes/{note_award.id}/award_emoji", json={"name": "heart"})
    return template.format(
        id=scene.project.id,
        merge_request_iid=1,
        note_id=note.id,
        discussion_id=note.discussion.id,
        sha=scene.request.sha,
        user_id=scene.request.author.id,
        pipeline_id=pipeline.id,
        hook_id=scene.sim.add_hook(scene.project, "https://example.com").id,
    )


def _answer(scene: Scene, method: str, path: str, body: Any) -> Any:
    answer = scene.call(method, path.removeprefix("/api/v4"), scene.token, json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer


@pytest.mark.parametrize(("method", "template", "body"), WHOLE)
def test_answer_has_the_documented_shape(
    scene: Scene, document: dict[str, Any], method: str, template: str, body: Any
) -> None:
    path = _path(scene, template)
    answer = _answer(scene, method, path, body)
    description = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
    request = MockRequest("https://gitlab.com", method.lower(), path)
    response = MockResponse(answer.content, status_code=answer.status_code)
    assert [str(e.__cause__ or e) for e in description.iter_response_errors(request, response)] == []


@pytest.mark.parametrize(("method", "template", "body"), NAMED)
def test_answer_has_the_published_fields(
    scene: Scene, document: dict[str, Any], method: str, template: str, body: Any
) -> None:
    content = _answer(scene, method, _path(scene, template), body).json()
    responses = document["paths"][template][method.lower()]["responses"]
    schema = next(
        responses[code]["content"]["application/json"]["schema"]
        for code in ("200", "201")
        if "content" in responses.get(code, {})
    )
    reference = schema.get("items", schema)["$ref"]
    known = set(document["components"]["schemas"][reference.rpartition("/")[2]]["properties"])
    for item in content if isinstance(content, list) else [content]:
        assert set(item) - known == set()
        assert "id" in item or "version" in item or "diff" in item
    assert content


def test_every_endpoint_is_described(contract: Contract) -> None:
    assert {operation(route) for route in ROUTES} - contract.operations == set()


def test_what_is_described_but_not_simulated_is_told(scene: Scene) -> None:
    answer = scene.bot("GET", "/repository/compare?from=a&to=b")
    assert answer.status_code == 501
    assert "not simulated" in scene.problem()
