"""Working copies: branches, detached heads, merges, remotes with logins, and no copy at all."""

import subprocess
from pathlib import Path

import pytest

from agnox.context import Git, find_context


class Copy:
    """A working copy with one commit on `main`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self("init", "--quiet", "--initial-branch=main")
        self.commit("first")

    def __call__(self, *arguments: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self("commit", "--quiet", "--allow-empty", "-m", message)
        return self("rev-parse", "HEAD")

    @property
    def git(self) -> Git:
        return Git(self.folder)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    return Copy(tmp_path)


def test_a_branch(copy: Copy) -> None:
    copy("remote", "add", "origin", "https://x-access-token:ghs_1234@github.com/acme/shop.git")
    assert find_context({}, copy.git).wire() == {
        "source": "local",
        "repository": "https://github.com/acme/shop.git",
        "commitSha": copy("rev-parse", "HEAD"),
        "branch": "main",
    }


def test_a_detached_head_has_no_branch(copy: Copy) -> None:
    copy("checkout", "--quiet", "--detach")
    told = find_context({}, copy.git).wire()
    assert ("branch" in told, told["commitSha"]) == (False, copy("rev-parse", "HEAD"))


@pytest.mark.parametrize(
    ("remotes", "known"),
    [
        ({}, None),
        ({"upstream": "git@github.com:acme/shop.git"}, "git@github.com:acme/shop.git"),
        ({"a": "https://a.test/x/y", "b": "https://b.test/x/y"}, None),
        ({"a": "https://a.test/x/y", "origin": "oauth2:secret@b.test:x/y"}, "git@b.test:x/y"),
    ],
)
def test_the_remote(copy: Copy, remotes: dict[str, str], known: str | None) -> None:
    for name, address in remotes.items():
        copy("remote", "add", name, address)
    remote = copy.git.remote
    assert (remote.text if remote else None) == known


def test_a_merge_that_a_ci_made_is_followed_to_its_head(copy: Copy) -> None:
    base = copy.commit("base moved on")
    copy("update-ref", "refs/remotes/origin/main", base)
    copy("checkout", "--quiet", "-b", "fix", "HEAD~1")
    head = copy.commit("fix")
    assert copy.git.merged_head("main") is None
    copy("merge", "--quiet", "--no-ff", "-m", "merge", base)
    found = copy.git.merged_head("main")
    assert (found.text if found else None) == head
    assert copy.git.merged_head("develop") is None
    copy("update-ref", "refs/remotes/origin/PR-42", "HEAD")
    assert copy.git.merged_head("main") is None


def test_no_working_copy(tmp_path: Path) -> None:
    assert find_context({}, Git(tmp_path)).wire() == {"source": "local"}


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_context({}, Git(tmp_path)).wire() == {"source": "local"}
