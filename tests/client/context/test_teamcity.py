"""TeamCity, whose files of properties tell more than its variables."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agnox.context import find_context
from tests.client.context.samples import HEAD, Nowhere

Read = Callable[..., dict[str, object]]

ALWAYS = {
    "vcsroot.url": "https\\://github.com/acme/shop.git",
    "vcsroot.branch": "refs/heads/main",
    "teamcity.serverUrl": "https\\://tc.acme.test",
    "teamcity.build.id": "77",
}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a build from the properties of its configuration."""

    def read(build_url: str = "", **properties: str) -> dict[str, object]:
        configuration, build = tmp_path / "configuration.properties", tmp_path / "build.properties"
        told = ALWAYS | {name.replace("__", "."): value for name, value in properties.items()}
        lines = [f"{name}={value}" for name, value in told.items()]
        configuration.write_text("\n".join(["#TeamCity build properties", *lines, "odd", "long=1\\\n  2"]))
        build.write_text(f"build.vcs.number={HEAD}\nteamcity.configuration.properties.file={configuration}\n")
        variables = {
            "TEAMCITY_VERSION": "2026.1",
            "TEAMCITY_BUILD_PROPERTIES_FILE": str(build),
            "TEAMCITY_BUILDCONF_NAME": "Unit",
            "BUILD_URL": build_url,
        }
        return find_context(variables, Nowhere()).wire()

    return read


def test_a_pull_request(read: Read) -> None:
    told = read(
        teamcity__pullRequest__number="42",
        teamcity__pullRequest__source__branch="fix",
        teamcity__build__branch="pull/42",
    )
    assert told == {
        "source": "teamcity",
        "repository": "https://github.com/acme/shop.git",
        "prNumber": 42,
        "commitSha": HEAD,
        "branch": "fix",
        "runUrl": "https://tc.acme.test/viewLog.html?buildId=77",
        "runner": "TeamCity",
    }


@pytest.mark.parametrize("branch", ["pull/42", "refs/pull/42/head", "merge-requests/42"])
def test_a_pull_request_that_only_the_branch_tells(read: Read, branch: str) -> None:
    told = read(teamcity__build__branch=branch)
    assert (told["prNumber"], "branch" in told) == (42, False)


def test_a_merge_says_that_it_is_one(read: Read) -> None:
    told = read(teamcity__build__branch="refs/pull/42/merge")
    assert (told["prNumber"], told["branch"]) == (42, "refs/pull/42/merge")


@pytest.mark.parametrize(
    ("branch", "known"),
    [("<default>", "main"), ("release", "release"), ("refs/heads/a\\=b", "a=b"), ("\\u00fcber", "über")],
)
def test_a_branch(read: Read, branch: str, known: str) -> None:
    told = read(build_url="https://tc.acme.test/build/77", teamcity__build__branch=branch)
    assert (told["branch"], told["runUrl"]) == (known, "https://tc.acme.test/build/77")


def test_a_tag(read: Read) -> None:
    assert "branch" not in read(teamcity__build__branch="refs/tags/v1.0")


def test_without_its_files_the_variables_and_git_are_left() -> None:
    variables = {"TEAMCITY_VERSION": "2026.1", "BUILD_VCS_NUMBER": HEAD, "TEAMCITY_BUILD_PROPERTIES_FILE": "/gone"}
    told = find_context(variables, Nowhere(remote="https://github.com/acme/shop.git")).wire()
    assert (told["commitSha"], told["repository"]) == (HEAD, "https://github.com/acme/shop.git")
