"""Service hooks: made once, set right when they went wrong, and proven by their secret when they ring."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from providers.azure.webhooks import AzureWebhooks
from providers.errors import Forbidden, InvalidSignature, Rejected
from providers.events import CommentAdded, Event, PullRequestChanged
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
    assert sorted(narrowed) == [""] * 7 + [azure.place.id] * 6
    await azure.provider.remove_hooks("acme/shop", URL)
    left = {each.event_type for each in azure.simulator.hooks.subscriptions.values()}
    assert len(azure.simulator.hooks.subscriptions) == 6
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
    assert len(azure.simulator.hooks.subscriptions) == 7


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
