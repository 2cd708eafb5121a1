"""GitHub Actions and its likes: the variables, and the event's payload that has the head."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agnox.context import Context, find_context
from tests.client.context.samples import BASE, HEAD, MERGE, Nowhere

Run = Callable[..., Context]

VARIABLES = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "7",
    "GITHUB_WORKFLOW": "ci",
    "GITHUB_JOB": "test",
    "GITHUB_SHA": HEAD,
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REF_NAME": "main",
    "GITHUB_REF_TYPE": "branch",
}
PULL = {"GITHUB_SHA": MERGE, "GITHUB_REF": "refs/pull/42/merge", "GITHUB_REF_NAME": "42/merge"}
PULL_PAYLOAD = {
    "number": 42,
    "pull_request": {
        "number": 42,
        "head": {"sha": HEAD, "ref": "fix", "repo": {"full_name": "eve/shop", "fork": True}},
    },
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Reads a run from variables, with a payload where one is given; `git_head` is what is checked out."""

    def read(payload: Any = None, /, git_head: str = "", **variables: str) -> Context:
        path = tmp_path / "event.json"
        if payload is not None:
            path.write_text(payload if isinstance(payload, str) else json.dumps(payload))
        event = {"GITHUB_EVENT_PATH": str(path)}
        return find_context({**VARIABLES, **event, **variables}, Nowhere(head=git_head))

    return read


def test_a_push(run: Run) -> None:
    context = run({"ref": "refs/heads/main"})
    assert context.wire() == {
        "source": "github",
        "repository": "acme/shop",
        "commitSha": HEAD,
        "branch": "main",
        "runUrl": "https://github.com/acme/shop/actions/runs/7",
        "runner": "GitHub Actions",
    }
    assert context.suite is not None
    assert context.suite.text == "ci / test"


@pytest.mark.parametrize(("event", "sha"), [("pull_request", MERGE), ("pull_request_target", BASE)])
def test_a_pull_request_has_the_head_and_not_the_merge(run: Run, event: str, sha: str) -> None:
    context = run(PULL_PAYLOAD, **PULL | {"GITHUB_EVENT_NAME": event, "GITHUB_SHA": sha})
    told = context.wire()
    assert (told["prNumber"], told["commitSha"], told["branch"], told["repository"]) == (42, HEAD, "fix", "acme/shop")
    assert context.commit_sha is not None
    assert context.commit_sha.origin == "GITHUB_EVENT_PATH: pull_request.head.sha"


@pytest.mark.parametrize(
    "payload", [None, "", "{", "[]", '{"pull_request": null}', '{"pull_request": {"number": true}}']
)
def test_without_its_payload_the_ref_tells_that_the_commit_is_a_merge(run: Run, payload: str | None) -> None:
    told = run(payload, **PULL).wire()
    assert (told["prNumber"], told["commitSha"], told["branch"]) == (42, MERGE, "refs/pull/42/merge")


def test_a_tag_has_no_branch(run: Run) -> None:
    told = run({}, GITHUB_REF="refs/tags/v1", GITHUB_REF_NAME="v1", GITHUB_REF_TYPE="tag").wire()
    assert ("branch" in told, "prNumber" in told, told["commitSha"]) == (False, False, HEAD)


def test_a_schedule_tests_the_default_branch(run: Run) -> None:
    told = run({"schedule": "0 3 * * *"}, GITHUB_EVENT_NAME="schedule").wire()
    assert (told["branch"], told["commitSha"]) == ("main", HEAD)


def test_a_comment_names_the_pull_request_and_not_the_default_branch(run: Run) -> None:
    payload = {"issue": {"number": 42, "pull_request": {"url": "https://api.github.com/repos/acme/shop/pulls/42"}}}
    told = run(payload, GITHUB_SHA=BASE, GITHUB_EVENT_NAME="issue_comment").wire()
    assert (told["prNumber"], "commitSha" in told, "branch" in told) == (42, False, False)
    assert run(payload, git_head=BASE, GITHUB_SHA=BASE).commit_sha is None
    assert run(payload, git_head=HEAD, GITHUB_SHA=BASE).wire()["commitSha"] == HEAD


def test_a_comment_on_an_issue_is_a_run_of_the_default_branch(run: Run) -> None:
    told = run({"issue": {"number": 42}}).wire()
    assert ("prNumber" in told, told["commitSha"]) == (False, HEAD)


def test_a_run_that_follows_another_has_that_ones_head(run: Run) -> None:
    followed = {"head_sha": HEAD, "head_branch": "fix", "pull_requests": [{"number": 42}]}
    told = run({"workflow_run": followed}, GITHUB_SHA=BASE).wire()
    assert (told["prNumber"], told["commitSha"], told["branch"]) == (42, HEAD, "fix")
    odd: tuple[Any, ...] = ([], [{"number": 42}, {"number": 43}], [{}], None)
    for pulls in odd:
        told = run({"workflow_run": {**followed, "pull_requests": pulls}}, GITHUB_SHA=BASE).wire()
        assert ("prNumber" in told, told["commitSha"], told["branch"]) == (False, HEAD, "fix")


def test_a_merge_group_is_tested_as_itself(run: Run) -> None:
    queue = "gh-readonly-queue/main/pr-42-00aa11"
    payload = {"merge_group": {"head_sha": MERGE, "head_ref": f"refs/heads/{queue}"}}
    told = run(payload, GITHUB_SHA=MERGE, GITHUB_REF=f"refs/heads/{queue}", GITHUB_REF_NAME=queue).wire()
    assert (told["commitSha"], told["branch"], "prNumber" in told) == (MERGE, queue, False)


@pytest.mark.parametrize("variable", ["GITEA_ACTIONS", "FORGEJO_ACTIONS"])
def test_gitea_and_forgejo_use_the_same_names(run: Run, variable: str) -> None:
    told = run(PULL_PAYLOAD, **PULL | {variable: "true", "GITHUB_SERVER_URL": "https://git.acme.test"}).wire()
    assert (told["source"], told["prNumber"], told["commitSha"]) == ("gitea", 42, HEAD)
    assert told["runUrl"] == "https://git.acme.test/acme/shop/actions/runs/7"
