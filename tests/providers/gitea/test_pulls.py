"""Pull requests, their heads and their files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import NotFound
from providers.gitea.diff import patches
from providers.values import ChangedFile as Changed
from simulators.gitea import ChangedFile
from tests.providers.benches.gitea import GiteaBench

pytestmark = pytest.mark.anyio

FILES = [
    ChangedFile("src/pay.py", "@@ -1,2 +1,3 @@\n-diff --git a/x b/x\n+++ b/y\n+--- a/y\n \n@@ -9 +10 @@\n-a\n+b"),
    ChangedFile("docs/a b.md", "@@ -1 +1 @@\n-x\n+y", "docs/a.md", status="renamed"),
    ChangedFile('caf\u00e9 "1"\t\\.py', "@@ -0,0 +1 @@\n+x", status="added"),
    ChangedFile("old.py", "@@ -1 +0,0 @@\n-x\n\\ No newline at end of file", status="deleted"),
    ChangedFile("logo.png"),
    ChangedFile("b/a.py", "@@ -1 +1 @@\n-x\n+y"),
]


async def test_changed_files_have_the_patches_of_the_diff(gitea: GiteaBench) -> None:
    gitea.simulator.push(gitea.request, FILES)
    gitea.calls()
    found = await gitea.provider.changed_files(gitea.repository, 1)
    assert gitea.calls() == (2, 0)
    statuses = {"changed": "modified", "added": "added", "deleted": "removed", "renamed": "renamed"}
    assert found == [
        Changed(file.path, statuses[file.status], file.patch or "", file.previous_path or "") for file in FILES
    ]


async def test_a_diff_that_is_too_big_is_left_out(gitea: GiteaBench, monkeypatch: pytest.MonkeyPatch) -> None:
    gitea.simulator.push(gitea.request, [ChangedFile("a.py", "@@ -1 +1,9999 @@\n" + "+x\n" * 9999)])
    monkeypatch.setattr("providers.origin.MAX_BYTES", 10_000)
    [file] = await gitea.provider.changed_files(gitea.repository, 1)
    assert (file.path, file.patch) == ("a.py", "")


async def test_changed_files_of_many_pages(gitea: GiteaBench) -> None:
    gitea.simulator.push(gitea.request, [ChangedFile(f"{number}.py", "@@ -1 +1 @@\n-x\n+y") for number in range(120)])
    found = await gitea.provider.changed_files(gitea.repository, 1)
    assert {(file.path, file.patch) for file in found} == {(f"{n}.py", "@@ -1 +1 @@\n-x\n+y") for n in range(120)}


async def test_a_head_is_found_among_many_and_in_forks(gitea: GiteaBench) -> None:
    pull, _ = gitea.fork_pull()
    for number in range(120):
        gitea.moment.seconds += 1
        gitea.simulator.add_pull_request(gitea.place, head=f"branch-{number}")
    [found] = await gitea.provider.find_pull_requests(gitea.repository, pull.head_sha)
    assert (found.number, found.from_fork) == (pull.number, True)


async def test_a_pull_request_outlives_its_fork(gitea: GiteaBench) -> None:
    fork = gitea.simulator.fork(gitea.place, "mallory")
    pull = gitea.simulator.add_pull_request(gitea.place, head="patch-1", fork=fork, title="WIP: pay")
    gitea.simulator.delete_repository(fork)
    found = await gitea.provider.get_pull_request(gitea.repository, pull.number)
    assert (found.head_sha, found.from_fork, found.draft) == (pull.head.sha, True, True)


async def test_the_commit_of_a_merge_is_not_what_ci_tests(gitea: GiteaBench) -> None:
    merged = gitea.simulator.merge(gitea.request, "mona")
    found = await gitea.provider.get_pull_request(gitea.repository, 1)
    assert (found.open, found.merge_sha) == (False, "")
    assert len((await gitea.provider.get_commit(gitea.repository, merged)).parents) == 2


async def test_an_issue_is_no_pull_request(gitea: GiteaBench) -> None:
    issue = gitea.simulator.add_issue(gitea.place, "a question")
    with pytest.raises(NotFound):
        await gitea.provider.get_pull_request(gitea.repository, issue.number)


@given(st.text(alphabet='diff --git a/b\n@+-"\\07\t\r', max_size=200))
def test_any_text_is_a_diff_or_none(text: str) -> None:
    assert all(patch.startswith("@@ ") for patch in patches(f"diff --git a/x b/x\n{text}").values())


def test_files_without_hunks_are_left_out() -> None:
    binary = "diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n"
    mode = "diff --git a/x.sh b/x.sh\nold mode 100644\nnew mode 100755\n"
    assert patches(binary + mode) == {}
    assert patches("") == {}
