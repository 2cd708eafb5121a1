"""Who may call, and with what."""

import re
from datetime import timedelta

import jwt
import pytest

from simulators.github.ratelimit import RateLimit
from tests.simulators.conftest import Scene


def test_app_proves_itself_with_a_signed_jwt(scene: Scene) -> None:
    answer = scene.as_app("GET", "/app")
    assert answer.status_code == 200
    assert answer.json()["slug"] == "agnox-bot"
    assert scene.call("GET", "/app", scene.app_jwt(iss=scene.sim.github_app.client_id)).status_code == 200


@pytest.mark.parametrize(
    ("issued", "expires", "message"),
    [(5, 300, "'iat'"), (-600, -1, "'exp'"), (-60, 601, "too far in the future")],
)
def test_jwt_of_a_wrong_clock_is_refused(scene: Scene, issued: int, expires: int, message: str) -> None:
    answer = scene.call("GET", "/app", scene.app_jwt(issued=issued, expires=expires))
    assert answer.status_code == 401
    assert message in answer.json()["message"]
    assert answer.headers["date"] == "Mon, 23 Nov 2026 12:00:00 GMT"


def test_jwt_of_another_key_or_app_is_refused(scene: Scene) -> None:
    assert scene.call("GET", "/app", scene.app_jwt(iss="1")).status_code == 401
    forged = jwt.encode({"iat": 0, "exp": 1, "iss": "424242"}, "x" * 32, "HS256")
    assert scene.call("GET", "/app", forged).status_code == 401


def test_app_may_not_speak_for_a_repository(scene: Scene) -> None:
    assert scene.as_app("GET", "/repos/acme/shop/pulls").status_code == 401
    assert scene.as_app("GET", "/repos/acme/shop/installation").json()["id"] == scene.installation.id
    assert scene.as_app("GET", "/orgs/acme/installation").json()["account"]["login"] == "acme"
    assert scene.as_app("GET", "/app/installations").json()[0]["repository_selection"] == "all"
    assert scene.call("GET", "/app", scene.token()).status_code == 401


def test_installation_token_has_the_format_of_2026_and_lives_an_hour(scene: Scene) -> None:
    token = scene.token()
    assert re.fullmatch(r"ghs_424242_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", token)
    assert 480 < len(token) < 560
    assert scene.call("GET", "/installation/repositories", token).json()["total_count"] == 1
    scene.clock.move(minutes=59)
    assert scene.call("GET", "/installation/repositories", token).status_code == 200
    scene.clock.move(minutes=1)
    assert scene.call("GET", "/installation/repositories", token).status_code == 401


def test_revoked_token_is_worth_nothing(scene: Scene) -> None:
    token = scene.token()
    assert scene.call("DELETE", "/installation/token", token).status_code == 204
    assert scene.call("GET", "/installation/repositories", token).json()["message"] == "Bad credentials"


def test_suspended_and_deleted_installations(scene: Scene) -> None:
    path = f"/app/installations/{scene.installation.id}/access_tokens"
    token = scene.token()
    scene.sim.suspend(scene.installation)
    assert scene.as_app("POST", path).status_code == 403
    assert scene.call("GET", "/installation/repositories", token).status_code == 403
    scene.sim.unsuspend(scene.installation)
    assert scene.call("GET", "/installation/repositories", token).status_code == 200
    scene.sim.uninstall(scene.installation)
    assert scene.as_app("POST", path).status_code == 404
    assert scene.call("GET", "/installation/repositories", token).status_code == 401


def test_token_reaches_only_its_repositories(scene: Scene) -> None:
    other = scene.sim.add_repository("acme/docs")
    narrowed = scene.token(repository_ids=[scene.repo.id])
    assert scene.call("GET", "/repos/acme/shop/pulls", narrowed).status_code == 200
    assert scene.call("GET", "/repos/acme/docs/pulls", narrowed).status_code == 403
    other.private = True
    assert scene.call("GET", "/repos/acme/docs/pulls", narrowed).status_code == 404
    assert scene.call("GET", "/repos/acme/docs/pulls", scene.token()).status_code == 200
    scene.installation.repository_ids = {scene.repo.id}
    assert scene.call("GET", "/repos/acme/docs/pulls", scene.token()).status_code == 404
    path = f"/app/installations/{scene.installation.id}/access_tokens"
    assert scene.as_app("POST", path, json={"repositories": ["docs"]}).status_code == 422


