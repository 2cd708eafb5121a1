"""Files as GitLab gives them, where links and submodules look like files."""

import pytest

from providers.values import Repository
from simulators.files import Link, Submodule
from tests.providers.benches.gitlab import GitlabBench

pytestmark = pytest.mark.anyio


async def test_only_what_may_be_a_link_is_looked_up(gitlab: GitlabBench) -> None:
    gitlab.commit({"CODEOWNERS": b"* @acme\n", "docs/CODEOWNERS": b"* @acme"})
    for path, content, reads in (
        ("CODEOWNERS", b"* @acme\n", 1),
        ("docs/CODEOWNERS", b"* @acme", 2),
        (".gitlab/CODEOWNERS", None, 1),
    ):
        assert await gitlab.provider.get_file(gitlab.repository, path, "main") == content
        assert gitlab.calls() == (reads, 0)


@pytest.mark.parametrize("folder", ["", "deep/er/"])
async def test_links_are_found_among_many(gitlab: GitlabBench, folder: str) -> None:
    many = {f"{folder}{index:03}.md": b"words" for index in range(150)}
    gitlab.commit({**many, f"{folder}link": Link(b"000.md"), f"{folder}sub": Submodule(b"0" * 40)})
    for name, content in (("link", None), ("sub", None), ("149.md", b"words")):
        assert await gitlab.provider.get_file(gitlab.repository, f"{folder}{name}", "main") == content


async def test_an_old_path_leads_to_the_new_name(gitlab: GitlabBench) -> None:
    gitlab.commit({"CODEOWNERS": b"* @acme"})
    gitlab.rename("acme/store")
    assert await gitlab.provider.get_file(Repository("", "acme/shop"), "CODEOWNERS", "main") == b"* @acme"
