"""Deliveries that tell of CI, pushes, the merge queue and repositories that moved."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from providers.events import (
    Event,
    MergeGroupRequested,
    Pushed,
    RepositoriesChanged,
    RepositoryMoved,
    RerunRequested,
    RunChanged,
)
from providers.github.webhooks import GithubWebhooks
from providers.runs import RunCause, RunOutcome, RunState
from providers.values import Account, Repository

DATA = Path(__file__).parents[2] / "data" / "github"
OTHER = 7
"""Our app's id, when the samples are another's."""


def load(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_bytes())


def parse(event: str, payload: object, own_app: int = OTHER) -> list[Event]:
    hooks = GithubWebhooks(str(own_app))
    return list(hooks.parse(event, {"content-type": "application/json"}, json.dumps(payload).encode()))


def run_of(payload: Any) -> RunChanged:
    (found,) = parse("workflow_run", payload)
    assert isinstance(found, RunChanged)
    return found


def changed(**fields: object) -> RunChanged:
    payload = load("workflow_run.completed.2")
    payload["workflow_run"] |= fields
    return run_of(payload)


def test_workflow_run() -> None:
    payload = load("workflow_run.completed.2")
    raw, where = payload["workflow_run"], payload["repository"]
    event = changed(event="pull_request", name="CI", run_attempt=3)
    assert event.repository == Repository(str(where["id"]), where["full_name"])
    run = event.run
    assert (run.id, run.name, run.sha, run.attempt) == (str(raw["id"]), "CI", raw["head_sha"], 3)
    assert (run.state, run.outcome, run.cause) == (RunState.ENDED, RunOutcome.PASSED, RunCause.PULL_REQUEST)
    assert (run.branch, run.source, run.default_branch) == ("master", None, True)
    assert (run.url, run.started_at) == (raw["html_url"], datetime(2020, 10, 5, 16, 33, 49, tzinfo=UTC))
    assert run.updated_at == run.started_at


def test_a_run_without_a_name_has_that_of_its_file() -> None:
    assert changed(name="").run.name == "test"
    assert changed(name=None, path=None).run.name == "workflow"


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        ("pull_request", RunCause.PULL_REQUEST),
        ("pull_request_target", RunCause.PULL_REQUEST),
        ("push", RunCause.PUSH),
        ("merge_group", RunCause.MERGE_QUEUE),
        ("schedule", RunCause.OTHER),
        ("workflow_dispatch", RunCause.OTHER),
        ("unheard_of", RunCause.OTHER),
    ],
)
def test_cause(event: str, cause: RunCause) -> None:
    assert changed(event=event).run.cause is cause


@pytest.mark.parametrize(
    ("status", "conclusion", "state", "outcome"),
    [
        ("queued", None, RunState.QUEUED, RunOutcome.UNKNOWN),
        ("requested", None, RunState.QUEUED, RunOutcome.UNKNOWN),
        ("pending", None, RunState.QUEUED, RunOutcome.UNKNOWN),
        ("waiting", None, RunState.QUEUED, RunOutcome.WAITING),
        ("in_progress", None, RunState.RUNNING, RunOutcome.UNKNOWN),
        ("completed", "failure", RunState.ENDED, RunOutcome.FAILED),
        ("completed", "timed_out", RunState.ENDED, RunOutcome.FAILED),
        ("completed", "startup_failure", RunState.ENDED, RunOutcome.FAILED),
        ("completed", "neutral", RunState.ENDED, RunOutcome.PASSED),
        ("completed", "cancelled", RunState.ENDED, RunOutcome.CANCELLED),
        ("completed", "skipped", RunState.ENDED, RunOutcome.SKIPPED),
        ("completed", "action_required", RunState.ENDED, RunOutcome.WAITING),
        ("completed", "unheard_of", RunState.ENDED, RunOutcome.UNKNOWN),
    ],
)
def test_state_and_outcome(status: str, conclusion: str | None, state: RunState, outcome: RunOutcome) -> None:
    run = changed(status=status, conclusion=conclusion).run
    assert (run.state, run.outcome) == (state, outcome)


def test_a_fork_is_the_source() -> None:
    fork = {"id": 99, "full_name": "mallory/Hello-World"}
    run = changed(event="pull_request", head_repository=fork, head_branch="master").run
    assert run.source == Repository("99", "mallory/Hello-World")
    # Its branch has the name of the default one and is another.
    assert run.default_branch is False
    assert changed(head_repository=None).run.from_fork


def test_only_pull_requests_of_this_repository_are_named() -> None:
    own = load("workflow_run.completed.2")["repository"]["id"]
    pulls = [
        {"number": 4, "base": {"repo": {"id": own}}},
        {"number": 5, "base": {"repo": {"id": 1}}},
        {"number": 6},
        {},
    ]
    assert changed(pull_requests=pulls).run.numbers == (4, 6)


@pytest.mark.parametrize("event", ["check_run", "check_suite", "status"])
def test_runs_that_a_verdict_started_are_dropped(event: str) -> None:
    payload = load("workflow_run.completed.2")
    payload["workflow_run"]["event"] = event
    assert parse("workflow_run", payload) == []


@pytest.mark.parametrize("event", ["issue_comment", "workflow_run", "fork"])
def test_what_anybody_starts_on_the_default_branch_says_nothing_of_it(event: str) -> None:
    payload = load("workflow_run.completed.2")
    payload["workflow_run"]["event"] = event
    assert parse("workflow_run", payload) == []


@pytest.mark.parametrize("missing", ["id", "head_sha"])
def test_a_run_without_what_names_it_is_none(missing: str) -> None:
    payload = load("workflow_run.completed.2")
    del payload["workflow_run"][missing]
    assert parse("workflow_run", payload) == []


def test_a_sparse_run_is_one() -> None:
    run = {"id": 1, "head_sha": "a" * 40, "status": "completed", "conclusion": "failure", "updated_at": "yesterday"}
    found = run_of({"workflow_run": run, "repository": {"id": 2}}).run
    assert (found.attempt, found.source, found.default_branch, found.updated_at) == (1, None, None, None)


def test_a_suite_of_another_app_is_a_run() -> None:
    payload = load("check_suite.completed.1")
    raw = payload["check_suite"]
    raw["conclusion"] = "failure"
    (event,) = parse("check_suite", payload)
    assert isinstance(event, RunChanged)
    run = event.run
    assert (run.id, run.name, run.sha) == (f"suite:{raw['id']}", raw["app"]["name"], raw["head_sha"])
    assert (run.state, run.outcome, run.attempt, run.branch) == (RunState.ENDED, RunOutcome.FAILED, 0, "changes")
    assert (run.cause, run.numbers) == (RunCause.PULL_REQUEST, (2,))


def test_a_suite_of_a_fork_is_never_taken_for_the_default_branch() -> None:
    payload = load("check_suite.completed.1")
    payload["check_suite"] |= {"head_branch": payload["repository"]["default_branch"], "pull_requests": []}
    (event,) = parse("check_suite", payload)
    assert isinstance(event, RunChanged)
    assert (event.run.cause, event.run.default_branch) == (RunCause.OTHER, False)


@pytest.mark.parametrize("app", [{"slug": "github-actions", "id": 15368}, {"id": OTHER}, {}, None])
def test_suites_of_actions_and_of_ours_are_dropped(app: object) -> None:
    payload = load("check_suite.completed.1")
    payload["check_suite"]["app"] = app
    assert parse("check_suite", payload) == []


def test_an_empty_suite_and_one_that_is_asked_for_are_dropped() -> None:
    payload = load("check_suite.completed.1")
    assert parse("check_suite", {**payload, "action": "requested"}) == []
    payload["check_suite"]["latest_check_runs_count"] = 0
    assert parse("check_suite", payload) == []


def test_rerun_of_all_checks_is_asked_of_ours_only() -> None:
    payload = load("check_suite.rerequested.1")
    raw = payload["check_suite"]
    (event,) = parse("check_suite", payload, raw["app"]["id"])
    assert isinstance(event, RerunRequested)
    assert (event.head_sha, event.key, event.action) == (raw["head_sha"], "", "")
    assert event.sender.login == payload["sender"]["login"]
    assert parse("check_suite", payload) == []


@pytest.mark.parametrize("identifier", ["rerun_failed", "rerun_all", "quarantine", "anything at all"])
def test_any_button_of_ours_is_told(identifier: str) -> None:
    payload = load("check_run.requested_action.agnox")
    payload["requested_action"] = {"identifier": identifier}
    (event,) = parse("check_run", payload, payload["check_run"]["app"]["id"])
    assert isinstance(event, RerunRequested)
    assert (event.action, event.key) == (identifier, payload["check_run"]["external_id"])


def test_push() -> None:
    payload = load("push.5")
    payload["commits"] = [
        {"added": ["a.py"], "modified": ["b.py", 7], "removed": []},
        {"added": [], "modified": ["a.py"], "removed": ["c.py"]},
        "odd",
    ]
    (event,) = parse("push", payload)
    assert isinstance(event, Pushed)
    assert (event.branch, event.sha, event.default) == ("master", payload["after"], True)
    assert event.files == ("a.py", "b.py", "c.py")
    assert event.installation == str(payload["installation"]["id"])
    (other,) = parse("push", {**payload, "ref": "refs/heads/feature/x"})
    assert isinstance(other, Pushed)
    assert (other.branch, other.default) == ("feature/x", False)
    del payload["repository"]["default_branch"], payload["repository"]["master_branch"]
    (unsure,) = parse("push", payload)
    assert isinstance(unsure, Pushed)
    assert unsure.default is None


@pytest.mark.parametrize("name", ["push.branch-delete", "push.tag", "push.1", "push.2"])
def test_tags_and_branches_that_are_gone_are_no_push(name: str) -> None:
    assert parse("push", load(name)) == []


def test_merge_group() -> None:
    payload = load("merge_group.checks_requested.1")
    (event,) = parse("merge_group", payload)
    assert isinstance(event, MergeGroupRequested)
    assert (event.sha, event.base_ref, event.numbers) == (payload["merge_group"]["head_sha"], "main", (104,))
    assert parse("merge_group", load("merge_group.destroyed.1")) == []
    payload["merge_group"]["head_ref"] = "refs/heads/gh-readonly-queue/pr-9/odd"
    (unnamed,) = parse("merge_group", payload)
    assert isinstance(unnamed, MergeGroupRequested)
    assert unnamed.numbers == ()


@pytest.mark.parametrize("name", ["repository.renamed.1", "repository.transferred.1"])
def test_a_repository_that_moved(name: str) -> None:
    payload = load(name)
    (event,) = parse("repository", payload)
    assert isinstance(event, RepositoryMoved)
    where = payload["repository"]
    assert event.repository == Repository(str(where["id"]), where["full_name"])
    assert parse("repository", {**payload, "action": "edited"}) == []


def test_an_account_that_has_another_name() -> None:
    payload = load("installation_target.renamed.1")
    (event,) = parse("installation_target", payload)
    assert event == RepositoriesChanged("16598467", Account("21031067", "codertocat-renamed"))
    assert parse("installation_target", {**payload, "installation": None}) == []
