"""Builds, pushes and repositories as service hooks tell of them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from providers.azure.webhooks import RUN_STATE, AzureWebhooks
from providers.events import Event, Pushed, RepositoriesChanged, RepositoryMoved, RunChanged
from providers.runs import CiRun, RunCause, RunOutcome, RunState
from providers.values import Account, Repository
from simulators.azure.subscriptions import Event as Published
from tests.providers.benches.azure import AzureBench

SAMPLES = Path(__file__).parents[2] / "data" / "azure"
PROJECT, PLACE = "be9b3917-87e6-42a4-a549-2bc06a7a878f", "4bc14d40-c903-45e2-872e-0462c7748079"
MERGE = "eef717f69257a6333f221566c1c987dc94cc0d72"


def sample(name: str, **resource: Any) -> Any:
    payload = json.loads((SAMPLES / f"{name}.json").read_bytes())
    payload["resource"] |= resource
    return payload


def parse(payload: Any) -> list[Event]:
    return list(AzureWebhooks().parse(payload["eventType"], {}, json.dumps(payload).encode()))


def run_of(payload: Any) -> CiRun:
    [event] = parse(payload)
    assert isinstance(event, RunChanged)
    return event.run


def published(bench: AzureBench, event: Published) -> list[Event]:
    """What is heard of an event by who subscribed to all of them."""
    subscription = bench.simulator.subscribe(event.type, "https://bot.example/hook", bench.project)
    return parse(json.loads(bench.simulator.hooks.prepare(event, subscription).body))


def test_a_build_of_a_pull_request() -> None:
    [event] = parse(sample("build.complete.pull-request"))
    assert event == RunChanged(
        "",
        Repository(f"{PROJECT}/{PLACE}", "Fabrikam/Fabrikam"),
        CiRun(
            id="7",
            name="Fabrikam.CI",
            sha=MERGE,
            state=RunState.ENDED,
            outcome=RunOutcome.FAILED,
            attempt=0,
            cause=RunCause.PULL_REQUEST,
            branch="mytopic",
            numbers=(1,),
            url="https://dev.azure.com/fabrikam/Fabrikam/_build/results?buildId=7",
            started_at=datetime(2026, 1, 2, 3, 0, 10, tzinfo=UTC),
            updated_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("status", "result", "state", "outcome"),
    [
        ("completed", "succeeded", RunState.ENDED, RunOutcome.PASSED),
        ("completed", "canceled", RunState.ENDED, RunOutcome.CANCELLED),
        ("completed", "partiallySucceeded", RunState.ENDED, RunOutcome.UNKNOWN),
        ("completed", "somethingNew", RunState.ENDED, RunOutcome.UNKNOWN),
        ("inProgress", "failed", RunState.RUNNING, RunOutcome.UNKNOWN),
        ("cancelling", "", RunState.RUNNING, RunOutcome.UNKNOWN),
        ("notStarted", "", RunState.QUEUED, RunOutcome.UNKNOWN),
        ("postponed", "", RunState.QUEUED, RunOutcome.UNKNOWN),
    ],
)
def test_how_a_build_stands(status: str, result: str, state: RunState, outcome: RunOutcome) -> None:
    run = run_of(sample("build.complete.pull-request", status=status, result=result))
    assert (run.state, run.outcome) == (state, outcome)


@pytest.mark.parametrize(
    ("ref", "reason", "cause", "branch"),
    [
        ("refs/heads/main", "individualCI", RunCause.PUSH, "main"),
        ("refs/heads/a/b", "batchedCI", RunCause.PUSH, "a/b"),
        ("refs/heads/main", "schedule", RunCause.OTHER, "main"),
        ("refs/tags/v1", "individualCI", RunCause.PUSH, "refs/tags/v1"),
        ("refs/pull/1/merge", "manual", RunCause.PULL_REQUEST, "mytopic"),
        ("refs/pull/x/merge", "manual", RunCause.OTHER, "refs/pull/x/merge"),
    ],
)
def test_what_a_build_is_of(ref: str, reason: str, cause: RunCause, branch: str) -> None:
    run = run_of(sample("build.complete.pull-request", sourceBranch=ref, reason=reason))
    assert (run.cause, run.branch) == (cause, branch)
    assert run.numbers == ((1,) if cause is RunCause.PULL_REQUEST else ())


def test_an_older_server_tells_it_as_parameters() -> None:
    told = {"system.pullRequest.sourceBranch": "refs/heads/theirs", "system.pullRequest.isFork": "True"}
    payload = sample("build.complete.pull-request", triggerInfo=None, parameters=json.dumps(told))
    assert (run_of(payload).branch, run_of(payload).from_fork) == ("theirs", True)
    for broken in ("{", "[]", "7", None):
        assert run_of(payload | {"resource": payload["resource"] | {"parameters": broken}}).branch == ""


@pytest.mark.parametrize(
    "change",
    [
        {"repository": {"id": "acme/shop", "type": "GitHub", "name": "acme/shop"}},
        {"repository": {"id": PLACE, "type": "TfsVersionControl"}},
        {"repository": None},
        {"project": {"name": "Fabrikam"}},
        {"id": None},
        {"id": True},
        {"status": "succeeded"},
        {"sourceVersion": None, "triggerInfo": None, "parameters": None},
    ],
)
def test_builds_that_are_nothing_to_us(change: dict[str, Any]) -> None:
    assert parse(sample("build.complete.pull-request", **change)) == []


def test_an_address_that_is_none_is_not_shown() -> None:
    links = {"web": {"href": "javascript:alert(1)"}}
    assert run_of(sample("build.complete.pull-request", _links=links)).url == ""


def test_the_beginning_of_a_build(azure: AzureBench) -> None:
    build = azure.simulator.add_build(azure.request, definition="CI")
    azure.simulator.start_build(build)
    [event] = published(azure, azure.simulator.events.run_state_changed(build))
    assert isinstance(event, RunChanged)
    assert event.repository == azure.repository
    assert (event.run.id, event.run.state, event.run.numbers) == (str(build.id), RunState.RUNNING, (azure.request.id,))
    assert (event.run.sha, event.run.name, event.run.branch) == (azure.request.merge_sha, "CI", "")
    azure.simulator.finish_build(build, "failed")
    assert published(azure, azure.simulator.events.run_state_changed(build)) == []


@pytest.mark.parametrize("missing", ["resources", "repositories", "id", "state"])
def test_a_run_that_does_not_tell_what_it_builds(azure: AzureBench, missing: str) -> None:
    build = azure.simulator.add_build(azure.request)
    subscription = azure.simulator.subscribe(RUN_STATE, "https://bot.example/hook", azure.project)
    delivery = azure.simulator.hooks.prepare(azure.simulator.events.run_state_changed(build), subscription)
    payload = json.loads(delivery.body)
    assert parse(payload)
    for part in (payload["resource"], payload["resource"]["run"]):
        part.pop(missing, None)
    assert parse(payload) == []


def test_a_push(azure: AzureBench) -> None:
    simulator, sha = azure.simulator, azure.commit({"a": b"b"})
    pusher = simulator.add_user("ada")
    [event] = published(azure, simulator.events.push(azure.place, "refs/heads/main", None, sha, pusher))
    assert event == Pushed("", azure.repository, "main", sha, default=True)
    [event] = published(azure, simulator.events.push(azure.place, "refs/heads/x/y", None, sha, pusher))
    assert event == Pushed("", azure.repository, "x/y", sha, default=False)
    assert published(azure, simulator.events.push(azure.place, "refs/heads/x", sha, None, pusher)) == []
    assert published(azure, simulator.events.push(azure.place, "refs/tags/v1", None, sha, pusher)) == []


def test_a_push_of_several_branches() -> None:
    updates = [{"name": f"refs/heads/{name}", "newObjectId": name * 40} for name in ("a", "b", "0")]
    payload = sample("git.push.1", refUpdates=[*updates, None, {"name": 7}])
    assert [each.branch for each in parse(payload) if isinstance(each, Pushed)] == ["a", "b"]
    assert parse(sample("git.push.1", repository=None)) == []


def test_a_repository_that_is_renamed_or_deleted(azure: AzureBench) -> None:
    azure.rename("acme/store")
    [moved] = published(azure, azure.simulator.events.repository_renamed(azure.place, "shop"))
    assert moved == RepositoryMoved("", Repository(azure.repository.id, "acme/store"))
    [gone] = published(azure, azure.simulator.events.repository_deleted(azure.place))
    assert gone == RepositoriesChanged("", Account("", ""), removed=(Repository(azure.repository.id, "acme/store"),))
