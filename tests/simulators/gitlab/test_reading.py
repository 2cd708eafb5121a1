"""Merge requests, diffs, commits, pipelines, files."""

from simulators.gitlab import ChangedFile
from tests.simulators.gitlab.conftest import Scene


def test_a_merge_request_is_shown(scene: Scene) -> None:
    shown = scene.on_request("GET").json()
    assert (shown["state"], shown["sha"], shown["author"]["username"]) == ("opened", scene.request.sha, "mona")
    assert (shown["source_project_id"], shown["target_project_id"]) == (scene.project.id, scene.project.id)
    assert shown["diff_refs"]["head_sha"] == scene.request.sha
    assert scene.bot("GET", "/merge_requests/2").status_code == 404


def test_merge_requests_are_found(scene: Scene) -> None:
    other = scene.sim.add_merge_request(scene.project, source_branch="other", draft=True)
    scene.sim.close(scene.request)

    def found(query: str) -> list[int]:
        return [shown["iid"] for shown in scene.bot("GET", f"/merge_requests{query}").json()]

    assert found("") == [2, 1]
    assert found("?state=opened") == [2]
    assert found("?state=closed&sort=asc") == [1]
    assert found("?source_branch=other") == [2]
    assert found("?source_project_id=1") == []
    assert found("?iids[]=1&iids[]=2&sort=asc") == [1, 2]
    assert scene.bot("GET", "/merge_requests/2").json()["title"] == "Draft: Add a feature"
    assert scene.bot("GET", f"/repository/commits/{other.sha}/merge_requests").json()[0]["iid"] == 2
    assert scene.bot("GET", f"/repository/commits/{scene.request.sha}/merge_requests?state=opened").json() == []
    assert scene.bot("GET", f"/repository/commits/{'0' * 40}/merge_requests").status_code == 404


def test_changed_files_come_in_pages(scene: Scene) -> None:
    scene.request.files += [
        ChangedFile("new.py", "@@ -0,0 +1 @@\n+x", "added"),
        ChangedFile("gone.py", "@@ -1 +0,0 @@\n-x", "removed"),
        ChangedFile("b.py", "", "renamed", "a.py"),
        ChangedFile("large.bin"),
    ]
    page = scene.on_request("GET", "/diffs?per_page=3")
    assert [(file["new_path"], file["old_path"]) for file in page.json()] == [
        ("src/pay.py", "src/pay.py"),
        ("new.py", "new.py"),
        ("gone.py", "gone.py"),
    ]
    assert [(file["new_file"], file["deleted_file"]) for file in page.json()][1:] == [(True, False), (False, True)]
    rest = scene.call("GET", page.links["next"]["url"], scene.token).json()
    assert (rest[0]["new_path"], rest[0]["old_path"], rest[0]["renamed_file"]) == ("b.py", "a.py", True)
    assert rest[1]["too_large"] is True


def test_a_push_makes_a_new_version(scene: Scene) -> None:
    before = scene.request.sha
    after = scene.sim.push(scene.request)
    versions = scene.on_request("GET", "/versions").json()
    assert [version["head_commit_sha"] for version in versions] == [after, before]
    assert [commit["id"] for commit in scene.on_request("GET", "/commits").json()] == [after, before]
    assert scene.bot("GET", f"/repository/commits/{after}").json()["parent_ids"] == [before]


def test_a_deleted_fork_leaves_no_source(scene: Scene) -> None:
    fork = scene.sim.fork(scene.project, "mallory")
    request = scene.sim.add_merge_request(scene.project, fork=fork, user="mallory", source_branch="evil")
    path = f"/merge_requests/{request.iid}"
    assert scene.bot("GET", path).json()["source_project_id"] == fork.id
    scene.sim.delete_project(fork)
    assert scene.bot("GET", path).json()["source_project_id"] is None
    assert scene.sim.events.merge_request("close", request).payload["object_attributes"]["source"] is None


def test_pipelines_are_listed(scene: Scene) -> None:
    sha = scene.request.sha
    push = scene.sim.add_pipeline(scene.project, sha, "feature", status="failed", jobs=("unit", "lint"))
    run = scene.on_request("POST", "/pipelines", json={}).json()
    assert (run["source"], run["ref"]) == ("merge_request_event", "refs/merge-requests/1/head")
    assert [p["id"] for p in scene.on_request("GET", "/pipelines").json()] == [run["id"], push.id]
    assert [p["id"] for p in scene.bot("GET", f"/pipelines?sha={sha}&status=failed").json()] == [push.id]
    assert scene.bot("GET", f"/pipelines/{push.id}").json()["status"] == "failed"
    assert [job["name"] for job in scene.bot("GET", f"/pipelines/{push.id}/jobs").json()] == ["unit", "lint"]
    assert scene.bot("POST", f"/pipelines/{push.id}/retry").json()["status"] == "pending"
    assert len(scene.bot("GET", f"/pipelines/{push.id}/jobs?include_retried=true").json()) == 4
    scene.sim.finish(push, "success")
    assert scene.bot("GET", f"/pipelines/{push.id}").json()["status"] == "success"
    assert scene.bot("GET", "/pipelines/1").status_code == 404
    assert scene.bot("POST", "/pipeline", json={"ref": "main"}).json()["source"] == "api"
    assert scene.bot("POST", "/pipeline", json={"ref": "nowhere"}).status_code == 404


def test_files_are_read_raw(scene: Scene) -> None:
    path = "/repository/files/src%2Fpay.py/raw"
    head = scene.bot("GET", f"{path}?ref={scene.request.sha}")
    assert head.text == "def pay(cart):\n    total = sum(cart)\n    return total\n"
    assert scene.bot("GET", path).text == "x = 1\n"
    assert scene.bot("GET", f"{path}?ref=main").headers["x-gitlab-commit-id"] == scene.project.branches["main"]
    assert scene.bot("GET", "/repository/files/%2Eagnox%2Eyml/raw?ref=HEAD").text == "version: 1\n"
    assert scene.bot("GET", "/repository/files/none/raw").json() == {"message": "404 File Not Found"}
    assert scene.bot("GET", f"{path}?ref=nowhere").status_code == 404


def test_the_version_is_told(scene: Scene) -> None:
    assert scene.call("GET", "/version", scene.token).json()["version"].startswith("19.")
    assert scene.call("GET", "/metadata", scene.token).json()["enterprise"] is True
    assert scene.call("GET", "/metadata").status_code == 401


def test_an_unchanged_answer_is_not_sent_again(scene: Scene) -> None:
    first = scene.on_request("GET")
    again = scene.on_request("GET", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
