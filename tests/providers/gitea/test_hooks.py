"""Webhooks that we make, and what they bring."""

import pytest

from providers.errors import Forbidden, ProviderError, Rejected, Unavailable
from providers.gitea.webhooks import GiteaWebhooks
from providers.interface import Connection
from providers.values import Repository
from simulators.faults import answer_lost
from simulators.gitea import Hook
from simulators.gitea.faults import refused
from tests.providers.benches.gitea import URL as INSTANCE
from tests.providers.benches.gitea import GiteaBench

pytestmark = pytest.mark.anyio

URL = "https://agnox.example.com/webhooks/gitea/key"


def hooks(bench: GiteaBench) -> list[Hook]:
    return bench.simulator.state.hooks_of(bench.place)


async def test_a_hook_brings_what_we_read_and_no_more(gitea: GiteaBench) -> None:
    [made] = await gitea.provider.ensure_hooks("acme/shop", URL, "secret")
    [hook] = hooks(gitea)
    assert (hook.secret, hook.active, hook.content_type) == ("secret", True, "json")
    assert (made.active, made.problem, made.url) == (True, "", URL)
    simulator, webhooks = gitea.simulator, GiteaWebhooks()
    comment = simulator.add_comment(gitea.request, "mona", "/agnox rerun")
    on_issue = simulator.add_comment(simulator.add_issue(gitea.place, "a question"), "mona", "hello")
    wanted = [
        simulator.events.issue_comment("created", comment),
        simulator.events.pull_request("opened", gitea.request),
        simulator.events.pull_request("synchronized", gitea.request),
    ]
    for event in wanted:
        [sent] = simulator.sign(event)
        headers = {name.lower(): value for name, value in sent.headers.items()}
        webhooks.verify(headers, sent.body, ["secret"])
        assert webhooks.parse(webhooks.identify(headers, sent.body).event, headers, sent.body)
    for event in (
        simulator.events.issue_comment("created", on_issue),
        simulator.events.pull_request("label_updated", gitea.request),
        simulator.events.push(gitea.place, "main"),
    ):
        assert simulator.sign(event) == []


async def test_a_new_secret_is_a_new_hook_since_gitea_changes_none(gitea: GiteaBench) -> None:
    foreign = gitea.simulator.add_hook(gitea.place, f"{URL}2", secret="theirs")
    for number in range(60):
        gitea.simulator.add_hook(gitea.place, f"https://other.example/{number}")
    gitea.simulator.add_hook(gitea.place, URL, secret="one")
    gitea.simulator.add_hook(gitea.place, URL, secret="two")
    [made] = await gitea.provider.ensure_hooks(str(gitea.place.id), URL, "three")
    ours = [hook for hook in hooks(gitea) if hook.url == URL]
    assert [(str(hook.id), hook.secret) for hook in ours] == [(made.id, "three")]
    await gitea.provider.remove_hooks("acme/shop", URL)
    assert len(hooks(gitea)) == 61
    assert foreign in hooks(gitea)


async def test_a_refusal_leaves_the_old_hook(gitea: GiteaBench) -> None:
    old = gitea.simulator.add_hook(gitea.place, URL, secret="one")
    gitea.fault(refused(422, "Invalid url", method="POST", path="/hooks$"))
    with pytest.raises(Rejected, match="Invalid url"):
        await gitea.provider.ensure_hooks("acme/shop", URL, "two")
    assert hooks(gitea) == [old]


async def test_a_lost_answer_leaves_one_hook_in_the_end(gitea: GiteaBench) -> None:
    gitea.fault(answer_lost(method="POST", path="/hooks$"))
    with pytest.raises(Unavailable):
        await gitea.provider.ensure_hooks("acme/shop", URL, "one")
    await gitea.provider.ensure_hooks("acme/shop", URL, "two")
    assert [hook.secret for hook in hooks(gitea)] == ["two"]


async def test_a_hook_that_is_asleep_or_deaf_says_so(gitea: GiteaBench) -> None:
    hook = gitea.simulator.add_hook(gitea.place, URL, events=["push", "issue_comment"])
    [deaf] = await gitea.provider.hooks("acme/shop", URL)
    assert (deaf.active, deaf.problem) == (
        False,
        "it does not hear of pull_request, pull_request_comment, pull_request_sync",
    )
    hook.active = False
    [asleep] = await gitea.provider.hooks("acme/shop", URL)
    assert (asleep.active, asleep.problem) == (False, "it is switched off on its page")


async def test_a_renamed_repository_is_found_by_its_old_name(gitea: GiteaBench) -> None:
    gitea.rename("globex/store")
    [made] = await gitea.provider.ensure_hooks("acme/shop", URL, "secret")
    assert [str(hook.id) for hook in hooks(gitea)] == [made.id]


@pytest.mark.parametrize("place", ["acme/unknown", "acme", "", " / ", "..", "acme/..", "a/b/c", "999999"])
async def test_a_place_that_is_no_repository_is_rejected(gitea: GiteaBench, place: str) -> None:
    for call in (
        lambda: gitea.provider.ensure_hooks(place, URL, "secret"),
        lambda: gitea.provider.hooks(place, URL),
        lambda: gitea.provider.remove_hooks(place, URL),
    ):
        with pytest.raises(Rejected, match="OWNER/NAME"):
            await call()


async def test_who_is_no_administrator_makes_no_hooks(gitea: GiteaBench) -> None:
    gitea.simulator.set_right(gitea.place, "writer", "write")
    provider = gitea.host.connect(Connection(credential=gitea.simulator.token("writer"), base_url=INSTANCE))
    with pytest.raises(Forbidden, match="admin"):
        await provider.ensure_hooks("acme/shop", URL, "secret")
    with pytest.raises(ProviderError):
        await provider.get_repository(Repository("", "acme"))