def test_token_carries_only_granted_permissions(scene: Scene) -> None:
    body = {"name": "Agnox", "head_sha": scene.pull.head.sha}
    weak = scene.token(permissions={"checks": "read"})
    answer = scene.call("POST", "/repos/acme/shop/check-runs", weak, json=body)
    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")
    assert scene.call("GET", f"/repos/acme/shop/commits/{scene.pull.head.sha}/check-runs", weak).status_code == 200
    del scene.installation.permissions["checks"]
    assert scene.bot("POST", "/check-runs", json=body).status_code == 403
    path = f"/app/installations/{scene.installation.id}/access_tokens"
    assert scene.as_app("POST", path, json={"permissions": {"checks": "write"}}).status_code == 422


def test_person_comments_and_sets_statuses_but_makes_no_check_runs(scene: Scene) -> None:
    repo, sha = "/repos/acme/shop", scene.pull.head.sha
    writer = scene.sim.token_for(scene.sim.add_user("mona"))
    reader = scene.sim.token_for(scene.sim.set_role(scene.repo, "hubot", "triage"))
    stranger = scene.sim.token_for(scene.sim.add_user("mallory"))
    assert scene.call("POST", f"{repo}/issues/1/comments", reader, json={"body": "hi"}).status_code == 201
    assert scene.call("POST", f"{repo}/issues/1/comments", stranger, json={"body": "hi"}).status_code == 404
    assert scene.call("POST", f"{repo}/statuses/{sha}", writer, json={"state": "success"}).status_code == 201
    assert scene.call("POST", f"{repo}/statuses/{sha}", reader, json={"state": "success"}).status_code == 403
    answer = scene.call("POST", f"{repo}/check-runs", writer, json={"name": "x", "head_sha": sha})
    assert (answer.status_code, answer.json()["message"]) == (403, "You must authenticate via a GitHub App.")
    assert scene.call("GET", "/user", writer).json()["login"] == "mona"
    assert [r["name"] for r in scene.call("GET", "/user/repos", writer).json()] == ["shop"]
    assert scene.call("GET", "/user", scene.token()).status_code == 403


def test_nobody_and_unknown_tokens(scene: Scene) -> None:
    assert scene.call("GET", "/repos/acme/shop").status_code == 401
    assert scene.call("GET", "/repos/acme/shop", "ghs_1_a.b.c").status_code == 401
    assert scene.call("GET", "/meta").status_code == 200


def test_required_headers(scene: Scene) -> None:
    assert scene.call("GET", "/meta", headers={"User-Agent": ""}).status_code == 403
    assert "User-Agent" in scene.problem()
    assert scene.client.get("/meta").status_code == 200
    assert "not pinned" in scene.problem()
    assert scene.call("GET", "/meta", headers={"X-GitHub-Api-Version": "2020-01-01"}).status_code == 400
    assert "2020-01-01" in scene.problem()


def test_rate_limit_runs_out_and_comes_back(scene: Scene) -> None:
    scene.sim.rate_limit.limit = 2
    first = scene.bot("GET", "/pulls")
    assert (first.headers["x-ratelimit-remaining"], first.headers["x-ratelimit-limit"]) == ("1", "2")
    again = scene.bot("GET", "/pulls", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["x-ratelimit-used"]) == (304, b"", "1")
    scene.bot("GET", "/pulls")
    spent = scene.bot("GET", "/pulls")
    assert (spent.status_code, spent.headers["x-ratelimit-remaining"]) == (403, "0")
    assert spent.headers["x-ratelimit-reset"] == str(int((scene.clock() + timedelta(hours=1)).timestamp()))
    assert "rate limit exceeded" in spent.json()["message"]
    scene.clock.move(hours=1)
    assert scene.bot("GET", "/pulls").status_code == 200


def test_enterprise_server_has_no_rate_limit(scene: Scene) -> None:
    scene.sim.rate_limit.limit = None
    assert "x-ratelimit-limit" not in scene.bot("GET", "/pulls").headers
    assert RateLimit(None).headers("x", scene.clock()) == {}
