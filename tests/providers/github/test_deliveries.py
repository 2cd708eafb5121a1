"""Lost deliveries are asked for again, each once."""

from datetime import UTC, datetime, timedelta

import pytest

from providers.errors import RateLimited
from providers.github import GithubHost
from providers.runs import Resent
from simulators.faults import Fault
from simulators.github.faults import secondary_limit
from simulators.webhooks import Delivery
from tests.providers.benches.github import GithubBench

pytestmark = pytest.mark.anyio

AGAIN = r"/attempts$"


def delivery(bench: GithubBench, status: int) -> Delivery:
    made = bench.simulator.sign(bench.simulator.events.pull_request("opened", bench.request))
    made.answered(status, {}, "")
    return made


def since(bench: GithubBench, **ago: float) -> datetime:
    return datetime.fromtimestamp(bench.moment(), UTC) - timedelta(**ago)


def redelivered(bench: GithubBench) -> list[str]:
    return [each.guid for each in bench.simulator.state.deliveries.values() if each.redelivery]


async def test_what_failed_is_sent_again(github: GithubBench) -> None:
    lost = [delivery(github, status) for status in (503, 504, 400)]
    delivery(github, 202)
    assert await github.host.resend_missed(since(github, hours=1)) == Resent(3)
    assert sorted(redelivered(github)) == sorted(each.guid for each in lost)


async def test_what_was_taken_in_another_attempt_is_left_alone(github: GithubBench) -> None:
    lost = delivery(github, 503)
    await github.host.resend_missed(since(github, hours=1))
    (again,) = [each for each in github.simulator.state.deliveries.values() if each.redelivery]
    assert again.guid == lost.guid
    again.answered(202, {}, "")
    github.moment.seconds += 3600
    assert await github.host.resend_missed(since(github, hours=3)) == Resent(0)


async def test_an_attempt_under_way_is_waited_for_and_five_are_enough(github: GithubBench) -> None:
    delivery(github, 503)
    for expected in (1, 1, 1, 1, 0):
        assert await github.host.resend_missed(since(github, days=3)) == Resent(expected)
        assert await github.host.resend_missed(since(github, days=3)) == Resent(0)
        github.moment.seconds += 3600
    assert len(redelivered(github)) == 4


async def test_what_is_older_than_asked_for_or_than_github_keeps_is_left_alone(github: GithubBench) -> None:
    delivery(github, 503)
    github.moment.seconds += 7200
    delivery(github, 503)
    assert await github.host.resend_missed(since(github, hours=1)) == Resent(1)
    github.moment.seconds += 4 * 86_400
    assert await github.host.resend_missed(since(github, days=30)) == Resent(0)


async def test_all_pages_are_read(github: GithubBench) -> None:
    lost = delivery(github, 503)
    for _ in range(250):
        delivery(github, 200)
    assert await github.host.resend_missed(since(github, hours=1)) == Resent(1)
    assert redelivered(github) == [lost.guid]


async def test_one_that_is_refused_does_not_stop_the_others(github: GithubBench) -> None:
    delivery(github, 503)
    delivery(github, 503)
    body = b'{"message": "This delivery can not be redelivered"}'
    github.fault(Fault("POST", AGAIN, status=422, headers={"content-type": "application/json"}, body=body))
    found = await github.host.resend_missed(since(github, hours=1))
    assert (found.count, "can not be redelivered" in found.problem) == (1, True)
    github.fault(secondary_limit(path=AGAIN))
    github.moment.seconds += 3600
    with pytest.raises(RateLimited):
        await github.host.resend_missed(since(github, hours=2))


async def test_there_is_nothing_to_ask_for_without_an_app(github: GithubBench) -> None:
    host = GithubHost({})
    assert await host.resend_missed(since(github, days=1)) == Resent(0)
    assert await github.provider.resend_missed("acme/shop", "https://bot.example.com", since(github)) == Resent(0)
    await host.aclose()
