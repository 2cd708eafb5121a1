"""The way in: versions, tokens, budgets, letter case, faults."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from simulators.azure import TENANT, RateLimit
from simulators.azure.entra import SCOPE
from simulators.azure.faults import sign_in_page, throttled
from simulators.faults import answer_lost, cut_off, html_page
from tests.simulators.azure.conftest import Scene

REPOSITORIES = "/Shop/_apis/git/repositories"


def test_version_in_query_or_accept(scene: Scene) -> None:
    plain = {"Accept": "application/json"}
    assert scene.call("GET", f"{REPOSITORIES}?api-version=7.1", headers=plain).status_code == 200
    assert scene.call("GET", REPOSITORIES, headers={"Accept": "application/json; api-version=6.0"}).status_code == 200
    missing = scene.call("GET", REPOSITORIES, headers=plain)
    assert (missing.status_code, missing.json()["typeKey"]) == (400, "VssVersionNotSpecifiedException")
    assert "No api-version" in scene.problem()


@pytest.mark.parametrize(
    ("server", "latest", "version", "status"),
    [
        (False, None, "7.1", 200),
        (False, None, "7.1-preview.1", 200),
        (False, None, "7.2", 400),
        (True, None, "7.1", 400),
        (True, None, "7.0", 200),
        (True, "6.0", "7.0", 400),
        (True, "6.0", "6.0", 200),
    ],
)
def test_newest_version(
    build: Callable[..., Scene], server: bool, latest: str | None, version: str, status: int
) -> None:
    scene = build(server=server, latest_version=latest)
    answer = scene.call("GET", REPOSITORIES, headers={"Accept": f"application/json;api-version={version}"})
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["typeKey"] == "VssVersionOutOfRangeException"


def test_preview_must_be_asked_for(scene: Scene) -> None:
    assert scene.call("GET", "/_apis/graph/groups").json()["typeKey"] == "VssInvalidPreviewVersionException"
    scene.problem()
    preview = {"Accept": "application/json;api-version=7.1-preview.1"}
    assert scene.call("GET", "/_apis/graph/groups", headers=preview).status_code == 200
    assert scene.call("GET", "/_apis/connectionData").json()["authenticatedUser"]["id"] == scene.sim.bot.id


def test_server_has_no_graph(build: Callable[..., Scene]) -> None:
    scene = build(server=True, contract=None)
    preview = {"Accept": "application/json;api-version=7.0-preview.1"}
    assert scene.call("GET", "/_apis/graph/groups", headers=preview).status_code == 404
    scene.problem()


@pytest.mark.parametrize(
    "path",
    [
        "/ACME/sHOP/_APIS/Git/Repositories/SHOP/PullRequests/1/Threads",
        "/acme/shop/_apis/git/repositories/shop/pullrequests/1/threads",
    ],
)
def test_any_letter_case(scene: Scene, path: str) -> None:
    secret = base64.b64encode(f"any:{scene.token}".encode()).decode()
    headers = {"Accept": "application/json;api-version=7.1", "Authorization": f"Basic {secret}"}
    assert scene.client.get(path, headers=headers).json() == {"count": 0, "value": []}


@pytest.mark.parametrize("wrong", ["", "nonsense", "expired", "revoked"])
@pytest.mark.parametrize(("mode", "status"), [(203, 203), (302, 302), (401, 401)])
def test_bad_token_meets_the_sign_in_page(build: Callable[..., Scene], wrong: str, mode: int, status: int) -> None:
    scene = build(sign_in=mode)
    expired = scene.sim.token_for(scene.mona, expires_at=scene.clock() + timedelta(hours=1))
    revoked = scene.sim.token_for(scene.mona)
    assert scene.call("GET", REPOSITORIES, expired).status_code == 200
    scene.clock.move(hours=1)
    scene.sim.credentials.revoke(revoked)
    token = {"expired": expired, "revoked": revoked}.get(wrong, wrong)
    headers = {} if token else {"Authorization": ""}
    answer = scene.call("GET", REPOSITORIES, token, headers=headers)
    assert answer.status_code == status
    if mode == 203:
        assert answer.headers["content-type"].startswith("text/html")
        assert "Sign In" in answer.text
    if mode == 302:
        assert "Sign In" in scene.client.get(answer.headers["location"]).text


def test_scopes_of_a_token(scene: Scene) -> None:
    reader = scene.sim.token_for(scene.sim.bot, scopes=["vso.code"])
    poster = scene.sim.token_for(scene.sim.bot, scopes=["vso.code_status"])
    writer = scene.sim.token_for(scene.sim.bot, scopes=["vso.code_write"])
    thread, status = {"comments": [{"content": "x"}]}, {"state": "failed", "context": {"name": "a"}}
    wanted = {
        ("GET", "", reader): 200,
        ("GET", "", poster): 401,
        ("GET", "", writer): 200,
        ("POST", "/threads", reader): 401,
        ("POST", "/threads", writer): 200,
        ("POST", "/statuses", poster): 200,
        ("POST", "/statuses", reader): 401,
    }
    bodies = {"/threads": thread, "/statuses": status}
    for (method, path, token), expected in wanted.items():
        answer = scene.on_pull(method, path, token=token, json=bodies.get(path))
        assert answer.status_code == expected, (method, path)
        if expected == 401:
            assert answer.json()["message"].startswith("TF400813")


def _token(scene: Scene, app: Any = None, **changes: str) -> httpx2.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": "an-app",
        "client_secret": "a secret",
        "scope": SCOPE,
        **changes,
    }
    client = TestClient(app) if app else scene.client
    tenant = form.pop("tenant", TENANT)
    return client.post(f"/{tenant}/oauth2/v2.0/token", data=form)


@pytest.mark.parametrize("separate", [True, False])
def test_service_principal(scene: Scene, separate: bool) -> None:
    principal = scene.sim.add_service_principal("Agnox")
    scene.sim.register("an-app", "a secret", principal)
    answer = _token(scene, scene.sim.entra if separate else None).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3_599)
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    stranger = scene.on_pull("GET", "/threads", headers=bearer)
    assert (stranger.status_code, stranger.json()["message"][:8]) == (401, "TF400813")
    scene.sim.join(principal, scene.sim.group("Contributors", scene.project))
    assert scene.on_pull("GET", "/threads", headers=bearer).status_code == 200
    scene.clock.move(seconds=3_599)
    assert scene.on_pull("GET", "/threads", headers=bearer).status_code == 203
    assert [call.token_request for call in scene.sim.calls] == [True, False, False, False]


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "other"}, 401, "invalid_client"),
        ({"client_id": "other"}, 400, "unauthorized_client"),
        ({"scope": "user.read"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"tenant": "other"}, 400, "invalid_request"),
    ],
)
def test_entra_refuses(scene: Scene, change: dict[str, str], status: int, error: str) -> None:
    scene.sim.register("an-app", "a secret", scene.sim.add_service_principal("Agnox"))
    answer = _token(scene, **change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].startswith("AADSTS")


def test_delays_come_before_refusals(build: Callable[..., Scene]) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    scene = build(rate_limit=RateLimit(5, delay=3), sleep=sleep)
    answers = [scene.call("GET", REPOSITORIES) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert "x-ratelimit-remaining" not in answers[0].headers
    assert answers[4].headers["x-ratelimit-remaining"] == "0"
    assert (answers[5].headers["retry-after"], answers[5].headers["x-ratelimit-delay"]) == ("3", "3")
    assert slept == [3] * 5
    assert (answers[10].headers["retry-after"], answers[10].json()["message"][:8]) == ("300", "TF400733")
    scene.clock.move(minutes=5)
    assert scene.call("GET", REPOSITORIES).status_code == 200


def test_faults(scene: Scene) -> None:
    scene.sim.faults.add(html_page(503, path="threads"))
    assert scene.on_pull("GET", "/threads").status_code == 503
    scene.sim.faults.add(answer_lost(method="POST"))
    assert scene.on_pull("POST", "/threads", json={"comments": [{"content": "x"}]}).status_code == 502
    assert len(scene.pull.threads) == 1
    with scene.sim.serve() as base_url, httpx2.Client(trust_env=False) as client:
        scene.sim.faults.add(cut_off())
        with pytest.raises(httpx2.TransportError):
            client.get(f"{base_url}/_apis/projects?api-version=7.1")
    assert [call.status for call in scene.sim.calls] == [503, 502, 0]
    assert scene.sim.calls[1].authenticated_as == "pat:agnox.bot@example.com"


def test_faults_in_its_own_words(scene: Scene) -> None:
    scene.sim.faults.add(throttled(7))
    scene.sim.faults.add(throttled(None))
    scene.sim.faults.add(sign_in_page())
    told, silent, page, good = [scene.on_pull("GET", "/threads") for _ in range(4)]
    assert (told.status_code, told.headers["retry-after"]) == (429, "7")
    assert told.json()["message"].startswith("TF400733")
    assert (silent.status_code, "retry-after" in silent.headers) == (429, False)
    assert (page.status_code, "Sign In" in page.text, good.status_code) == (203, True, 200)


def test_unreadable_bodies(scene: Scene) -> None:
    for body in ("{", "[]"):
        answer = scene.on_pull("POST", "/threads", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
    assert len(scene.sim.violations) == 2
    scene.sim.violations.clear()


def test_unknown_and_unsimulated_paths(scene: Scene) -> None:
    assert scene.call("GET", "/_apis/nothing").status_code == 404
    assert "controller" in scene.problem()
    assert scene.call("GET", "/Shop/_apis/policy/configurations").status_code == 501
    assert "not simulated" in scene.problem()
    assert scene.on_pull("PUT", "/threads").status_code == 404
    scene.problem()
