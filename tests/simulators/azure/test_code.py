"""Projects, repositories, files, pull requests and their iterations."""

from typing import Any

import pytest

from tests.simulators.azure.conftest import Scene


def test_repositories_in_a_project_and_in_the_organization(scene: Scene) -> None:
    other = scene.sim.add_project("Lab", bot_groups=["Readers"])
    scene.sim.add_repository(other, "tool")
    scene.sim.add_repository(scene.sim.add_project("Secret", bot_groups=[]))
    names = [r["name"] for r in scene.call("GET", "/_apis/git/repositories").json()["value"]]
    assert names == ["Shop", "tool"]
    (mine,) = scene.call("GET", f"/{scene.project.id}/_apis/git/repositories").json()["value"]
    assert (mine["id"], mine["project"]["name"], mine["defaultBranch"]) == (scene.repo.id, "Shop", "refs/heads/main")
    assert scene.call("GET", f"/_apis/git/repositories/{scene.repo.id}").json()["name"] == "Shop"
    assert scene.call("GET", "/_apis/git/repositories/Shop").status_code == 404


def test_projects_are_paged(scene: Scene) -> None:
    scene.sim.add_project("Lab")
    first = scene.call("GET", "/_apis/projects?$top=1")
    token = first.headers["x-ms-continuationtoken"]
    second = scene.call("GET", f"/_apis/projects?$top=1&continuationToken={token}")
    assert [first.json()["value"][0]["name"], second.json()["value"][0]["name"]] == ["Shop", "Lab"]
    assert "x-ms-continuationtoken" not in second.headers


def test_files(scene: Scene) -> None:
    raw = {"Accept": "application/octet-stream;api-version=7.1"}
    assert scene.git("GET", "/items?path=/.agnox.yml", headers=raw).content == b"version: 1\n"
    query = "/items?path=src/pay.py&versionDescriptor.version=feature&versionDescriptor.versionType=branch"
    view = scene.git("GET", f"{query}&includeContent=true").json()
    assert ("sum(cart)" in view["content"], view["commitId"]) == (True, scene.pull.head)
    by_sha = f"/items?path=/src/new.py&version={scene.pull.head}&versionType=commit"
    assert scene.git("GET", by_sha, headers=raw).content == b"x = 1\n"
    missing = scene.git("GET", "/items?path=/src/new.py")
    assert (missing.status_code, missing.json()["typeKey"]) == (404, "GitItemNotFoundException")
    unknown = scene.git("GET", "/items?path=/src/pay.py&versionDescriptor.version=nope")
    assert unknown.json()["typeKey"] == "GitUnresolvableToCommitException"
    listed = scene.git("GET", "/items?scopePath=/&recursionLevel=full").json()["value"]
    assert [item["path"] for item in listed] == ["/", "/.agnox.yml", "/src", "/src/pay.py"]


def test_pull_request_of_a_fork(scene: Scene) -> None:
    fork = scene.sim.fork(scene.repo, "shop-mallory")
    pull = scene.sim.add_pull_request(scene.repo, fork=fork, user="mallory", source="evil")
    view = scene.git("GET", f"/pullrequests/{pull.id}").json()
    assert view["forkSource"]["repository"]["id"] == fork.id
    assert view["lastMergeSourceCommit"]["commitId"] == pull.head
    assert scene.git("GET", f"/commits/{pull.head}").json()["parents"] == [pull.iterations[0].common_sha]
    assert "forkSource" not in scene.on_pull("GET", "").json()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1]),
        ("searchCriteria.status=all", [3, 2, 1]),
        ("searchCriteria.status=completed", [2]),
        ("searchCriteria.status=all&searchCriteria.sourceRefName=refs/heads/third", [3]),
        ("searchCriteria.status=all&$top=1&$skip=1", [2]),
        ("searchCriteria.sourceRefName=refs/heads/none", []),
    ],
)
def test_search(scene: Scene, query: str, found: list[int]) -> None:
    scene.sim.complete(scene.sim.add_pull_request(scene.repo, source="second"))
    scene.sim.abandon(scene.sim.add_pull_request(scene.repo, source="third"))
    answers = [scene.git("GET", f"/pullrequests?{query}"), scene.call("GET", f"/Shop/_apis/git/pullrequests?{query}")]
    for answer in answers:
        assert [pull["pullRequestId"] for pull in answer.json()["value"]] == found


