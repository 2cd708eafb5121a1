"""The doors to test cycles: who may pass, and what a wrong request is told."""

from typing import Any

import httpx2
import pytest
from sqlalchemy.exc import OperationalError

from bot.domain.trigger import Environment
from bot.usecases.errors import Invalid, Missing
from bot.usecases.resolve_context import FieldProblem, InvalidFields
from tests.inbound.conftest import CYCLE, KEY, Behind, client_of, failed, make_app

pytestmark = pytest.mark.anyio

TRIGGER: dict[str, Any] = {
    "projectId": "p1",
    "image": "ghcr.io/acme/tests",
    "command": "pytest -q",
    "config": {"environment": "staging", "envVars": {"A": "1"}},
    "ciContext": {"source": "github", "repository": "acme/shop", "prNumber": 42, "commitSha": "ABCDEF1"},
}
GUARDED = [
    ("POST", "/api/ci/trigger"),
    ("POST", "/api/results"),
    ("GET", "/api/cycles"),
    ("GET", f"/api/cycles/{CYCLE}"),
    ("POST", f"/api/cycles/{CYCLE}/rerun"),
    ("POST", f"/api/cycles/{CYCLE}/cancel"),
    ("GET", f"/api/executions/{CYCLE}"),
    ("GET", f"/api/executions/{CYCLE}/status"),
]


async def test_a_trigger_starts_a_cycle(client: httpx2.AsyncClient, behind: Behind) -> None:
    response = await client.post("/api/ci/trigger", json=TRIGGER)
    assert response.status_code == 201
    assert response.json() == {
        "success": True,
        "data": {"cycleId": CYCLE, "taskId": "02" * 16, "status": "PENDING"},
    }
    ((caller, trigger),) = behind.triggers
    assert caller.key_name == "ci"
    assert trigger.config.environment is Environment.STAGING and trigger.folder == "all"
    assert trigger.ci_context is not None and trigger.ci_context.commit_sha == "abcdef1"


async def test_warnings_come_with_the_answer(client: httpx2.AsyncClient, behind: Behind) -> None:
    behind.warnings = ("no installation covers acme/shop yet",)
    response = await client.post("/api/ci/trigger", json=TRIGGER)
    assert response.json()["data"]["warnings"] == ["no installation covers acme/shop yet"]


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("key", [None, "", "agx_unknown"])
async def test_without_a_known_key_nothing_is_read_or_done(
    method: str, path: str, key: str | None, behind: Behind
) -> None:
    async with client_of(make_app(behind), {} if key is None else {"x-api-key": key}) as client:
        failed(await client.request(method, path, json={} if method == "POST" else None), 401)
    assert behind == Behind()


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        ({"projectId": None}, "projectId", "valid string"),
        ({"command": ""}, "command", "at least 1 character"),
        ({"config": {"environment": "moon"}}, "config.environment", "'development', 'staging' or 'production'"),
        ({"config": {"envVars": {"1A": "x"}}}, "config.envVars", "not a variable name: '1A'"),
        ({"ciContext": {"source": "github", "prNumber": "x"}}, "ciContext.prNumber", "send 42 or refs/pull/42/merge"),
        ({"ciContext": {"source": "github", "commitSha": "main"}}, "ciContext.commitSha", "7 to 64 hexadecimal"),
        ({"ciContext": {"source": "github", "pr_number": "x"}}, "ciContext.pr_number", "send 42 or refs/pull/42/merge"),
        ({"ciContext": {}}, "ciContext.source", "required"),
    ],
)
async def test_a_wrong_field_is_named_with_what_would_be_right(
    change: dict[str, Any], field: str, told: str, client: httpx2.AsyncClient, behind: Behind
) -> None:
    answer = failed(await client.post("/api/ci/trigger", json=TRIGGER | change), 400)
    assert answer["error"] == "Validation failed"
    assert answer["details"][0]["field"] == field
    assert told in answer["details"][0]["message"]
    assert answer["message"] == f"{field}: {answer['details'][0]['message']}"
    assert behind.triggers == []


async def test_every_wrong_field_has_one_problem_by_the_name_it_was_sent_with(client: httpx2.AsyncClient) -> None:
    context = {
        "source": "",
        "pr_number": "x",
        "commitSha": "main",
        "branch": 5,
        "runUrl": "https://me:pw@",
        "runner": [],
    }
    body = {"projectId": "p1", "command": "pytest", "ci_context": context}
    answer = failed(await client.post("/api/ci/trigger", json=body), 400)
    assert {each["field"]: each["message"].partition("; send ")[0] for each in answer["details"]} == {
        "ci_context.source": "missing: send the git host or the runner",
        "ci_context.branch": "not a text: 5",
        "ci_context.pr_number": "not a pull request number: 'x'",
        "ci_context.commitSha": "not a commit: 'main'",
        "ci_context.runUrl": "not a web address: '***@'",
        "ci_context.runner": "not a text: a list",
    }
    assert "pw" not in str(answer)


