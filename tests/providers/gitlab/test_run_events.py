"""What deliveries tell of pipelines, pushes and projects."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.events import JobEnded, PipelineStarted, Pushed, RepositoryMoved, RunChanged
from providers.runs import CiRun, RunCause, RunOutcome, RunState
from providers.values import Repository
from tests.providers.gitlab.deliveries import load, parse

WHERE = Repository("1", "gitlab-org/gitlab-test")


def pipeline(**attributes: object) -> Any:
    payload = load("pipeline.1.json")
    payload["object_attributes"] |= attributes
    return payload


def build(status: str, at: str = "2016-08-12 15:25:0", **more: object) -> dict[str, object]:
    ended = f"{at}9 UTC" if status in ("success", "failed", "canceled") else None
    times = {"created_at": f"{at}0 UTC", "started_at": f"{at}1 UTC", "finished_at": ended}
    return {"id": 7, "name": "unit", "status": status, "allow_failure": False, **times, **more}


def run_of(payload: object) -> CiRun:
    (found,) = [event for event in parse("pipeline", payload) if isinstance(event, RunChanged)]
    return found.run


def test_every_field() -> None:
    payload = pipeline(status="failed", name="Checks")
    payload["builds"] = [build("failed"), build("success")]
    (found,) = parse("pipeline", payload)
    assert found == RunChanged(
        "",
        WHERE,
        CiRun(
            id="31",
            name="Checks",
            sha="bcbb5ec396a2c0f828686f14fac9b80b780504f2",
            state=RunState.ENDED,
            outcome=RunOutcome.FAILED,
            attempt=0,
            cause=RunCause.PULL_REQUEST,
            branch="test",
            numbers=(1,),
            default_branch=False,
            url="http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/31",
            started_at=datetime(2016, 8, 12, 15, 23, 28, tzinfo=UTC),
            updated_at=datetime(2016, 8, 12, 15, 25, 9, tzinfo=UTC),
            unheard=True,
        ),
    )


def test_a_merge_requests_own_pipeline_is_told_apart_when_it_begins() -> None:
    for status, begins in (("created", True), ("pending", True), ("running", True), ("success", False), ("", False)):
        payload = pipeline(status=status)
        started = [event for event in parse("pipeline", payload) if isinstance(event, PipelineStarted)]
        assert started == [PipelineStarted("", WHERE, 1, payload["object_attributes"]["sha"])] * begins
    for source in ("push", "web", "schedule", "", None):
        found = parse("pipeline", pipeline(status="running", source=source))
        assert [type(event) for event in found] == [RunChanged]


@pytest.mark.parametrize("source", ["external", "parent_pipeline"])
def test_pipelines_of_statuses_and_of_parents_tell_nothing(source: str) -> None:
    assert parse("pipeline", pipeline(source=source, status="running")) == []


@pytest.mark.parametrize("lacking", [{"object_kind": "build"}, {"project": {}}, {"object_attributes": {}}])
def test_what_identifies_no_pipeline_tells_nothing(lacking: dict[str, object]) -> None:
    assert parse("pipeline", load("pipeline.1.json") | lacking) == []


@pytest.mark.parametrize(
    ("status", "state", "outcome"),
    [
        ("created", RunState.QUEUED, RunOutcome.UNKNOWN),
        ("waiting_for_resource", RunState.QUEUED, RunOutcome.UNKNOWN),
        ("preparing", RunState.QUEUED, RunOutcome.UNKNOWN),
        ("pending", RunState.QUEUED, RunOutcome.UNKNOWN),
        ("scheduled", RunState.QUEUED, RunOutcome.UNKNOWN),
        ("running", RunState.RUNNING, RunOutcome.UNKNOWN),
        ("canceling", RunState.RUNNING, RunOutcome.UNKNOWN),
        ("a new word", RunState.RUNNING, RunOutcome.UNKNOWN),
        ("success", RunState.ENDED, RunOutcome.PASSED),
        ("failed", RunState.ENDED, RunOutcome.FAILED),
        ("canceled", RunState.ENDED, RunOutcome.CANCELLED),
        ("skipped", RunState.ENDED, RunOutcome.SKIPPED),
        ("manual", RunState.ENDED, RunOutcome.WAITING),
    ],
)
def test_states(status: str, state: RunState, outcome: RunOutcome) -> None:
    payload = pipeline(status=status) | {"builds": []}
    found = run_of(payload)
    assert (found.state, found.outcome) == (state, outcome)


def test_a_branchs_pipeline() -> None:
    payload = pipeline(source="push", ref="master") | {"merge_request": None}
    found = run_of(payload)
    assert (found.cause, found.branch, found.numbers, found.default_branch) == (RunCause.PUSH, "master", (), True)
    payload["object_attributes"]["ref"] = "fix/7"
    assert (run_of(payload).branch, run_of(payload).default_branch) == ("fix/7", False)
    del payload["project"]["default_branch"]
    assert run_of(payload).default_branch is None
    payload["object_attributes"]["tag"] = True
    tagged = run_of(payload)
    assert (tagged.cause, tagged.branch, tagged.default_branch) == (RunCause.OTHER, "", False)


def test_a_forks_pipeline_belongs_to_the_merge_request_of_its_target() -> None:
    payload = load("pipeline.2.json")
    payload["merge_request"]["source_project_id"] = 1
    (told,) = parse("pipeline", payload)
    assert isinstance(told, RunChanged)
    assert (told.repository, told.run.id, told.run.numbers) == (Repository("27743392", ""), "1/31", (15,))
    assert told.run.source == WHERE


def test_a_forks_pipeline_in_the_target_tells_the_fork() -> None:
    payload = pipeline()
    payload["merge_request"]["source_project_id"] = 9
    found = run_of(payload)
    assert (found.id, found.source, found.numbers) == ("31", Repository("9", ""), (1,))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Checks", True),
        ("Python 3.11 on main!", True),
        ("Pipeline for branch: master", False),
        ("Checks of bcbb5ec3", False),
        ("Checks #3", False),
        ("MR !1", False),
        ("Test", False),
        ("", False),
        (None, False),
    ],
)
def test_a_name_that_differs_from_run_to_run_is_none(name: str | None, kept: bool) -> None:
    payload = pipeline(name=name)
    payload["merge_request"]["source_branch"] = "master"
    assert run_of(payload).name == (name if kept else "Merge request pipeline")


def test_a_job_that_may_fail_does_not_count() -> None:
    payload = pipeline(status="success") | {"builds": [build("failed", allow_failure=True), build("success")]}
    assert run_of(payload).outcome is RunOutcome.PASSED


def test_our_own_verdict_in_a_pipeline_changes_nothing() -> None:
    payload = pipeline(status="success") | {"builds": [build("success")]}
    ended = run_of(payload)
    payload["object_attributes"]["stages"] = ["test", "external"]
    for status in ("pending", "running", "failed", "canceled", "success"):
        payload["object_attributes"] |= {"status": status, "finished_at": "2016-08-12 16:00:00 UTC"}
        assert run_of(payload) == ended, status
    payload["builds"].append(build("running"))
    payload["object_attributes"]["status"] = "running"
    assert run_of(payload).state is RunState.RUNNING


def test_a_pipeline_that_failed_through_another_one_failed() -> None:
    payload = pipeline(status="failed", stages=["test", "children"]) | {"builds": [build("success")]}
    found = run_of(payload)
    assert (found.state, found.outcome) == (RunState.ENDED, RunOutcome.FAILED)
    assert found.updated_at == datetime(2016, 8, 12, 15, 26, 29, tzinfo=UTC)
    payload["object_attributes"] |= {"status": "running", "finished_at": None}
    assert run_of(payload).state is RunState.RUNNING


def test_time_goes_on_when_a_job_runs_again() -> None:
    payload, seen = pipeline(), []
    for status, builds in (
        ("running", [build("running")]),
        ("failed", [build("failed")]),
        ("running", [build("pending", "2016-08-12 15:40:0", started_at=None)]),
        ("failed", [build("failed", "2016-08-12 15:40:0")]),
    ):
        payload["object_attributes"]["status"] = status
        seen.append(run_of(payload | {"builds": builds}).updated_at)
    times = [at for at in seen if at is not None]
    assert len(times) == 4
    assert times == sorted(set(times))


def test_a_push() -> None:
    (told,) = parse("push", load("push.1.json"))
    sha, where = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", Repository("15", "mike/diaspora")
    expected = Pushed("", where, "master", sha, True, ("CHANGELOG", "app/controller/application.rb"))
    assert told == expected
    payload = load("push.1.json")
    payload["ref"] = "refs/heads/fix/#7"
    assert parse("push", payload) == [replace(expected, branch="fix/#7", default=False)]
    del payload["project"]["default_branch"]
    payload["commits"] = [{"added": None, "modified": [7, "a"], "removed": "b"}]
    assert parse("push", payload) == [replace(expected, branch="fix/#7", default=None, files=("a",))]
    for lacking in ({"ref": "refs/tags/v1"}, {"ref": "refs/heads/"}, {"after": "0" * 40}, {"after": ""}):
        assert parse("push", payload | lacking) == []
    assert parse("push", load("push.branch-delete.json")) == []
    assert parse("tag_push", load("tag_push.json")) == []


@pytest.mark.parametrize("event", ["system", "project"])
@pytest.mark.parametrize("name", ["project_rename", "project_transfer"])
def test_a_project_that_moved(event: str, name: str) -> None:
    payload = {
        "event_name": name,
        "project_id": 74,
        "path_with_namespace": "jsmith/under-score",
        "old_path_with_namespace": "jsmith/overscore",
    }
    assert parse(event, payload) == [RepositoryMoved("", Repository("74", "jsmith/under-score"))]
    assert parse(event, payload | {"event_name": "project_update"}) == []
    assert parse(event, payload | {"project_id": None}) == []


def a_job(**changed: object) -> dict[str, object]:
    """A job's delivery with the fields that are documented (GitLab Docs, Webhook events, Job events)."""
    payload = {
        "object_kind": "build",
        "ref": "main",
        "sha": "95d49d1efbd941908580e79d65e4b5ecaf4a8305",
        "build_id": 1977,
        "build_name": "test",
        "build_status": "failed",
        "pipeline_id": 2366,
        "project_id": 380,
        "project": {"id": 380, "path_with_namespace": "gitlab-org/gitlab-test"},
    }
    return payload | changed


@pytest.mark.parametrize("status", ["success", "failed", "canceled"])
def test_a_job_that_ended(status: str) -> None:
    where = Repository("380", "gitlab-org/gitlab-test")
    assert parse("job", a_job(build_status=status)) == [JobEnded("", where, "2366")]
    old = a_job(build_status=status)
    del old["project"]
    assert parse("job", old) == [JobEnded("", Repository("380", ""), "2366")]


@pytest.mark.parametrize(
    "changed",
    [
        {"build_status": "created"},
        {"build_status": "running"},
        {"build_status": None},
        {"pipeline_id": None},
        {"object_kind": "pipeline"},
        {"project": None, "project_id": None},
    ],
)
def test_jobs_that_tell_no_end(changed: dict[str, object]) -> None:
    assert parse("job", a_job(**changed)) == []
