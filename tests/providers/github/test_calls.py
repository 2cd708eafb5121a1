"""Calls under weather: limits, faults, clocks, tokens, strange hosts and renamed repositories."""

from datetime import UTC, datetime

import httpx2
import pytest

from providers.errors import (
    Forbidden,
    RateLimited,
    Rejected,
    Unavailable,
)
from providers.github import GithubHost
from providers.github.cache import ScopedCache, shared_cache
from providers.interface import Connection
from providers.report import Verdict
from providers.values import Account, Reaction, Repository, Revision, Slot
from simulators.faults import Fault, cut_off, html_page, slow
from simulators.github.faults import rate_limited, secondary_limit
from tests.providers.benches.github import APP_ID, GithubBench, private_key
from tests.providers.samples import many, report, suite
from tests.providers.weather import JSON, PULL, read

pytestmark = pytest.mark.anyio


def epoch(bench: GithubBench) -> int:
    return int(bench.moment())


async def test_primary_limit_waits_for_its_reset(github: GithubBench) -> None:
    github.fault(rate_limited(epoch(github) + 600, path=PULL))
    with pytest.raises(RateLimited) as limited:
        await read(github)
    assert limited.value.retry_at.timestamp() == epoch(github) + 601
    before = len(github.simulator.calls)
    with pytest.raises(RateLimited):
        await read(github)
    assert len(github.simulator.calls) == before
    github.moment.seconds += 602
    await read(github)


async def test_a_reset_in_the_past_is_not_believed(github: GithubBench) -> None:
    github.fault(rate_limited(epoch(github) - 600, path=PULL))
    with pytest.raises(RateLimited) as limited:
        await read(github)
    assert limited.value.retry_at.timestamp() == epoch(github) + 60


async def test_reset_is_read_by_the_hosts_clock(github: GithubBench) -> None:
    await read(github)
    github.ahead = 300
    github.fault(rate_limited(epoch(github) + 600, path=PULL))
    with pytest.raises(RateLimited) as limited:
        await read(github)
    assert limited.value.retry_at.timestamp() == epoch(github) + 301


@pytest.mark.parametrize("status", [403, 429])
async def test_secondary_limit_obeys_retry_after(github: GithubBench, status: int) -> None:
    github.fault(secondary_limit(72, status, path=PULL))
    with pytest.raises(RateLimited, match="secondary rate limit") as limited:
        await read(github)
    assert limited.value.retry_at == datetime.fromtimestamp(epoch(github) + 72, UTC)


async def test_secondary_limit_without_retry_after_grows(github: GithubBench) -> None:
    github.fault(secondary_limit(path=PULL, times=6))
    waits = []
    for _ in range(6):
        with pytest.raises(RateLimited) as limited:
            await read(github)
        waits.append(limited.value.retry_at.timestamp() - epoch(github))
        github.moment.seconds += waits[-1]
    assert waits == [60, 120, 240, 480, 960, 960]
    await read(github)
    github.fault(secondary_limit(path=PULL))
    with pytest.raises(RateLimited) as limited:
        await read(github)
    assert limited.value.retry_at.timestamp() - epoch(github) == 60


async def test_a_limit_of_one_installation_does_not_stop_another(github: GithubBench) -> None:
    other = github.simulator.add_repository("umbrella/app")
    second = github.host.connect(Connection(installation=str(github.simulator.install("umbrella").id)))
    github.fault(rate_limited(epoch(github) + 600, path=PULL))
    with pytest.raises(RateLimited):
        await read(github)
    assert await second.repositories() == [Repository(str(other.id), "umbrella/app")]


@pytest.mark.parametrize(
    "fault",
    [
        *(html_page(status, path=PULL) for status in (200, 301, 502, 503)),
        *(Fault(path=PULL, status=status) for status in (200, 408, 520)),
        *(Fault(path=PULL, status=200, headers=JSON, body=body) for body in (b'{"number": 1', b"[1]", b"\xff")),
    ],
)
async def test_broken_answers_are_unavailable(github: GithubBench, fault: Fault) -> None:
    github.fault(fault)
    with pytest.raises(Unavailable):
        await read(github)
    await read(github)


