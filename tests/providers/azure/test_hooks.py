"""Service hooks: made once, set right when they went wrong, and proven by their secret when they ring."""

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from providers.azure.webhooks import COMMENT, RUN_STATE, AzureWebhooks
from providers.errors import Forbidden, InvalidSignature, ProviderError, Rejected
from providers.events import CommentAdded, Event, PullRequestChanged
from simulators.azure.subscriptions import VERSIONS
from simulators.faults import Fault, answer_lost
from tests.providers.benches.azure import AzureBench

pytestmark = pytest.mark.anyio

URL = "https://agnox.example.com/webhooks/azure/key"
SECRET = "s3cret:with colon"


async def test_a_project_gets_a_subscription_for_each_event(azure: AzureBench) -> None:
    made = await azure.provider.ensure_hooks("acme", URL, SECRET)
    found = [
        (each.event_type, each.resource_version, each.publisher_inputs.get("notificationType"))
        for each in azure.simulator.hooks.subscriptions.values()
    ]
    assert found == [
        ("git.pullrequest.created", "1.0", None),
        ("git.pullrequest.updated", "1.0", "PushNotification"),
        ("git.pullrequest.updated", "1.0", "StatusUpdateNotification"),
        ("git.pullrequest.merged", "1.0", None),
        ("ms.vss-code.git-pullrequest-comment-event", "2.0", None),
        ("git.push", "1.0", None),
        ("build.complete", "2.0", None),
        ("ms.vss-pipelines.run-state-changed-event", "5.1-preview.1", None),
        ("git.repo.renamed", "1.0-preview.1", None),
        ("git.repo.deleted", "1.0-preview.1", None),
    ]
    assert [hook.events[0] for hook in made] == [event for event, _, _ in found]
    for each in azure.simulator.hooks.subscriptions.values():
        assert each.publisher_inputs["projectId"] == azure.project.id
        assert "repository" not in each.publisher_inputs
        assert (each.url, each.consumer_inputs["basicAuthPassword"]) == (URL, SECRET)


async def test_a_repository_gets_its_own_and_leaves_the_project_alone(azure: AzureBench) -> None:
    await azure.provider.ensure_hooks("acme", URL, SECRET)
    await azure.provider.ensure_hooks("acme/shop", URL, SECRET)
    narrowed = [each.publisher_inputs.get("repository", "") for each in azure.simulator.hooks.subscriptions.values()]
    assert sorted(narrowed) == [""] * 10 + [azure.place.id] * 8
    await azure.provider.remove_hooks("acme/shop", URL)
    left = {each.event_type for each in azure.simulator.hooks.subscriptions.values()}
    assert len(azure.simulator.hooks.subscriptions) == 8
    assert "build.complete" not in left


async def test_hooks_of_others_are_left_alone(azure: AzureBench) -> None:
    other = azure.simulator.add_project("other", bot_groups=["Project Administrators"])
    await azure.provider.ensure_hooks("other", URL, SECRET)
    theirs = azure.simulator.subscribe("git.push", "https://elsewhere.example/hook", azure.project)
    await azure.provider.ensure_hooks("acme", URL, SECRET)
    await azure.provider.remove_hooks("acme", URL)
    left = azure.simulator.hooks.subscriptions.values()
    assert {each.publisher_inputs["projectId"] for each in left if each is not theirs} == {other.id}
    assert theirs in left


@pytest.mark.parametrize(
    ("status", "active", "words"),
    [
        ("onProbation", True, "fewer"),
        ("disabledByUser", False, "by a person"),
        ("disabledBySystem", False, "too many failed"),
        ("disabledByInactiveIdentity", False, "is gone"),
        ("somethingNew", False, "somethingNew"),
    ],
)
async def test_what_is_wrong_is_told_and_set_right(azure: AzureBench, status: str, active: bool, words: str) -> None:
    await azure.provider.ensure_hooks("acme", URL, SECRET)
    push = next(each for each in azure.simulator.hooks.subscriptions.values() if each.event_type == "git.push")
    push.status = status  # type: ignore[assignment]
    [hook] = [each for each in await azure.provider.hooks("acme", URL) if each.problem]
    assert (hook.id, hook.active, hook.events) == (push.id, active, ("git.push",))
    assert words in hook.problem
    assert not any(each.problem for each in await azure.provider.ensure_hooks("acme", URL, SECRET))
    assert push.status == "enabled"


async def test_duplicates_are_mended(azure: AzureBench) -> None:
    azure.simulator.subscribe("git.push", URL, azure.project)
    azure.simulator.subscribe("git.push", URL, azure.project)
    await azure.provider.ensure_hooks("acme", URL, SECRET)
    assert len(azure.simulator.hooks.subscriptions) == 10


@pytest.mark.parametrize("place", ["", "..", "nowhere", "acme/nowhere", "a/b/c", "acme/.."])
async def test_what_is_no_place(azure: AzureBench, place: str) -> None:
    with pytest.raises(Rejected, match="expected PROJECT or PROJECT/REPOSITORY"):
        await azure.provider.ensure_hooks(place, URL, SECRET)


