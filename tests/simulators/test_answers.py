"""Answers have the shape that the OpenAPI description promises."""

import json
from importlib.resources import files

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from tests.simulators.conftest import Scene

CALLS = [
    ("GET", "/repos/{owner}/{repo}", None),
    ("POST", "/repos/{owner}/{repo}/check-runs", {"name": "Agnox", "head_sha": "HEAD", "conclusion": "failure"}),
    ("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}", None),
    ("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", None),
    ("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", None),
    ("GET", "/repos/{owner}/{repo}/commits/{ref}/check-suites", None),
    ("GET", "/repos/{owner}/{repo}/check-suites/{check_suite_id}", None),
    ("GET", "/repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs", None),
    ("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments", None),
    ("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", {"body": "x"}),
    ("POST", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", {"content": "eyes"}),
    ("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", None),
    ("GET", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", None),
    ("GET", "/repos/{owner}/{repo}/commits/{ref}", None),
    ("GET", "/repos/{owner}/{repo}/pulls", None),
    ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", None),
    ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/files", None),
    ("POST", "/repos/{owner}/{repo}/statuses/{sha}", {"state": "success"}),
    ("GET", "/repos/{owner}/{repo}/commits/{ref}/status", None),
    ("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses", None),
    ("GET", "/repos/{owner}/{repo}/contents/{path}", None),
    ("GET", "/installation/repositories", None),
    ("GET", "/rate_limit", None),
    ("GET", "/app", None),
    # Not /app/installations: its description demands that an account be a user and an enterprise at once.
    ("GET", "/app/installations/{installation_id}", None),
    ("POST", "/app/installations/{installation_id}/access_tokens", {}),
    ("GET", "/app/hook/config", None),
    ("GET", "/app/hook/deliveries", None),
    ("GET", "/app/hook/deliveries/{delivery_id}", None),
    ("GET", "/repos/{owner}/{repo}/installation", None),
]


@pytest.fixture(scope="module")
def description() -> OpenAPI:
    document = json.loads(files("simulators.github").joinpath("github.openapi.json").read_bytes())
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))


@pytest.mark.parametrize(("method", "template", "body"), CALLS)
def test_answer_has_the_published_shape(
    scene: Scene, description: OpenAPI, method: str, template: str, body: dict[str, str] | None
) -> None:
    sha, app = scene.pull.head.sha, scene.sim.github_app
    note = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    # The description's own list of conclusions lacks null, so only a finished run fits it.
    done = {"status": "completed", "conclusion": "failure", "completed_at": scene.clock()}
    run = scene.sim.add_check_run(scene.repo, sha, "Agnox", app, annotations=[note], **done)
    scene.sim.add_status(scene.repo, sha, "pending", "ci")
    path = template.format(
        owner="acme",
        repo="shop",
        ref=sha,
        sha=sha,
        commit_sha=sha,
        path=".agnox.yml",
        username="mona",
        pull_number=1,
        issue_number=1,
        check_run_id=run.id,
        check_suite_id=run.suite.id,
        comment_id=scene.sim.add_comment(scene.pull, "mona", "hi").id,
        installation_id=scene.installation.id,
        delivery_id=scene.sim.sign(scene.sim.events.pull_request("opened", scene.pull)).id,
    )
    sent = {k: sha if v == "HEAD" else v for k, v in body.items()} if body is not None else None
    for_app = path.startswith("/app") or path.endswith("/installation")
    token = scene.app_jwt() if for_app else scene.sim.installation_token(scene.installation)
    answer = scene.call(method, path, token, json=sent)
    assert answer.status_code in (200, 201), answer.text
    request = MockRequest("https://api.github.com", method.lower(), path)
    response = MockResponse(answer.content, status_code=answer.status_code)
    problems = [str(error.__cause__ or error) for error in description.iter_response_errors(request, response)]
    assert problems == []