def test_query_by_commit_finds_merged_ones_only(scene: Scene) -> None:
    def ask(kind: str, sha: str) -> Any:
        body = {"queries": [{"type": kind, "items": [sha]}]}
        (result,) = scene.git("POST", "/pullrequestquery", json=body).json()["results"]
        return [pull["pullRequestId"] for pull in result.get(sha, [])]

    assert ask("commit", scene.pull.head) == []
    assert ask("lastMergeCommit", scene.pull.merge_sha) == [1]
    scene.sim.complete(scene.pull)
    assert ask("commit", scene.pull.head) == [1]


def test_iterations_follow_pushes(scene: Scene) -> None:
    first = scene.pull.head
    second = scene.sim.push(scene.pull, {"src/pay.py": "def pay(cart):\n    return 1\n"})
    third = scene.sim.push(scene.pull, {"docs.md": "# Docs\n"}, force=True)
    listed = scene.on_pull("GET", "/iterations").json()["value"]
    assert [(i["id"], i["reason"], i["sourceRefCommit"]["commitId"]) for i in listed] == [
        (1, "create", first),
        (2, "push", second),
        (3, "forcePush", third),
    ]
    assert scene.on_pull("GET", "").json()["lastMergeSourceCommit"]["commitId"] == third
    assert scene.on_pull("GET", "/iterations/4").status_code == 404

    def changed(iteration: int, against: int) -> dict[str, str]:
        path = f"/iterations/{iteration}/changes?$compareTo={against}"
        entries = scene.on_pull("GET", path).json()["changeEntries"]
        return {entry["item"]["path"]: entry["changeType"] for entry in entries}

    assert changed(1, 0) == {"/src/new.py": "add", "/src/pay.py": "edit"}
    assert changed(2, 1) == {"/src/pay.py": "edit"}
    assert changed(3, 0) == {"/docs.md": "add"}
    assert changed(3, 2) == {"/docs.md": "add", "/src/new.py": "delete", "/src/pay.py": "edit"}


def test_changes_are_paged_and_tracked(scene: Scene) -> None:
    scene.sim.push(scene.pull, {f"f{n}.txt": "x\n" + str(n) for n in range(5)})
    path, entries, top = "/iterations/2/changes", list[Any](), 3
    skip = 0
    while top:
        page = scene.on_pull("GET", f"{path}?$top={top}&$skip={skip}").json()
        entries += page["changeEntries"]
        skip, top = page["nextSkip"], page["nextTop"]
    assert len(entries) == 7
    ids = {entry["item"]["path"]: entry["changeTrackingId"] for entry in entries}
    first = scene.on_pull("GET", "/iterations/1/changes").json()["changeEntries"]
    assert {entry["item"]["path"]: entry["changeTrackingId"] for entry in first}.items() <= ids.items()


def test_renames_and_deletions(scene: Scene) -> None:
    scene.sim.push(scene.pull, {"src/new.py": None, ".agnox.yml": None, "moved.yml": "version: 1\n"})
    entries = scene.on_pull("GET", "/iterations/2/changes").json()["changeEntries"]
    assert [(e["item"]["path"], e["changeType"], e.get("originalPath")) for e in entries] == [
        ("/moved.yml", "rename", "/.agnox.yml"),
        ("/src/pay.py", "edit", None),
    ]


def test_commits_of_a_pull_request(scene: Scene) -> None:
    first, second = scene.pull.head, scene.sim.push(scene.pull)
    commits = scene.on_pull("GET", "/commits").json()["value"]
    assert [commit["commitId"] for commit in commits] == [second, first]
    assert scene.on_pull("GET", "?includeCommits=true").json()["commits"] == commits


def test_builds_are_queued_and_run_again(scene: Scene) -> None:
    build = scene.sim.add_build(scene.pull)
    scene.sim.finish_build(build, "failed")
    builds = "/Shop/_apis/build/builds"
    body = {"definition": {"id": 2}, "sourceBranch": "refs/pull/1/merge"}
    queued = scene.call("POST", builds, json=body).json()
    assert (queued["status"], queued["sourceVersion"]) == ("notStarted", scene.pull.merge_sha)
    assert queued["requestedFor"]["id"] == scene.sim.bot.id
    again = scene.call("PATCH", f"{builds}/{build.id}?retry=true", json={}).json()
    assert (again["status"], again.get("result")) == ("inProgress", None)
    assert scene.call("PATCH", f"{builds}/{build.id}?retry=true", json={}).status_code == 400
    assert scene.call("GET", f"{builds}?buildIds={queued['id']}").json()["count"] == 1
    assert scene.call("GET", f"{builds}/99999").status_code == 404
