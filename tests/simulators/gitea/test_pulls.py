"""Pull requests, files of the repository, and paging."""

import base64

import pytest

from simulators.gitea import ChangedFile
from tests.simulators.gitea.conftest import PATCH, Scene


def test_pull_request_of_a_fork(scene: Scene) -> None:
    fork = scene.sim.fork(scene.repo, "mallory")
    pull = scene.sim.add_pull_request(scene.repo, fork=fork, user="mallory", title="WIP: Better")
    shown = scene.bot("GET", f"/pulls/{pull.number}").json()
    assert (shown["head"]["repo"]["full_name"], shown["head"]["ref"]) == ("mallory/shop", "feature")
    assert (shown["base"]["repo_id"], shown["draft"], shown["merge_base"]) == (scene.repo.id, True, pull.base.sha)
    assert shown["url"] == shown["html_url"] == f"http://testserver/acme/shop/pulls/{pull.number}"
    scene.sim.delete_repository(fork)
    orphan = scene.bot("GET", f"/pulls/{pull.number}").json()["head"]
    assert orphan == {
        "label": "feature",
        "ref": f"refs/pull/{pull.number}/head",
        "sha": pull.head.sha,
        "repo_id": -1,
        "repo": None,
    }
    assert scene.bot("GET", f"/git/commits/{pull.head.sha}").status_code == 200


def test_merged_pull_request_is_found_by_its_merge_commit_only(scene: Scene) -> None:
    head = scene.pull.head.sha
    assert scene.bot("GET", f"/commits/{head}/pull").status_code == 404
    merge = scene.sim.merge(scene.pull, "mona")
    assert scene.bot("GET", f"/commits/{head}/pull").status_code == 404
    found = scene.bot("GET", f"/commits/{merge}/pull").json()
    assert (found["number"], found["merged"], found["merge_commit_sha"]) == (scene.pull.number, True, merge)
    assert found["merged_by"]["login"] == "mona"
    parents = scene.bot("GET", f"/git/commits/{merge}").json()["parents"]
    assert [parent["sha"] for parent in parents] == [scene.pull.base.sha, head]


def test_changed_files_have_no_patch(scene: Scene) -> None:
    scene.sim.push(
        scene.pull,
        [
            ChangedFile("src/pay.py", PATCH),
            ChangedFile("b.py", previous_path="a.py", status="renamed"),
            ChangedFile("old.py", "@@ -1 +0,0 @@\n-x", status="deleted"),
        ],
    )
    files = scene.bot("GET", f"/pulls/{scene.pull.number}/files").json()
    assert [(f["filename"], f["status"], f["additions"], f["deletions"]) for f in files] == [
        ("src/pay.py", "changed", 2, 1),
        ("b.py", "renamed", 0, 0),
        ("old.py", "deleted", 0, 1),
    ]
    assert (files[1]["previous_filename"], "patch" in files[0]) == ("a.py", False)


def test_diff_is_what_git_writes(scene: Scene) -> None:
    scene.sim.push(
        scene.pull,
        [
            ChangedFile("src/pay.py", PATCH),
            ChangedFile("docs/a b.md", "@@ -1 +1 @@\n-x\n+y", "a.md", status="renamed"),
            ChangedFile("café.py", "@@ -0,0 +1 @@\n+x", status="added"),
            ChangedFile("old.py", "@@ -1 +0,0 @@\n-x", status="deleted"),
            ChangedFile("logo.png"),
        ],
    )
    answer = scene.bot("GET", f"/pulls/{scene.pull.number}.diff")
    assert answer.headers["content-type"] == "text/plain;charset=utf-8"
    assert answer.text.split("diff --git ") == [
        "",
        f"a/src/pay.py b/src/pay.py\n--- a/src/pay.py\n+++ b/src/pay.py\n{PATCH}\n",
        "a/a.md b/docs/a b.md\nsimilarity index 90%\nrename from a.md\nrename to docs/a b.md\n"
        "--- a/a.md\n+++ b/docs/a b.md\t\n@@ -1 +1 @@\n-x\n+y\n",
        '"a/caf\\303\\251.py" "b/caf\\303\\251.py"\nnew file mode 100644\n'
        '--- /dev/null\n+++ "b/caf\\303\\251.py"\n@@ -0,0 +1 @@\n+x\n',
        "a/old.py b/old.py\ndeleted file mode 100644\n--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
        "a/logo.png b/logo.png\n",
    ]
    assert scene.bot("GET", "/pulls/99.diff").status_code == 404
    assert scene.bot("GET", f"/pulls/{scene.pull.number}.patch").status_code == 404


