"""Calls under weather: limits, faults, strange hosts and renamed repositories."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from providers.errors import Forbidden, NotFound, RateLimited, Rejected, Unauthenticated, Unavailable
from providers.gitea import GiteaHost
from providers.interface import CiProvider, Connection
from providers.report import Verdict
from providers.values import Repository, Revision, Slot
from simulators.faults import Fault, cut_off, html_page, slow
from simulators.gitea.faults import refused, too_many_requests
from tests.providers.benches.gitea import GiteaBench
from tests.providers.samples import report, suite

pytestmark = pytest.mark.anyio

PULL = "/pulls/1$"
JSON = {"content-type": "application/json"}
SHOP = Repository("1", "acme/shop")


async def read(bench: GiteaBench) -> None:
    await bench.provider.get_pull_request(bench.repository, 1)


@asynccontextmanager
async def answered_by(
    answer: Callable[[httpx2.Request], httpx2.Response], base_url: str = "https://git.acme.com"
) -> AsyncIterator[CiProvider]:
    host = GiteaHost({}, transport=httpx2.MockTransport(answer))
    yield host.connect(Connection(credential="secret", base_url=base_url))
    await host.aclose()


async def test_a_limit_is_obeyed_in_silence(gitea: GiteaBench) -> None:
    gitea.fault(too_many_requests(72, path=PULL))
    with pytest.raises(RateLimited, match="Gitea answered 429: HTTP 429") as limited:
        await read(gitea)
    assert limited.value.retry_at.timestamp() == gitea.moment() + 72
    before = len(gitea.simulator.calls)
    with pytest.raises(RateLimited):
        await read(gitea)
    assert len(gitea.simulator.calls) == before
    gitea.moment.seconds += 73
    await read(gitea)


async def test_a_limit_that_names_no_time_grows(gitea: GiteaBench) -> None:
    gitea.fault(too_many_requests(path=PULL, times=3))
    waits = []
    for _ in range(3):
        with pytest.raises(RateLimited) as limited:
            await read(gitea)
        waits.append(limited.value.retry_at.timestamp() - gitea.moment())
        gitea.moment.seconds += waits[-1]
    assert waits == [60, 120, 240]
    await read(gitea)
    gitea.fault(too_many_requests(path=PULL))
    with pytest.raises(RateLimited) as limited:
        await read(gitea)
    assert limited.value.retry_at.timestamp() - gitea.moment() == 60


async def test_a_limit_of_one_token_does_not_stop_another(gitea: GiteaBench) -> None:
    other = gitea.host.connect(
        Connection(credential=gitea.simulator.token("agnox"), base_url=gitea.connection.base_url)
    )
    gitea.fault(too_many_requests(600, path=PULL))
    with pytest.raises(RateLimited):
        await read(gitea)
    await other.get_pull_request(gitea.repository, 1)


async def test_maintenance_with_a_time_is_waited_for(gitea: GiteaBench) -> None:
    gitea.fault(Fault(path=PULL, status=503, headers={"retry-after": "120"}))
    with pytest.raises(RateLimited):
        await read(gitea)


@pytest.mark.parametrize(
    "fault",
    [
        *(html_page(status, path=PULL) for status in (200, 302, 502, 503)),
        *(Fault(path=PULL, status=status) for status in (200, 204, 408, 500, 520)),
        *(
            Fault(path=PULL, status=200, headers=JSON, body=body)
            for body in (b'{"number": 1', b"[1]", b"null", b"\xff")
        ),
    ],
)
async def test_broken_answers_are_unavailable(gitea: GiteaBench, fault: Fault) -> None:
    gitea.fault(fault)
    with pytest.raises(Unavailable):
        await read(gitea)
    await read(gitea)


async def test_gitea_s_own_words_reach_the_caller(gitea: GiteaBench) -> None:
    gitea.fault(refused(403, "user should have a permission to write to a repo", path=PULL))
    with pytest.raises(Forbidden, match=r"Gitea answered 403: user should have a permission to write to a repo$"):
        await read(gitea)
    gitea.fault(refused(423, "acme/shop is archived", path=PULL))
    with pytest.raises(Rejected, match="423: acme/shop is archived"):
        await read(gitea)


async def test_over_a_real_socket(gitea: GiteaBench) -> None:
    with gitea.simulator.serve() as url:
        host = GiteaHost({})
        provider = host.connect(Connection(credential=gitea.token, base_url=f"{url}/api/v1/"))
        body = provider.render_comment(report(suite(Verdict.PASSED)))
        gitea.fault(cut_off(method="POST", path="/comments$"))
        with pytest.raises(Unavailable, match="Gitea can't be reached"):
            await provider.put_comment(gitea.repository, 1, body, Slot())
        written = await provider.put_comment(gitea.repository, 1, body, Slot(unsure=True))
        assert gitea.comments() == [body]
        assert written.url.startswith(url)
        await host.aclose()


async def test_a_dripping_host_is_left_in_the_end(gitea: GiteaBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.origin.TOTAL_TIMEOUT", 0.01)
    gitea.fault(slow(5, path=PULL))
    with pytest.raises(Unavailable, match="TimeoutError"):
        await read(gitea)


async def test_an_endless_answer_is_not_read(gitea: GiteaBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.origin.MAX_BYTES", 1000)
    with pytest.raises(Rejected, match="more than 1,000 bytes"):
        await read(gitea)


async def test_a_renamed_repository_is_followed_whatever_the_method(gitea: GiteaBench) -> None:
    gitea.rename("globex/store")
    body = gitea.provider.render_comment(report(suite(Verdict.PASSED)))
    written = await gitea.provider.put_comment(gitea.repository, 1, body, Slot())
    check = gitea.provider.render_check(suite(Verdict.PASSED), report(suite(Verdict.PASSED)))
    await gitea.provider.put_status(Revision(gitea.repository, gitea.pull.head_sha), check, Slot())
    assert gitea.comments() == [body]
    assert "globex/store" in written.url
    assert [status.state for status in gitea.statuses()] == ["success"]


@pytest.mark.parametrize("location", ["https://evil.example/x", "//evil.example/x", "http://git.acme.com/x"])
async def test_a_redirect_elsewhere_is_not_followed(location: str) -> None:
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(307, headers={"location": location})

    async with answered_by(answer) as provider:
        with pytest.raises(Rejected, match="is not the host that our token is for"):
            await provider.get_pull_request(SHOP, 1)
    assert asked == ["https://git.acme.com/api/v1/repos/acme/shop/pulls/1"]


async def test_a_redirect_is_followed_once() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(307, headers={"location": str(request.url)})

    async with answered_by(answer) as provider:
        with pytest.raises(Unavailable, match="307"):
            await provider.get_pull_request(SHOP, 1)


async def test_the_token_goes_in_a_header_to_the_instance_below_its_root() -> None:
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append((str(request.url), request.headers["authorization"]))
        return httpx2.Response(401, json={"message": "user does not exist [uid: 0, name: ]"})

    async with answered_by(answer, "https://acme.com/git/") as provider:
        with pytest.raises(Unauthenticated, match="user does not exist"):
            await provider.inspect()
    assert asked == [("https://acme.com/git/api/v1/user", "token secret")]


@pytest.mark.parametrize("path", ["acme", "acme/", "/shop", "acme/..", "../app", "a/b/c", ""])
async def test_odd_names_never_become_another_address(gitea: GiteaBench, path: str) -> None:
    with pytest.raises((NotFound, Rejected)):
        await gitea.provider.get_pull_request(Repository("1", path), 1)
    assert gitea.simulator.calls == []


@pytest.mark.parametrize("counted", [True, False])
async def test_lists_are_read_to_their_end_though_pages_are_short(counted: bool) -> None:
    """An instance may give fewer than asked for; then only the count, or an empty page, tells the end."""
    everything = [{"id": number, "full_name": f"acme/r{number}"} for number in range(1, 8)]

    def answer(request: httpx2.Request) -> httpx2.Response:
        page = int(request.url.params["page"])
        headers = {"x-total-count": "7"} if counted else {}
        asked.append(page)
        return httpx2.Response(200, json=everything[3 * page - 3 : 3 * page] or None, headers=headers)

    asked: list[int] = []
    async with answered_by(answer) as provider:
        assert [found.id for found in await provider.repositories()] == [str(number) for number in range(1, 8)]
    assert asked == ([1, 2, 3] if counted else [1, 2, 3, 4])
