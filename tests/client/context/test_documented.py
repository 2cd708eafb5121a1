"""Every CI from the variables that it documents: pull requests, forks, pushes, tags and scheduled builds."""

import pytest

from agnox.context import find_context
from bot.domain.context import CiContext
from tests.client.context.forges import DRONE, WOODPECKER
from tests.client.context.hosts_own import AZURE, GITLAB, TRAVIS
from tests.client.context.runners import APPVEYOR, BITBUCKET, BUILDKITE, CIRCLECI, JENKINS, SEMAPHORE
from tests.client.context.samples import HEAD, MERGE, Nowhere, Sample

SAMPLES = (
    *(GITLAB + AZURE + TRAVIS + JENKINS + CIRCLECI),
    *(BUILDKITE + BITBUCKET + SEMAPHORE + APPVEYOR + WOODPECKER + DRONE),
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_it_is_read_from_the_variables(sample: Sample) -> None:
    context = find_context(sample.variables, Nowhere())
    assert context.wire() == dict(sample.wire)
    assert (context.suite.text if context.suite else "") == sample.suite


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_each_value_says_where_it_came_from(sample: Sample) -> None:
    for name, value in find_context(sample.variables, Nowhere()).values():
        origins = value.origin.split(" + ")
        known = [origin in sample.variables for origin in origins]
        assert all(known) or (name == "scm" and "names no other host" in value.origin), (name, value)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_server_reads_what_is_sent(sample: Sample) -> None:
    wire = find_context(sample.variables, Nowhere()).wire()
    read = CiContext.model_validate(wire)
    assert (read.pr_number, read.commit_sha, read.run_url) == tuple(
        wire.get(name) for name in ("prNumber", "commitSha", "runUrl")
    )


def test_travis_on_another_host_is_known_by_the_remote() -> None:
    sample = TRAVIS[0]
    remote = "https://gitlab.com/acme/shop.git"
    wire = find_context(sample.variables, Nowhere(remote=remote)).wire()
    assert (wire["repository"], wire.get("scm")) == (remote, None)


def test_a_build_of_buildkite_without_a_commit_asks_git() -> None:
    variables = {**BUILDKITE[1].variables, "BUILDKITE_COMMIT": "HEAD"}
    assert find_context(variables, Nowhere(head=HEAD)).wire()["commitSha"] == HEAD


def test_a_merge_that_buildkite_checked_out_is_followed_to_the_head() -> None:
    merging = {**BUILDKITE[0].variables, "BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC": "true"}
    for told in ("HEAD", MERGE):
        variables = {**merging, "BUILDKITE_COMMIT": told}
        assert find_context(variables, Nowhere(head=MERGE, merged=HEAD)).wire()["commitSha"] == HEAD
        assert "commitSha" not in find_context(variables, Nowhere(head=MERGE)).wire()
    assert find_context(merging, Nowhere(head=MERGE)).wire()["commitSha"] == HEAD


def test_jenkins_own_merge_is_followed_to_the_head() -> None:
    variables = {**JENKINS[0].variables, "CHANGE_TARGET": "main", "GIT_COMMIT": MERGE}
    assert find_context(variables, Nowhere(merged=HEAD)).wire()["commitSha"] == HEAD


def test_what_a_person_says_goes_first() -> None:
    from agnox.context import Value

    given = {"pr_number": Value("7", "--pr"), "branch": None}
    context = find_context(GITLAB[0].variables, Nowhere(), given)
    assert (context.wire()["prNumber"], context.wire()["branch"]) == (7, "fix")
