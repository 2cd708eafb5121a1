"""Pull requests, rights, files, names, paths."""

import base64

import pytest

from simulators.github import ChangedFile
from tests.simulators.conftest import Scene


@pytest.mark.parametrize(
    ("role", "permission"),
    [("admin", "admin"), ("maintain", "write"), ("write", "write"), ("triage", "read"), ("read", "read")],
)
def test_permission_folds_the_role(scene: Scene, role: str, permission: str) -> None:
    scene.sim.set_role(scene.repo, "hubot", role)
    answer = scene.bot("GET", "/collaborators/hubot/permission").json()
    assert (answer["permission"], answer["role_name"]) == (permission, role)


def test_custom_role_and_strangers(scene: Scene) -> None:
    scene.sim.set_role(scene.repo, "ops", "release-crew", folded="write")
    assert scene.bot("GET", "/collaborators/ops/permission").json()["role_name"] == "release-crew"
    scene.sim.add_user("mallory")
    assert scene.bot("GET", "/collaborators/mallory/permission").status_code == 404
    assert scene.bot("GET", "/collaborators/nobody/permission").status_code == 404
    scene.repo.private = False
    assert scene.bot("GET", "/collaborators/mallory/permission").json()["permission"] == "read"
    assert scene.bot("GET", "/collaborators/mallory").status_code == 404
    assert scene.bot("GET", "/collaborators/mona").status_code == 204


def test_pull_requests_of_a_commit_leave_forks_out(scene: Scene) -> None:
    fork = scene.sim.fork(scene.repo, "mallory")
    pull = scene.sim.add_pull_request(scene.repo, fork=fork, head="feature", user="mallory")
    own = scene.bot("GET", f"/commits/{scene.pull.head.sha}/pulls").json()
    assert [found["number"] for found in own] == [1]
    assert scene.bot("GET", f"/commits/{pull.head.sha}/pulls").json() == []
    by_head = scene.bot("GET", "/pulls", params={"state": "open", "head": "mallory:feature"}).json()
    assert [found["number"] for found in by_head] == [2]
    assert by_head[0]["head"]["repo"]["fork"] is True
    assert len(scene.bot("GET", "/pulls", params={"head": "feature"}).json()) == 2
    scene.sim.delete_repository(fork)
    assert scene.bot("GET", "/pulls/2").json()["head"]["repo"] is None


def test_pull_request_moves_on(scene: Scene) -> None:
    old = scene.pull.head.sha
    new = scene.sim.push(scene.pull)
    shown = scene.bot("GET", "/pulls/1").json()
    assert (shown["head"]["sha"], shown["commits"]) == (new, 2)
    assert [p["number"] for p in scene.bot("GET", f"/commits/{old}/pulls").json()] == [1]
    assert scene.bot("GET", "/commits/feature").json()["parents"][0]["sha"] == old
    scene.sim.close(scene.pull, merged=True)
    assert scene.bot("GET", "/pulls/1").json()["merged"] is True
    assert scene.bot("GET", "/pulls").json() == []
    assert len(scene.bot("GET", "/pulls", params={"state": "all", "base": "main"}).json()) == 1


def test_files_come_in_pages_and_may_lack_a_patch(scene: Scene) -> None:
    files = [ChangedFile(f"f{n}.py", "@@ -0,0 +1 @@\n+x", "added") for n in range(120)]
    scene.sim.push(scene.pull, [*files, ChangedFile("logo.png", None, "renamed", "old.png")])
    first = scene.bot("GET", "/pulls/1/files", params={"per_page": 100})
    assert len(first.json()) == 100
    assert (first.json()[0]["additions"], first.json()[0]["status"]) == (1, "added")
    last = scene.bot("GET", "/pulls/1/files", params={"per_page": 100, "page": 2}).json()[-1]
    assert ("patch" in last, last["previous_filename"]) == (False, "old.png")


def test_contents_are_read_at_a_ref(scene: Scene) -> None:
    scene.sim.commit(scene.repo, {".agnox.yml": "version: 2\n"}, branch="feature")

    def read(**params: str) -> bytes:
        return base64.b64decode(scene.bot("GET", "/contents/.agnox.yml", params=params).json()["content"])

    assert (read(), read(ref="main"), read(ref="feature")) == (b"version: 1\n", b"version: 1\n", b"version: 2\n")
    raw = scene.bot("GET", "/contents/.agnox.yml", headers={"Accept": "application/vnd.github.raw+json"})
    assert raw.content == b"version: 1\n"
    assert scene.bot("GET", "/contents/src%2Fpay.py").json()["path"] == "src/pay.py"
    assert scene.bot("GET", "/contents/src/pay.py").json()["name"] == "pay.py"
    assert [entry["name"] for entry in scene.bot("GET", "/contents/src").json()] == ["pay.py"]
    assert scene.bot("GET", "/contents/nope").status_code == 404
    assert scene.bot("GET", "/contents/src/pay.py", params={"ref": "nope"}).status_code == 404


def test_renamed_repository_sends_on(scene: Scene) -> None:
    scene.sim.rename(scene.repo, "acme/store")
    token = scene.token()
    moved = scene.call("GET", "/repos/acme/shop/pulls/1", token)
    assert (moved.status_code, moved.json()["message"]) == (301, "Moved Permanently")
    assert moved.headers["location"].endswith(f"/repositories/{scene.repo.id}/pulls/1")
    assert scene.call("GET", moved.headers["location"], token).json()["number"] == 1
    written = scene.call("POST", "/repos/acme/shop/issues/1/comments", token, json={"body": "x"})
    assert written.status_code == 307
    assert scene.call("POST", written.headers["location"], token, json={"body": "x"}).status_code == 201


def test_enterprise_server_path(scene: Scene) -> None:
    answer = scene.call("GET", "/api/v3/repos/acme/shop/pulls/1", scene.token())
    assert answer.json()["url"] == "http://testserver/api/v3/repos/acme/shop/pulls/1"
    assert answer.json()["html_url"] == "http://testserver/acme/shop/pull/1"
    assert scene.call("GET", "/api/v3/meta").json()["installed_version"]


def test_unknown_and_unsimulated_paths_are_recorded(scene: Scene) -> None:
    assert scene.bot("GET", "/merges").status_code == 404
    assert scene.problem() == "Not Found"
    assert scene.bot("GET", "/compare/main...feature").status_code == 501
    assert "repos/compare-commits-with-basehead" in scene.problem()
    assert scene.bot("GET", "/pulls", params={"state": "green"}).status_code == 422
    scene.problem()
    assert scene.bot("GET", "/pulls/one").status_code == 422
    scene.problem()


def test_every_call_is_logged(scene: Scene) -> None:
    token = scene.token()
    scene.call("GET", "/api/v3/repos/acme/shop/pulls?state=all", token)
    scene.call("POST", "/repos/acme/shop/issues/1/comments", token, json={"body": "x"})
    assert [call.path for call in scene.sim.calls.without_tokens()] == [
        "/repos/acme/shop/pulls",
        "/repos/acme/shop/issues/1/comments",
    ]
    (write,) = scene.sim.calls.writes()
    assert (write.status, write.authenticated_as) == (201, f"installation:{scene.installation.id}")
    assert (scene.sim.calls[0].authenticated_as, scene.sim.calls[1].query) == ("app:agnox-bot", "state=all")


def test_rate_limit_endpoint(scene: Scene) -> None:
    assert scene.call("GET", "/rate_limit", scene.token()).json()["rate"]["remaining"] == 5_000
