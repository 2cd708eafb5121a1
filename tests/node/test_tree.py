"""A suite's folder goes, whatever it holds."""

import os
from pathlib import Path

import pytest

from bot.node.tree import remove_tree
from tests.node.suites import run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


def test_read_only_folders_and_files_go(root: Path) -> None:
    (root / "a/b").mkdir(parents=True)
    (root / "a/b/file").touch(mode=0o400)
    (root / "a/b").chmod(0)
    (root / "a").chmod(0o500)
    remove_tree(root)
    assert not root.exists()


def test_a_nest_deeper_than_any_path_goes(root: Path) -> None:
    here = os.open(root, os.O_DIRECTORY)
    for _ in range(3_000):
        os.mkdir("deep", dir_fd=here)
        inner = os.open("deep", os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    remove_tree(root)
    assert not root.exists()


def test_links_are_removed_and_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").touch()
    (root / "link").symlink_to(tmp_path / "kept")
    (root / "gone").symlink_to("nowhere")
    remove_tree(root)
    assert not root.exists()
    assert (tmp_path / "kept/file").exists()


def test_a_folder_that_became_a_link_is_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    root.rmdir()
    root.symlink_to(tmp_path / "kept")
    remove_tree(root)
    assert not root.is_symlink()
    assert (tmp_path / "kept").exists()


def test_no_folder_is_no_failure(root: Path) -> None:
    root.rmdir()
    remove_tree(root)


@pytest.mark.anyio
async def test_what_a_suite_has_locked_goes() -> None:
    ran = await run(
        r"""mkdir -p a/b; touch a/b/c "$(printf 'x\ny\377')"; chmod 0 a/b; chmod 500 a .; chmod 0 ../spool .."""
    )
    assert (ran.outcome.exit_code, ran.outcome.problem) == (0, "")
