"""Merge requests and their files."""

import pytest

from simulators.faults import Fault
from simulators.gitlab import ChangedFile
from tests.providers.benches.gitlab import GitlabBench
from tests.providers.weather import JSON

pytestmark = pytest.mark.anyio


async def test_changed_files_of_every_kind(gitlab: GitlabBench) -> None:
    patch = "@@ -1 +1 @@\n-a\n+b"
    files = [
        ChangedFile("a", patch, "added"),
        ChangedFile("b", patch, "removed"),
        ChangedFile("c", patch, "renamed", "d"),
        ChangedFile("e", patch),
    ]
    gitlab.simulator.push(gitlab.request, [*files, *(ChangedFile(f"f{number}", patch) for number in range(200))])
    found = await gitlab.provider.changed_files(gitlab.repository, 1)
    assert [(file.path, file.status, file.previous_path) for file in found[:4]] == [
        ("a", "added", ""),
        ("b", "deleted", ""),
        ("c", "renamed", "d"),
        ("e", "modified", ""),
    ]
    assert len(found) == 204


async def test_a_patch_that_gitlab_left_out_is_empty(gitlab: GitlabBench) -> None:
    body = (
        b'[{"new_path": "a", "old_path": "a", "diff": "@@", "collapsed": true}, {"new_path": "b", "too_large": true}]'
    )
    gitlab.fault(Fault(path="/diffs$", status=200, headers=JSON, body=body))
    assert [file.patch for file in await gitlab.provider.changed_files(gitlab.repository, 1)] == ["", ""]


async def test_the_commit_that_ci_tests_is_told(gitlab: GitlabBench) -> None:
    assert (await gitlab.provider.get_pull_request(gitlab.repository, 1)).merge_sha == ""
    gitlab.push()
    merged = gitlab.simulator.add_merge_request_pipeline(gitlab.request, merged_results=True)
    assert (await gitlab.provider.get_pull_request(gitlab.repository, 1)).merge_sha == merged.sha
