"""Tokens, roles, visibility, renamed projects, limits."""

from datetime import date, timedelta

import httpx2
import pytest

from simulators.gitlab import GitlabSimulator, Level, throttled
from tests.simulators.gitlab.conftest import Scene


def test_both_headers_are_read(scene: Scene) -> None:
    for headers in ({"PRIVATE-TOKEN": scene.token.value}, {"Authorization": f"Bearer {scene.token.value}"}):
        user = scene.call("GET", "/user", headers=headers).json()
        assert (user["id"], user["bot"]) == (scene.token.user.id, True)
    assert user["username"].startswith(f"project_{scene.project.id}_bot_")
    assert [call.authenticated_as for call in scene.sim.calls] == [f"user:{user['username']}"] * 2


def test_tokens_that_are_not_good(scene: Scene) -> None:
    assert scene.call("GET", "/user").json() == {"message": "401 Unauthorized"}
    assert scene.call("GET", "/user", "glpat-unknown").status_code == 401
    dying = scene.sim.add_access_token(scene.project, expires_at=date(2026, 11, 24))
    assert scene.call("GET", "/user", dying).status_code == 200
    scene.clock.move(hours=12)
    expired = scene.call("GET", "/user", dying)
    assert (expired.status_code, expired.json()["error"]) == (401, "invalid_token")
    scene.token.revoked = True
    assert "revoked" in scene.call("GET", "/user", scene.token).json()["error_description"]


def test_a_blocked_user_is_nobody(scene: Scene) -> None:
    scene.token.user.state = "blocked"
    assert scene.bot("GET", "").status_code == 401


def test_a_token_tells_its_scopes_and_end(scene: Scene) -> None:
    token = scene.sim.add_access_token(scene.project, scopes=("read_api",), expires_at=date(2027, 1, 1))
    shown = scene.call("GET", "/personal_access_tokens/self", token).json()
    assert (shown["scopes"], shown["expires_at"], shown["active"]) == (["read_api"], "2027-01-01", True)
    assert "token" not in shown
    path = f"/projects/{scene.project.id}/merge_requests/1/notes"
    assert scene.call("GET", path, token).status_code == 200
    refused = scene.call("POST", path, token, json={"body": "x"})
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")


def test_rotation_ends_the_old_token_and_theft_all(scene: Scene) -> None:
    path = "/personal_access_tokens/self/rotate"
    answer = scene.call("POST", path, scene.token, json={"expires_at": "2027-05-01"})
    new = answer.json()
    assert (answer.status_code, new["expires_at"]) == (200, "2027-05-01")
    assert scene.call("GET", "/user", scene.token).status_code == 401
    assert scene.call("GET", "/user", new["token"]).status_code == 200
    assert scene.call("POST", path, scene.token, json={}).status_code == 401
    assert scene.call("GET", "/user", new["token"]).status_code == 401
    assert sum(call.write for call in scene.sim.calls) == 0


def test_a_token_cannot_live_for_ever(scene: Scene) -> None:
    path = f"/projects/{scene.project.id}/access_tokens/self/rotate"
    for ends in ("2026-11-23", "2028-11-23", "soon"):
        assert scene.call("POST", path, scene.token, json={"expires_at": ends}).status_code == 400
    assert len(scene.problems()) == 3
    week = scene.call("POST", path, scene.token, json={}).json()
    assert week["expires_at"] == "2026-11-30"