def test_list_of_pull_requests(scene: Scene) -> None:
    second = scene.sim.add_pull_request(scene.repo, head="second", user="hubot")
    scene.sim.close(scene.pull)
    numbers = {
        query: [pull["number"] for pull in scene.bot("GET", f"/pulls{query}").json()]
        for query in ("", "?state=open", "?state=closed", "?sort=oldest", "?poster=hubot")
    }
    first = scene.pull.number
    assert numbers == {
        "": [second.number, first],
        "?state=open": [second.number],
        "?state=closed": [first],
        "?sort=oldest": [first, second.number],
        "?poster=hubot": [second.number],
    }
    scene.clock.move(hours=1)
    scene.sim.push(scene.pull)
    assert scene.bot("GET", "/pulls?sort=recentupdate").json()[0]["number"] == first
    assert scene.bot("GET", "/pulls?poster=nobody").status_code == 400


@pytest.mark.parametrize(
    ("query", "count", "relations"),
    [
        ("", 30, {"next": 2, "last": 3}),
        ("?page=2", 30, {"next": 3, "last": 3, "first": 1, "prev": 1}),
        ("?page=3", 10, {"first": 1, "prev": 2}),
        ("?page=9", 0, {"first": 1, "prev": 8}),
        ("?limit=999", 50, {"next": 2, "last": 2}),
        ("?limit=0", 30, {"next": 2, "last": 3}),
    ],
)
def test_paging(scene: Scene, query: str, count: int, relations: dict[str, int]) -> None:
    scene.sim.push(scene.pull, [ChangedFile(f"{number}.py") for number in range(70)])
    answer = scene.bot("GET", f"/pulls/{scene.pull.number}/files{query}")
    assert (len(answer.json()), answer.headers["x-total-count"]) == (count, "70")
    assert {name: _page(link["url"]) for name, link in answer.links.items()} == relations


def _page(url: str) -> int:
    assert url.startswith("http://testserver/api/v1/repos/acme/shop/pulls/1/files?")
    return int(url.rpartition("page=")[2])


def test_bad_query_is_a_violation(scene: Scene) -> None:
    assert scene.bot("GET", "/pulls?state=merged").status_code == 422
    assert "'merged' is not one of" in scene.problem()


def test_files_are_read_at_any_ref(scene: Scene) -> None:
    file = scene.bot("GET", "/contents/src/pay.py").json()
    assert base64.b64decode(file["content"]) == b"x = 1\n"
    assert (file["type"], file["encoding"], file["size"]) == ("file", "base64", 6)
    changed = scene.bot("GET", "/contents/src/pay.py", params={"ref": "feature"}).json()
    assert b"total = sum(cart)" in base64.b64decode(changed["content"])
    (listed,) = scene.bot("GET", "/contents/src").json()
    assert (listed["path"], listed["content"]) == ("src/pay.py", None)
    raw = scene.bot("GET", f"/raw/.agnox.yml?ref={scene.pull.base.sha}")
    assert (raw.content, raw.headers["content-type"]) == (b"version: 1\n", "text/plain; charset=utf-8")
    for path in ("/contents/nothing", "/raw/nothing", "/raw/src", "/contents/src/pay.py?ref=nothing"):
        assert scene.bot("GET", path).status_code == 404


def test_pull_request_that_is_none(scene: Scene) -> None:
    issue = scene.sim.add_issue(scene.repo, "A question")
    assert scene.bot("GET", f"/pulls/{issue.number}").status_code == 404
    assert scene.bot("GET", "/pulls/99/files").status_code == 404


def test_commits_of_a_pull_request(scene: Scene) -> None:
    first, second = scene.pull.head.sha, scene.sim.push(scene.pull)
    shown = scene.bot("GET", f"/pulls/{scene.pull.number}/commits").json()
    assert [commit["sha"] for commit in shown] == [second, first]
    assert shown[0]["parents"][0]["sha"] == first
    assert scene.bot("GET", f"/git/commits/{'0' * 40}").json()["message"] == "0" * 40
