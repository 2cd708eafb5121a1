"""Who may do what: tokens, scopes, rights."""

import pytest
from starlette.testclient import TestClient

from simulators.contract import Contract
from simulators.gitea import GiteaSimulator
from tests.simulators.gitea.conftest import Scene

REPO = "/repos/acme/shop"


def test_unknown_token_is_refused(scene: Scene) -> None:
    answer = scene.call("GET", "/user", "0" * 40)
    assert (answer.status_code, answer.json()["message"]) == (401, "user does not exist [uid: 0, name: ]")
    assert answer.json()["url"].endswith("/api/swagger")
    revoked = scene.sim.token("mona")
    scene.sim.tokens.revoke(revoked)
    assert scene.call("GET", "/user", revoked).status_code == 401


def test_both_schemes_and_the_calls_log(scene: Scene) -> None:
    for scheme in ("token", "Bearer", "bearer"):
        answer = scene.call("GET", "/user", headers={"Authorization": f"{scheme} {scene.token}"})
        assert answer.json()["login"] == "agnox"
    # "Token" is none of Gitea's schemes, so nobody is calling.
    assert scene.call("GET", "/user", headers={"Authorization": f"Token {scene.token}"}).status_code == 401
    assert [call.authenticated_as for call in scene.sim.calls] == ["user:agnox"] * 3 + ["nobody"]


def test_token_in_the_query_is_a_violation(scene: Scene) -> None:
    scene.call("GET", "/version?token=secret")
    assert scene.problem() == "the token stands in the query"


@pytest.mark.parametrize(
    ("method", "path", "scope", "enough"),
    [
        ("GET", "/user", "write:repository", "read:user"),
        ("GET", REPO, "write:issue", "read:repository"),
        ("GET", f"{REPO}/issues/1/comments", "write:repository", "read:issue"),
        ("POST", f"{REPO}/issues/1/comments", "read:issue", "write:issue"),
        ("POST", f"{REPO}/statuses/feature", "read:repository", "write:repository"),
        ("GET", f"{REPO}/hooks", "read:issue", "all"),
    ],
)
def test_scopes(scene: Scene, method: str, path: str, scope: str, enough: str) -> None:
    body = {"body": "hi"} if path.endswith("comments") else {"state": "success"}
    sent = {"json": body} if method == "POST" else {}
    narrow, wide = (scene.sim.token("agnox", {name}) for name in (scope, enough))
    answer = scene.call(method, path, narrow, **sent)
    assert answer.status_code == 403
    assert f"token scope={scope}" in answer.json()["message"]
    assert scene.call(method, path, wide, **sent).status_code in (200, 201)


def test_unknown_scope_cannot_be_asked_for(scene: Scene) -> None:
    with pytest.raises(ValueError, match="repo:status"):
        scene.sim.token("agnox", {"repo:status"})


def test_public_only_token(scene: Scene) -> None:
    public = scene.sim.add_repository("acme/site")
    token = scene.sim.token("agnox", {"all", "public-only"})
    assert scene.call("GET", f"/repos/{public.full_name}", token).status_code == 200
    answer = scene.call("GET", REPO, token)
    assert (answer.status_code, answer.json()["message"]) == (403, "token scope is limited to public repos")
    assert scene.call("GET", "/user/repos", token).json() == []


def test_what_may_not_be_seen_is_not_there(scene: Scene) -> None:
    for answer in (
        scene.call("GET", REPO),
        scene.person("mallory", "GET", ""),
        scene.call("GET", "/repos/acme/nothing", scene.token),
        scene.call("GET", f"/repositories/{scene.repo.id}", scene.sim.token("mallory")),
    ):
        assert answer.status_code == 404
        assert answer.json() | {"url": ""} == {
            "errors": None,
            "message": "The target couldn't be found.",
            "url": "",
        }