async def test_fields_that_a_use_case_refuses_are_named_too(client: httpx2.AsyncClient, behind: Behind) -> None:
    behind.error = InvalidFields(
        FieldProblem("ciContext.source", "'x' is not known; send github"),
        FieldProblem("ciContext.repository", "'y' is none; send OWNER/NAME"),
    )
    answer = failed(await client.post("/api/ci/trigger", json=TRIGGER), 400)
    assert (answer["error"], answer["message"]) == (
        "Validation failed",
        "ciContext.source 'x' is not known; send github",
    )
    assert answer["details"] == [
        {"field": "ciContext.source", "message": "'x' is not known; send github"},
        {"field": "ciContext.repository", "message": "'y' is none; send OWNER/NAME"},
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b'{"projectId": }', "line 1 column 15"),
        (b"[]", "must be a JSON object"),
        (b"\xff{}", "not JSON"),
        (b'{"projectId": "a\\u0000b"}', "U+0000"),
        (b"[" * 5000, "not JSON"),
    ],
)
async def test_what_is_no_json_object_is_told_where(body: bytes, told: str, client: httpx2.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    answer = failed(await client.post("/api/ci/trigger", content=body, headers=headers), 400)
    assert told in answer["message"]


async def test_a_backslash_before_u0000_is_no_nul(client: httpx2.AsyncClient, behind: Behind) -> None:
    response = await client.post("/api/ci/trigger", json=TRIGGER | {"command": "printf '\\u0000'"})
    assert response.status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_taken(kind: str, client: httpx2.AsyncClient) -> None:
    answer = failed(await client.post("/api/ci/trigger", content=b"{}", headers={"content-type": kind}), 415)
    assert "application/json" in answer["message"]


async def test_a_body_over_a_megabyte_is_refused(client: httpx2.AsyncClient) -> None:
    answer = failed(await client.post("/api/ci/trigger", json=TRIGGER | {"padding": "x" * 1_000_000}), 413)
    assert "1000000 bytes" in answer["message"]


@pytest.mark.parametrize(("error", "status"), [(Missing("no such project"), 404), (Invalid("no"), 400)])
async def test_what_a_use_case_refuses_is_told(
    error: Exception, status: int, client: httpx2.AsyncClient, behind: Behind
) -> None:
    behind.error = error
    assert failed(await client.post("/api/ci/trigger", json=TRIGGER), status)["message"] == str(error)


async def test_what_breaks_is_told_by_the_number_of_its_record(
    client: httpx2.AsyncClient, behind: Behind, caplog: pytest.LogCaptureFixture
) -> None:
    behind.error = RuntimeError("the secret of the house")
    response = await client.post("/api/ci/trigger", json=TRIGGER)
    answer = failed(response, 500)
    assert "secret" not in response.text
    record = answer["message"].split()[-1]
    assert any(record in line.getMessage() and line.exc_info for line in caplog.records)


async def test_a_database_that_is_away_is_a_503(
    client: httpx2.AsyncClient, behind: Behind, caplog: pytest.LogCaptureFixture
) -> None:
    behind.error = OperationalError("SELECT password", {}, Exception("connection refused"))
    response = await client.post("/api/ci/trigger", json=TRIGGER)
    answer = failed(response, 503)
    assert response.headers["retry-after"]
    assert "password" not in response.text and answer["message"].split()[-1] in caplog.text


async def test_pages_of_cycles_are_bounded(client: httpx2.AsyncClient, behind: Behind) -> None:
    response = await client.get("/api/cycles")
    assert response.json() == {"success": True, "data": {"cycles": [], "nextCursor": None}}
    await client.get("/api/cycles", params={"limit": 100, "cursor": CYCLE})
    assert behind.pages == [(20, None), (100, CYCLE)]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=-1", "limit=", "limit=²", "cursor=x%00"])
async def test_a_wrong_page_is_told(query: str, client: httpx2.AsyncClient) -> None:
    failed(await client.get(f"/api/cycles?{query}"), 400)


async def test_cycles_are_rerun_and_cancelled(client: httpx2.AsyncClient) -> None:
    response = await client.post(f"/api/cycles/{CYCLE}/rerun")
    assert (response.status_code, response.json()["data"]["status"]) == (201, "PENDING")
    assert "nothing left" in failed(await client.post(f"/api/cycles/{CYCLE}/cancel"), 409)["message"]


@pytest.mark.parametrize(
    "path", ["/api/cycles/x", "/api/cycles/x/rerun", "/api/cycles/%00/cancel", "/api/executions/x"]
)
async def test_an_id_that_is_none_is_not_there(path: str, client: httpx2.AsyncClient) -> None:
    method = "POST" if path.endswith(("rerun", "cancel")) else "GET"
    failed(await client.request(method, path), 404)


@pytest.mark.parametrize("path", ["/api", "/api/nothing", "/webhooks", "/api/cycles/1/2/3"])
async def test_unknown_addresses_answer_in_the_envelope(path: str, behind: Behind) -> None:
    async with client_of(make_app(behind)) as client:
        failed(await client.get(path), 404)


async def test_a_wrong_method_names_the_right_one(client: httpx2.AsyncClient) -> None:
    response = await client.get("/api/ci/trigger")
    failed(response, 405)
    assert response.headers["allow"] == "POST"


async def test_a_status_is_read_with_its_times(client: httpx2.AsyncClient) -> None:
    response = await client.get(f"/api/executions/{CYCLE}/status", headers={"x-api-key": KEY})
    assert response.json()["data"] == {
        "taskId": CYCLE,
        "cycleId": CYCLE,
        "status": "RUNNING",
        "position": None,
        "waiting": "",
        "createdAt": "2026-11-23T12:00:00+00:00",
        "startedAt": "2026-11-23T12:00:00+00:00",
        "finishedAt": None,
    }