async def test_who_is_no_administrator_is_told_so() -> None:
    bench = AzureBench()
    assert bench.bot is not None
    bench.simulator.leave(bench.bot, bench.simulator.group("Project Administrators", bench.project))
    bench.simulator.join(bench.bot, bench.simulator.group("Contributors", bench.project))
    with pytest.raises(Forbidden, match="Edit subscriptions"):
        await bench.provider.ensure_hooks("acme", URL, SECRET)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="POST", path="hooks/subscriptions$", skip=3, times=None, status=400, body=b'{"message":"no"}'),
        Fault(method="POST", path="hooks/subscriptions$", skip=3, times=None, status=403),
        answer_lost(method="POST", path="hooks/subscriptions$", skip=3),
    ],
)
async def test_a_failure_half_way_leaves_nothing_that_was_not_there(azure: AzureBench, fault: Fault) -> None:
    first = azure.simulator.subscribe("git.pullrequest.created", URL, azure.project)
    azure.fault(replace(fault))
    with pytest.raises(ProviderError):
        await azure.provider.ensure_hooks("acme", URL, SECRET)
    assert list(azure.simulator.hooks.subscriptions.values()) == [first]


async def test_what_cannot_be_undone_is_still_told(azure: AzureBench) -> None:
    json = {"content-type": "application/json"}
    refused = Fault(
        method="POST",
        path="subscriptions$",
        skip=3,
        times=None,
        status=400,
        headers=json,
        body=b'{"message":"no more"}',
    )
    azure.fault(refused)
    azure.fault(Fault(method="GET", path="(eventtypes|subscriptions)$", skip=1, times=None, status=503))
    with pytest.raises(Rejected, match="no more"):
        await azure.provider.ensure_hooks("acme", URL, SECRET)


async def test_events_that_the_server_does_not_know_are_passed_over(collection: AzureBench) -> None:
    older = {name: versions for name, versions in VERSIONS.items() if name != COMMENT} | {"build.complete": ("1.0",)}
    collection.simulator.hooks.versions = older
    made = await collection.provider.ensure_hooks("acme", URL, SECRET)
    assert {hook.events[0] for hook in made} == set(VERSIONS) - {COMMENT, "build.complete"}
    assert len(collection.simulator.hooks.subscriptions) == 8


async def test_a_server_without_the_newer_events_gets_the_others(collection: AzureBench) -> None:
    older = {name: versions for name, versions in VERSIONS.items() if "preview" not in versions[0]}
    collection.simulator.hooks.versions = older
    made = await collection.provider.ensure_hooks("acme", URL, SECRET)
    assert {hook.events[0] for hook in made} == set(older)


async def test_an_event_that_is_refused_for_its_filter_is_done_without(azure: AzureBench) -> None:
    body = b'{"message":"runStateId is not valid"}'
    json = {"content-type": "application/json"}
    azure.fault(Fault(method="POST", path="hooks/subscriptions$", skip=7, status=400, headers=json, body=body))
    made = {hook.events[0] for hook in await azure.provider.ensure_hooks("acme", URL, SECRET)}
    assert RUN_STATE not in made and {"build.complete", "git.repo.deleted"} <= made


async def test_a_server_that_knows_none_of_our_events_takes_no_hook(collection: AzureBench) -> None:
    collection.simulator.hooks.versions = {"workitem.created": ("1.0",)}
    with pytest.raises(Rejected, match="is not known"):
        await collection.provider.ensure_hooks("acme", URL, SECRET)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_secret_is_sent_as_the_host_sends_any(azure: AzureBench, scheme: str) -> None:
    await azure.provider.ensure_hooks("acme", URL.replace("https", scheme), SECRET)
    event = azure.simulator.events.pull_request_created(azure.request)
    [subscription] = [each for each in azure.simulator.hooks.subscriptions.values() if each.wants(event)]
    delivery = azure.simulator.hooks.prepare(event, subscription)
    headers = {name.lower(): value for name, value in delivery.headers.items()}
    assert ("authorization" in headers) is (scheme == "https")
    AzureWebhooks().verify(headers, delivery.body, [SECRET])


async def test_what_rings_is_proven_and_read(azure: AzureBench) -> None:
    await azure.provider.ensure_hooks("acme", URL, SECRET)
    heard: list[Event] = []
    keys: set[str] = set()
    hooks = AzureWebhooks()

    async def door(request: Request) -> Response:
        headers, body = dict(request.headers), await request.body()
        hooks.verify(headers, body, [SECRET])
        with pytest.raises(InvalidSignature):
            hooks.verify(headers, body, ["another"])
        identity = hooks.identify(headers, body)
        keys.add(identity.dedupe_key)
        heard.extend(hooks.parse(identity.event, headers, body))
        return Response(status_code=202)

    simulator = azure.simulator
    client = TestClient(Starlette(routes=[Route("/webhooks/azure/key", door, methods=["POST"])]))
    comment = simulator.add_comment(azure.request, "mallory", "/agnox rerun")
    events = [
        simulator.events.pull_request_created(azure.request),
        simulator.events.comment(comment),
    ]
    for event in events:
        assert simulator.publish(event, client)
    [opened, said] = heard
    assert isinstance(opened, PullRequestChanged)
    assert (opened.action, opened.pull_request.repository) == ("opened", azure.repository)
    assert opened.pull_request.head_sha == azure.request.head
    assert isinstance(said, CommentAdded)
    assert (said.comment.id, said.body) == (f"{comment.thread.id}/1", "/agnox rerun")
    assert (await azure.provider.get_comment(said.comment)).body == said.body
    assert len(keys) == 2