def test_public_repository_is_read_by_anybody_and_changed_by_few(scene: Scene) -> None:
    public = scene.sim.add_repository("acme/site")
    pull = scene.sim.add_pull_request(public)
    place = "/repos/acme/site"
    assert scene.call("GET", f"{place}/pulls/{pull.number}").status_code == 200
    nobody = scene.call("POST", f"{place}/issues/{pull.number}/comments", json={"body": "hi"})
    assert (nobody.status_code, nobody.json()["message"]) == (401, "token is required")
    stranger = scene.sim.token("mallory")
    assert scene.call("POST", f"{place}/issues/1/comments", stranger, json={"body": "hi"}).status_code == 201
    status = scene.call("POST", f"{place}/statuses/{pull.head.sha}", stranger, json={"state": "success"})
    assert (status.status_code, status.json()["message"]) == (403, "user should have a permission to write to a repo")


def test_permission_is_told_to_administrators_and_oneself(scene: Scene) -> None:
    path = "/collaborators/{}/permission"
    assert scene.bot("GET", path.format("mona")).json()["permission"] == "write"
    assert scene.bot("GET", path.format("acme")).json()["role_name"] == "owner"
    scene.sim.add_user("mallory")
    assert scene.bot("GET", path.format("mallory")).json()["permission"] == "none"
    assert scene.bot("GET", path.format("nobody")).status_code == 404
    assert scene.person("mona", "GET", path.format("mona")).json()["permission"] == "write"
    other = scene.person("mona", "GET", path.format("agnox"))
    assert (other.status_code, other.json()["message"].split(",")[0]) == (403, "Only admins can query all permissions")


def test_site_administrator_owns_everything(scene: Scene) -> None:
    scene.sim.add_user("root", admin=True)
    assert scene.person("root", "GET", "/hooks").json() == []
    assert scene.call("GET", "/user", scene.sim.token("root")).json()["is_admin"] is True


def test_renamed_repository_redirects_with_the_method_kept(scene: Scene) -> None:
    scene.sim.rename(scene.repo, "acme/store")
    answer = scene.call("POST", f"{REPO}/issues/1/comments?a=b", scene.token, json={"body": "hi"})
    assert answer.status_code == 307
    assert answer.headers["location"] == "/api/v1/repos/acme/store/issues/1/comments?a=b"
    assert scene.call("GET", f"/repositories/{scene.repo.id}", scene.token).json()["full_name"] == "acme/store"


def test_archived_repository_takes_no_comments(scene: Scene) -> None:
    scene.repo.archived = True
    answer = scene.bot("POST", "/issues/1/comments", json={"body": "hi"})
    assert (answer.status_code, answer.json()["message"]) == (423, "acme/shop is archived")
    assert scene.bot("GET", "/issues/1/comments").status_code == 200


def test_unknown_path_is_a_violation(scene: Scene) -> None:
    assert scene.bot("GET", "/check-runs").status_code == 404
    assert scene.problem() == "Not Found"


def test_flavours_tell_their_versions(scene: Scene, contract: Contract) -> None:
    assert scene.call("GET", "/version").json() == {"version": "1.23.8"}
    with TestClient(GiteaSimulator(contract=contract, flavour="forgejo").app) as client:
        assert client.get("/api/v1/version").json() == {"version": "11.0.1+gitea-1.22.0"}


def test_without_a_description_the_same_addresses_answer() -> None:
    sim = GiteaSimulator()
    repository = sim.add_repository("acme/shop", files={"src/a/b.py": "1"})
    headers = {"Authorization": f"token {sim.token('acme')}"}
    place = f"/api/v1/repos/{repository.full_name}"
    with TestClient(sim.app) as client:
        assert client.get(f"{place}/contents/src/a/b.py").json()["path"] == "src/a/b.py"
        for path, body in (("hooks", {}), ("hooks", {"type": "gitea"}), ("hooks", []), ("statuses/main", {})):
            assert client.post(f"{place}/{path}", json=body, headers=headers).status_code == 422
        assert len(sim.violations) == 4