def test_oauth_tokens_are_refreshed_once(scene: Scene) -> None:
    user = scene.sim.add_member(scene.project, "mona", Level.DEVELOPER)
    application = scene.sim.credentials.add_application()
    first = scene.sim.credentials.authorize(application, user, ("api",))
    assert scene.call("GET", "/user", headers={"Authorization": f"Bearer {first['access_token']}"}).status_code == 200
    scene.clock.move(hours=2)
    assert scene.call("GET", "/user", first["access_token"]).status_code == 401
    form = {
        "grant_type": "refresh_token",
        "refresh_token": first["refresh_token"],
        "client_id": application.client_id,
        "client_secret": application.client_secret,
    }
    second = scene.call("POST", "/oauth/token", data=form)
    assert (second.status_code, second.json()["expires_in"], second.json()["token_type"]) == (200, 7200, "Bearer")
    assert scene.call("GET", "/user", second.json()["access_token"]).json()["username"] == "mona"
    # A refresh token that comes again was stolen: both ends of it die.
    again = scene.call("POST", "/oauth/token", data=form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert scene.call("GET", "/user", second.json()["access_token"]).status_code == 401
    late = scene.call("POST", "/oauth/token", data={**form, "refresh_token": second.json()["refresh_token"]})
    assert late.status_code == 400
    other = scene.call("POST", "/oauth/token", data={**form, "client_secret": "wrong"})
    assert (other.status_code, other.json()["error"]) == (401, "invalid_client")


def test_what_one_may_not_see_is_not_there(scene: Scene) -> None:
    stranger = scene.sim.add_personal_token(scene.sim.add_user("mallory"))
    for path in (str(scene.project.id), "acme%2Ftools%2Fshop", "acme%2Fother", "1"):
        answer = scene.call("GET", f"/projects/{path}", stranger)
        assert (answer.status_code, answer.json()) == (404, {"message": "404 Project Not Found"})
    assert scene.call("GET", f"/projects/{scene.project.id}").status_code == 404
    scene.sim.add_member(scene.project, "mallory", Level.GUEST)
    assert scene.call("GET", f"/projects/{scene.project.id}", stranger).status_code == 200
    assert scene.call("GET", f"/projects/{scene.project.id}/merge_requests/1", stranger).status_code == 403


def test_public_projects_are_open_to_readers(scene: Scene) -> None:
    scene.project.visibility = "public"
    path = f"/projects/{scene.project.id}/merge_requests/1"
    assert scene.call("GET", path).status_code == 200
    assert scene.call("POST", f"{path}/notes", json={"body": "x"}).status_code == 401
    stranger = scene.sim.add_personal_token(scene.sim.add_user("mallory"))
    assert scene.call("POST", f"{path}/notes", stranger, json={"body": "x"}).status_code == 201


def test_roles_are_inherited(scene: Scene) -> None:
    user = scene.sim.add_user("grace")
    path = f"/members/all/{user.id}"
    assert scene.bot("GET", path).status_code == 404
    scene.sim.add_member(scene.sim.add_group("acme"), "grace", Level.REPORTER)
    assert scene.bot("GET", path).json()["access_level"] == 20
    scene.sim.add_member(scene.project, "grace", Level.MAINTAINER)
    member = scene.bot("GET", path).json()
    assert (member["access_level"], member["state"], member["username"]) == (40, "active", "grace")
    assert {m["username"] for m in scene.bot("GET", "/members/all").json()} >= {"grace", "mona"}
    (found,) = scene.bot("GET", f"/members/all?user_ids[]={user.id}").json()
    assert found["id"] == user.id
    scene.sim.remove_member(scene.project, user)
    assert scene.bot("GET", path).json()["access_level"] == 20


def test_the_projects_of_a_token(scene: Scene) -> None:
    scene.sim.add_project("acme/public")
    assert [p["id"] for p in scene.call("GET", "/projects?membership=true", scene.token).json()] == [scene.project.id]
    assert len(scene.call("GET", "/projects", scene.token).json()) == 2
    assert scene.call("GET", "/projects?membership=true&min_access_level=50", scene.token).json() == []
    assert scene.call("GET", "/projects").status_code == 401
    group = scene.sim.add_access_token(scene.sim.add_group("acme"))
    shown = scene.call("GET", "/projects?membership=true&order_by=id&sort=asc", group).json()
    assert [p["path_with_namespace"] for p in shown] == ["acme/tools/shop", "acme/public"]
    assert shown[0]["permissions"]["group_access"]["access_level"] == 30


def test_renamed_projects_send_readers_on(scene: Scene) -> None:
    scene.sim.rename(scene.project, "acme/store")
    moved = scene.call("GET", "/projects/acme%2Ftools%2Fshop/merge_requests/1?render_html=true", scene.token)
    assert moved.status_code == 301
    target = moved.headers["location"]
    assert target.endswith(f"/api/v4/projects/{scene.project.id}/merge_requests/1?render_html=true")
    assert scene.call("GET", target, scene.token).json()["iid"] == 1
    path = "/projects/acme%2Ftools%2Fshop/merge_requests/1/notes"
    assert scene.call("POST", path, scene.token, json={"body": "x"}).status_code == 405
    assert scene.call("GET", "/projects/ACME%2FStore", scene.token).json()["path"] == "store"
    scene.sim.delete_project(scene.project)
    assert scene.bot("GET", "").status_code == 404


def test_the_budget_of_a_minute(scene: Scene) -> None:
    scene.sim.rate_limit.limit = 2
    first = scene.bot("GET", "")
    assert (first.headers["RateLimit-Remaining"], first.headers["RateLimit-Limit"]) == ("1", "2")
    scene.clock.move(seconds=20)
    scene.bot("GET", "")
    spent = scene.bot("GET", "")
    assert (spent.status_code, spent.text) == (429, "Retry later\n")
    assert spent.headers["content-type"].startswith("text/plain")
    assert (spent.headers["Retry-After"], spent.headers["RateLimit-Remaining"]) == ("40", "0")
    assert int(spent.headers["RateLimit-Reset"]) == int((scene.clock() + timedelta(seconds=40)).timestamp())
    scene.clock.move(seconds=40)
    assert scene.bot("GET", "").status_code == 200


def test_an_ordered_limit(scene: Scene) -> None:
    scene.sim.faults.add(throttled(1_900_000_000, 7, method="POST"))
    answer = scene.on_request("POST", "/notes", json={"body": "x"})
    assert (answer.status_code, answer.text, answer.headers["retry-after"]) == (429, "Retry later\n", "7")
    assert scene.sim.state.notes_of(scene.request) == []
    assert scene.sim.calls[-1].fault


@pytest.mark.parametrize(
    "path", ["/projects/acme/tools/shop", "/projects/1/wonders", "/projects/1/repository/files/a/b/raw"]
)
def test_paths_that_do_not_exist(scene: Scene, path: str) -> None:
    assert scene.call("GET", path, scene.token).status_code == 404
    assert scene.problem()


def test_bodies_that_are_none(scene: Scene) -> None:
    path = f"/projects/{scene.project.id}/merge_requests/1/notes"
    json = {"content-type": "application/json"}
    for body in (b"{", b"[]", b'"x"'):
        assert scene.call("POST", path, scene.token, content=body, headers=json).status_code == 400
    assert len(scene.problems()) == 3


def test_below_a_relative_root() -> None:
    sim = GitlabSimulator(relative_root="/gitlab")
    project = sim.add_project("acme/shop")
    sim.add_merge_request(project)
    with sim.serve() as base_url, httpx2.Client(trust_env=False) as client:
        assert base_url.endswith("/gitlab")
        shown = client.get(f"{base_url}/api/v4/projects/acme%2Fshop").json()
        assert shown["web_url"] == f"{base_url}/acme/shop"
        listed = client.get(f"{base_url}/api/v4/projects/{project.id}/merge_requests?per_page=1")
        assert listed.links["first"]["url"].startswith(f"{base_url}/api/v4/")
        assert client.get(f"{base_url}/acme/shop/-/merge_requests/1").status_code == 200
        assert (
            sim.events.push(project, "main", "0" * 40, "0" * 40, sim.add_user("mona")).payload["project"]["web_url"]
            == shown["web_url"]
        )
