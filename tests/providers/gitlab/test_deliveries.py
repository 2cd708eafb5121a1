"""What GitLab could not deliver."""

from datetime import UTC, datetime, timedelta

import pytest

from providers.runs import Resent
from simulators.faults import Fault
from simulators.gitlab import Hook, Level
from simulators.webhooks import Delivery
from tests.providers.benches.gitlab import GitlabBench

pytestmark = pytest.mark.anyio

URL = "http://127.0.0.1:9/webhooks/gitlab/key"


def lose(bench: GitlabBench, hook: Hook, status: int = 503) -> Delivery:
    delivery = bench.simulator.sign(bench.simulator.events.merge_request("update", bench.request), hook)
    delivery.answered(status, {}, "")
    return delivery


def again(hook: Hook) -> list[str]:
    return [delivery.guid for delivery in hook.sent if delivery.redelivery]


async def missed(bench: GitlabBench, since: datetime | None = None) -> Resent:
    since = since or bench.simulator.state.now() - timedelta(days=3)
    return await bench.provider.resend_missed("acme/shop", URL, since)


@pytest.fixture
def hook(gitlab: GitlabBench) -> Hook:
    return gitlab.simulator.add_hook(gitlab.place, URL, token="t", merge_requests_events=True)


async def test_what_was_never_taken_is_sent_again_once(gitlab: GitlabBench, hook: Hook) -> None:
    gitlab.simulator.add_hook(gitlab.place, f"{URL}/other")
    lost = [lose(gitlab, hook, status) for status in (503, 502, 404)]
    taken = lose(gitlab, hook, 503)
    lose(gitlab, hook, 200)
    gitlab.simulator.hooks.resend_soon(hook, taken)
    hook.sent[-1].answered(202, {}, "")
    gitlab.simulator.hooks._waiting.clear()
    before = again(hook)
    assert await missed(gitlab) == Resent(3)
    assert sorted(again(hook)[len(before) :]) == sorted(delivery.guid for delivery in lost)


async def test_nothing_lost_nothing_sent(gitlab: GitlabBench, hook: Hook) -> None:
    lose(gitlab, hook, 200)
    assert await missed(gitlab) == Resent()
    assert await gitlab.provider.resend_missed("acme/shop", f"{URL}/none", datetime.now(UTC)) == Resent()


async def test_jobs_do_not_take_the_place_of_all_else(gitlab: GitlabBench, hook: Hook) -> None:
    lost = lose(gitlab, hook)
    for _ in range(2):
        jobs = gitlab.simulator.sign(gitlab.simulator.events.job(gitlab.pipeline.jobs[0]), hook)
        jobs.answered(503, {}, "")
    assert await missed(gitlab) == Resent(1)
    assert again(hook) == [lost.guid]


async def test_only_five_are_sent_at_once_and_the_newest_first(gitlab: GitlabBench, hook: Hook) -> None:
    lost = [lose(gitlab, hook) for _ in range(8)]
    told = await missed(gitlab)
    assert told.count == 5
    assert told.problem == "3 more are left, since GitLab sends 5 a minute again"
    assert again(hook) == [delivery.guid for delivery in reversed(lost[3:])]


async def test_what_is_older_is_left(gitlab: GitlabBench, hook: Hook) -> None:
    lose(gitlab, hook)
    gitlab.moment.seconds += 3600
    since = gitlab.simulator.state.now() - timedelta(minutes=5)
    recent = lose(gitlab, hook)
    assert await missed(gitlab, since) == Resent(1)
    assert again(hook) == [recent.guid]


async def test_many_pages_are_read(gitlab: GitlabBench, hook: Hook) -> None:
    lost = lose(gitlab, hook)
    for _ in range(45):
        lose(gitlab, hook, 200)
    assert await missed(gitlab) == Resent(1)
    assert again(hook) == [lost.guid]


async def test_a_hook_that_is_off_is_tested_which_switches_it_on(
    gitlab: GitlabBench, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.gitlab.hooks.post", lambda delivery, *_: delivery.answered(200, {}, ""))
    hook.failures = 40
    lose(gitlab, hook)
    refused = gitlab.fault(Fault(method="POST", path="/test/push_events$", status=422, times=1))
    told = await missed(gitlab)
    assert (told.count, refused.hits) == (0, 1)
    assert "switched the hook off" in told.problem
    assert await missed(gitlab) == Resent(1)
    assert [delivery.event for delivery in hook.sent[1:]] == ["Push Hook", "Merge Request Hook"]


async def test_a_group_is_looked_after_too(gitlab: GitlabBench) -> None:
    group = gitlab.place.namespace
    gitlab.simulator.add_member(group, gitlab.token.user.username, Level.OWNER)
    hook = gitlab.simulator.add_hook(group, URL, merge_requests_events=True)
    lose(gitlab, hook)
    assert await gitlab.provider.resend_missed("acme", URL, datetime(2000, 1, 1, tzinfo=UTC)) == Resent(1)