async def test_over_a_real_socket(github: GithubBench) -> None:
    """A cut-off answer shows only here; the rest of the way is the same as in process."""
    with github.simulator.serve() as url:
        options = {"app_id": str(APP_ID), "private_key": private_key(), "api_url": f"{url}/api/v3"}
        host = GithubHost(options, now=github.moment)
        provider = host.connect(github.connection)
        body = provider.render_comment(report(suite(Verdict.PASSED)))
        github.fault(cut_off(method="POST", path="/comments$"))
        with pytest.raises(Unavailable, match="can't be reached"):
            await provider.put_comment(github.repository, 1, body, Slot())
        written = await provider.put_comment(github.repository, 1, body, Slot(unsure=True))
        assert github.comments() == [body]
        assert written.url.startswith(url)
        await host.aclose()


async def test_timeouts_and_lost_connections_are_unavailable() -> None:
    def fail(request: httpx2.Request) -> httpx2.Response:
        raise errors.pop()

    errors = [httpx2.ConnectError("refused"), httpx2.ReadTimeout("late"), httpx2.RemoteProtocolError("cut off")]
    host = GithubHost({}, transport=httpx2.MockTransport(fail))
    provider = host.connect(Connection(credential="t"))
    for _ in range(3):
        with pytest.raises(Unavailable, match="can't be reached"):
            await provider.permission(Repository("1", "acme/shop"), Account("", "carol"))
    await host.aclose()


async def test_a_dripping_host_is_left_in_the_end(github: GithubBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.origin.TOTAL_TIMEOUT", 0.01)
    github.fault(slow(5, path=PULL))
    with pytest.raises(Unavailable, match="TimeoutError"):
        await read(github)


async def test_githubs_own_words_reach_the_caller(github: GithubBench) -> None:
    body = b'{"message":"Validation Failed","errors":[{"message":"Body is too long (maximum is 65536 characters)"}]}'
    github.fault(Fault(path=PULL, status=422, headers=JSON, body=body))
    with pytest.raises(Rejected, match="422: Validation Failed: Body is too long"):
        await read(github)
    for errors, words in ((b'"odd"', "odd"), (b'[{"field":"sha","code":"missing"}]', "sha missing"), (b'["a"]', "a")):
        told = b'{"message":"No","errors":' + errors + b"}"
        github.fault(Fault(path=PULL, status=409, headers=JSON, body=told))
        with pytest.raises(Rejected, match=f"409: No: {words}"):
            await read(github)
    github.fault(Fault(path=PULL, status=451, body=b"[]"))
    with pytest.raises(Forbidden, match="HTTP 451"):
        await read(github)


async def test_what_was_written_before_a_limit_is_not_written_again(github: GithubBench) -> None:
    each = report(suite(Verdict.FAILED, *many(120)))
    check = github.provider.render_check(each.suites[0], each)
    revision = Revision(github.repository, github.pull.head_sha, 1)
    github.fault(secondary_limit(60, method="PATCH", path="/check-runs/", skip=1))
    with pytest.raises(RateLimited) as limited:
        await github.provider.put_check(revision, check, "run-1", Slot())
    part = limited.value.written
    assert part is not None
    assert part.state == "100"
    github.moment.seconds += 61
    whole = await github.provider.put_check(revision, check, "run-1", Slot(part.id, part.state, unsure=True))
    [seen] = github.checks()
    assert (whole.id, whole.state, len(seen.annotations)) == (seen.id, "120", 120)


async def test_unchanged_answers_cost_nothing(github: GithubBench) -> None:
    first = await github.provider.get_pull_request(github.repository, 1)
    assert await github.provider.get_pull_request(github.repository, 1) == first
    assert github.simulator.calls[-1].status == 304
    github.push()
    assert await github.provider.get_pull_request(github.repository, 1) != first


def test_the_cache_is_bounded_and_walled_off() -> None:
    shared = shared_cache(max_bytes=10 * 4096)
    one, two = ScopedCache(shared, "one"), ScopedCache(shared, "two")
    one["u"] = ('"e"', None, {"a": 1}, None)
    assert "u" not in two
    assert one["u"][2] == {"a": 1}
    one["page"] = ('"e"', None, [1] * 100, None)
    one["huge"] = ('"e"', None, "x" * 2**21, None)
    assert list(one) == ["u"]
    for index in range(50):
        two[str(index)] = ('"e"', None, {}, None)
    assert (len(one), len(two)) == (0, 10)
    del two["49"]
    assert len(two) == 9


async def test_writes_in_a_row_are_spaced(github: GithubBench) -> None:
    comment = github.stranger_says("/agnox rerun")
    start = github.moment()
    for _ in range(10):
        await github.provider.react(comment, Reaction.SEEN)
    assert github.moment() == start
    for _ in range(20):
        await github.provider.react(comment, Reaction.SEEN)
    assert github.moment() - start == 20
