"""Webhooks that we make, and what they bring."""

import base64

import pytest

from providers.errors import Forbidden, ProviderError, Rejected
from providers.events import CommentAdded, Event, PipelineStarted, PullRequestChanged, RunChanged
from providers.gitlab.webhooks import GitlabWebhooks
from providers.interface import Connection
from simulators.faults import Fault
from simulators.gitlab import Hook, Level
from tests.providers.benches.gitlab import GitlabBench

pytestmark = pytest.mark.anyio

URL = "https://agnox.example.com/webhooks/gitlab/key"
SIGNING = "whsec_" + base64.b64encode(bytes(range(32))).decode()
# What GitLab before 19.0 answers, which knows no signing tokens.
OLD = b'{"id": 7, "url": "https://agnox.example.com/webhooks/gitlab/key", "token_present": false}'


def hooks(bench: GitlabBench) -> list[Hook]:
    return list(bench.simulator.hooks.all.values())


async def test_a_projects_hook_brings_what_we_read(gitlab: GitlabBench) -> None:
    [made] = await gitlab.provider.ensure_hooks("acme/shop", URL, "secret")
    [hook] = hooks(gitlab)
    assert (hook.owner, hook.token, hook.signing_token) == (gitlab.place, "secret", None)
    assert {name for name, on in hook.flags.items() if on} == {f"{name}_events" for name in made.events}
    assert set(made.events) == {"merge_requests", "note", "pipeline", "push"}
    assert (hook.branch_filter, hook.verify_tls) == ("main", True)
    assert (made.active, made.problem) == (True, "")


async def test_a_signing_token_signs_what_verify_proves(gitlab: GitlabBench) -> None:
    await gitlab.provider.ensure_hooks(str(gitlab.place.id), URL, "plain")
    [made] = await gitlab.provider.ensure_hooks("acme/shop", URL, SIGNING)
    [hook] = hooks(gitlab)
    assert (str(hook.id), hook.signing_token) == (made.id, SIGNING)
    assert not hook.token
    webhooks, simulator = GitlabWebhooks(gitlab.moment), gitlab.simulator
    note = simulator.add_note(gitlab.request, "mona", "/agnox rerun")
    assert note is not None
    for event, kind in (
        (simulator.events.note(note), CommentAdded),
        (simulator.events.merge_request("open", gitlab.request), PullRequestChanged),
    ):
        delivery = simulator.sign(event, hook)
        headers = {name.lower(): value for name, value in delivery.headers.items()}
        webhooks.verify(headers, delivery.body, [SIGNING])
        identity = webhooks.identify(headers, delivery.body)
        assert identity.dedupe_key == delivery.guid
        [found] = webhooks.parse(identity.event, {}, delivery.body)
        assert type(found) is kind


@pytest.mark.parametrize("merged", [False, True])
async def test_a_pipeline_of_the_merge_request_rings_and_one_of_statuses_alone_does_not(
    gitlab: GitlabBench, merged: bool
) -> None:
    await gitlab.provider.ensure_hooks("acme/shop", URL, "secret")
    [hook] = hooks(gitlab)
    begun = gitlab.simulator.add_merge_request_pipeline(gitlab.request, merged_results=merged)
    alone = gitlab.simulator.add_pipeline(gitlab.place, gitlab.request.sha, "feature", source="external")
    told: list[Event] = []
    for pipeline in (begun, alone):
        delivery = gitlab.simulator.sign(gitlab.simulator.events.pipeline(pipeline), hook)
        told += GitlabWebhooks().parse("pipeline", {}, delivery.body)
    started, run = told
    assert started == PipelineStarted("", gitlab.repository, 1, begun.sha)
    assert isinstance(run, RunChanged)
    assert (run.run.id, run.run.numbers, run.run.branch) == (str(begun.id), (1,), "feature")
    assert (begun.sha == gitlab.request.sha) is not merged


async def test_a_groups_hook_asks_for_the_same(gitlab: GitlabBench) -> None:
    group = gitlab.place.namespace
    gitlab.simulator.add_member(group, gitlab.token.user.username, Level.OWNER)
    for secret in ("one", "two"):
        [made] = await gitlab.provider.ensure_hooks("acme", URL, secret)
    [hook] = hooks(gitlab)
    assert (hook.owner, hook.token) == (group, "two")
    assert set(made.events) == {"merge_requests", "note", "pipeline", "push"}
    assert hook.branch_filter is None
    assert list(await gitlab.provider.hooks("acme", URL)) == [made]
    await gitlab.provider.remove_hooks("acme", URL)
    assert hooks(gitlab) == []


async def test_duplicates_go_and_hooks_of_others_stay(gitlab: GitlabBench) -> None:
    first, _, foreign = (gitlab.simulator.add_hook(gitlab.place, url) for url in (URL, URL, f"{URL}2"))
    [made] = await gitlab.provider.ensure_hooks("acme/shop", URL, "secret")
    assert made.id == str(first.id)
    assert hooks(gitlab) == [first, foreign]
    await gitlab.provider.remove_hooks("acme/shop", URL)
    assert hooks(gitlab) == [foreign]


async def test_a_hook_that_gitlab_has_switched_off_says_why(gitlab: GitlabBench) -> None:
    hook = gitlab.simulator.add_hook(gitlab.place, URL)
    told = []
    for failures, until in ((0, None), (4, gitlab.simulator.state.now().replace(year=2030)), (40, None)):
        hook.failures, hook.disabled_until = failures, until
        [seen] = await gitlab.provider.hooks("acme/shop", URL)
        told.append((seen.active, seen.problem))
    assert told[0] == (True, "")
    assert (told[1][0], "until 2030-" in told[1][1]) == (False, True)
    assert (told[2][0], "disabled" in told[2][1]) == (False, True)


@pytest.mark.parametrize("place", ["acme/unknown", "nobody", "", " / ", "..", "acme/../shop"])
async def test_a_place_that_takes_no_hooks_is_rejected(gitlab: GitlabBench, place: str) -> None:
    for call in (
        lambda: gitlab.provider.ensure_hooks(place, URL, "secret"),
        lambda: gitlab.provider.hooks(place, URL),
        lambda: gitlab.provider.remove_hooks(place, URL),
    ):
        with pytest.raises(Rejected):
            await call()


async def test_a_role_that_makes_no_hooks_is_forbidden(gitlab: GitlabBench) -> None:
    weak = gitlab.simulator.add_access_token(gitlab.place, Level.DEVELOPER)
    provider = gitlab.host.connect(Connection(credential=weak.value, base_url=gitlab.url))
    with pytest.raises(Forbidden):
        await provider.ensure_hooks("acme/shop", URL, "secret")


async def test_a_signing_token_is_refused_where_gitlab_does_not_know_them(gitlab: GitlabBench) -> None:
    json = {"content-type": "application/json"}
    gitlab.fault(Fault(method="POST", path="/hooks$", status=201, headers=json, body=OLD))
    removed = gitlab.fault(Fault(method="DELETE", path="/hooks/7$", status=204))
    with pytest.raises(Rejected, match="signing tokens"):
        await gitlab.provider.ensure_hooks("acme/shop", URL, SIGNING)
    assert removed.hits == 1
    gitlab.fault(Fault(method="GET", path="/hooks$", status=200, headers=json, body=b"[" + OLD + b"]"))
    gitlab.calls()
    with pytest.raises(Rejected, match="signing tokens"):
        await gitlab.provider.ensure_hooks("acme/shop", URL, SIGNING)
    assert gitlab.calls()[1] == 0


async def test_a_signing_token_that_is_passed_over_without_a_word_is_refused(gitlab: GitlabBench) -> None:
    gitlab.simulator.state.signs_webhooks = False
    with pytest.raises(Rejected, match="switched off"):
        await gitlab.provider.ensure_hooks("acme/shop", URL, SIGNING)
    assert hooks(gitlab) == []
    await gitlab.provider.ensure_hooks("acme/shop", URL, "secret")
    with pytest.raises(Rejected, match="switched off"):
        await gitlab.provider.ensure_hooks("acme/shop", URL, SIGNING)
    [hook] = hooks(gitlab)
    assert (hook.token, hook.signing_token) == ("secret", None)


async def test_a_hook_that_would_not_sign_is_refused_even_if_it_will_not_go(gitlab: GitlabBench) -> None:
    gitlab.simulator.state.signs_webhooks = False
    gitlab.fault(Fault(method="DELETE", path="/hooks/", status=503, times=None))
    with pytest.raises(Rejected, match="switched off"):
        await gitlab.provider.ensure_hooks("acme/shop", URL, SIGNING)


async def test_an_address_that_gitlab_will_not_call_is_rejected(gitlab: GitlabBench) -> None:
    told = b'{"error": "Invalid url given"}'
    json = {"content-type": "application/json"}
    gitlab.fault(Fault(method="POST", path="/hooks$", status=422, headers=json, body=told))
    with pytest.raises(ProviderError, match="GitLab answered 422: Invalid url given") as refused:
        await gitlab.provider.ensure_hooks("acme/shop", URL, "secret")
    assert isinstance(refused.value, Rejected)
