"""Connections under weather: sign-in pages, limits, strange answers, service principals, two organizations at once."""

import asyncio
from datetime import UTC, datetime
from typing import Literal

import pytest

from providers.errors import Forbidden, NotFound, RateLimited, Rejected, Unauthenticated, Unavailable
from providers.interface import Connection
from providers.values import Slot
from simulators.azure import RateLimit
from simulators.faults import Fault, cut_off, html_page
from tests.providers.benches.azure import AzureBench
from tests.providers.weather import JSON, PULL, read

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("sign_in", [203, 302, 401])
async def test_a_wrong_token_is_unauthenticated_however_it_is_told(sign_in: Literal[203, 302, 401]) -> None:
    bench = AzureBench(fields={"sign_in": sign_in})
    bench.revoke()
    with pytest.raises(Unauthenticated, match=f"Azure DevOps answered {sign_in}"):
        await read(bench)
    assert not any("_signin" in call.path for call in bench.simulator.calls)


async def test_a_page_for_people_is_no_answer(azure: AzureBench) -> None:
    azure.fault(html_page(200, path=PULL))
    with pytest.raises(Unauthenticated, match="sign-in page"):
        await read(azure)
    azure.fault(html_page(502, path=PULL))
    with pytest.raises(Unavailable, match="Azure DevOps answered 502"):
        await read(azure)


async def test_a_token_without_the_scope_is_no_wrong_token(azure: AzureBench) -> None:
    token = azure.simulator.token_for(azure.bot, scopes=["vso.code"])
    weak = azure.host.connect(Connection(credential=token, base_url=azure.url))
    with pytest.raises(Forbidden, match="TF400813"):
        await weak.put_comment(azure.repository, 1, "words", Slot())


async def test_an_answer_that_is_cut_off_is_unavailable(azure: AzureBench) -> None:
    azure.fault(cut_off(path=PULL))
    with pytest.raises(Unavailable):
        await read(azure)


@pytest.mark.parametrize("body", [b"[]", b"7", b'"words"', b"{", b'{"value": 7}', b"null", b'{"pullRequestId": "x"}'])
async def test_answers_of_another_shape_are_unavailable(azure: AzureBench, body: bytes) -> None:
    azure.fault(Fault(method="GET", path=PULL, status=200, headers=JSON, body=body))
    with pytest.raises(Unavailable):
        await read(azure)


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (404, "TF401019: The Git repository with name or identifier x does not exist.", NotFound),
        (403, "TF401027: You need the Git 'PullRequestContribute' permission.", Forbidden),
        (401, "TF400813: The user 'x' is not authorized to access this resource.", Forbidden),
        (401, "TF400813: The user 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa' is not authorized.", Unauthenticated),
        (400, "VssVersionOutOfRangeException", Rejected),
        (400, "TF401180: The requested pull request was not found.", NotFound),
        (409, "TF401181", Rejected),
        (503, "TF400733: The request has been canceled", RateLimited),
        (403, "TF400733: The request has been canceled: exceeding usage of resource", RateLimited),
        (429, "", RateLimited),
        (500, "oops", Unavailable),
        (503, "oops", Unavailable),
    ],
)
async def test_refusals(azure: AzureBench, status: int, message: str, error: type[Exception]) -> None:
    body = f'{{"$id": "1", "message": "{message}", "typeKey": "x"}}'.encode()
    azure.fault(Fault(path=PULL, status=status, headers=JSON, body=body))
    with pytest.raises(error) as raised:
        await read(azure)
    assert type(raised.value) is error
    assert str(raised.value) == f"Azure DevOps answered {status}: {message or f'HTTP {status}'}"


async def test_nothing_is_asked_again_by_itself(azure: AzureBench) -> None:
    fault = azure.fault(Fault(path=PULL, status=503, headers={**JSON, "retry-after": "1"}, body=b"{}", times=None))
    with pytest.raises(RateLimited):
        await read(azure)
    assert fault.hits == 1


async def test_a_blocked_call_says_until_when(azure: AzureBench) -> None:
    azure.fault(Fault(path=PULL, status=429, headers={**JSON, "retry-after": "120"}, body=b"{}"))
    with pytest.raises(RateLimited) as limited:
        await read(azure)
    assert limited.value.retry_at == datetime.fromtimestamp(azure.moment() + 120, UTC)
    before = len(azure.simulator.calls)
    with pytest.raises(RateLimited):
        await read(azure)
    assert len(azure.simulator.calls) == before
    azure.moment.seconds += 121
    await read(azure)


async def test_a_delayed_answer_is_taken_and_the_next_call_waits() -> None:
    bench = AzureBench(fields={"rate_limit": RateLimit(limit=3, delay=7)})
    for _ in range(2):
        await read(bench)
    bench.calls()
    await read(bench)
    assert bench.calls() == (1, 0)
    with pytest.raises(RateLimited, match="slow down") as limited:
        await read(bench)
    assert bench.calls() == (0, 0)
    assert limited.value.retry_at > datetime.fromtimestamp(bench.moment(), UTC)
    bench.moment.seconds += 8
    await read(bench)
    assert bench.problems() == []


async def test_one_who_must_wait_holds_up_nobody_else(azure: AzureBench) -> None:
    other = AzureBench()
    second = azure.host.connect(Connection(credential=other.token, base_url=other.url, tenant="other"))
    azure.fault(Fault(path=PULL, status=429, headers={**JSON, "retry-after": "120"}, body=b"{}"))
    with pytest.raises(RateLimited):
        await read(azure)
    await second.get_pull_request(other.repository, 1)


async def test_two_organizations_in_one_process_do_not_mix() -> None:
    one, two = AzureBench(project="one"), AzureBench(server=True, project="two")
    host = one.host
    second = host.connect(two.connection)
    await asyncio.gather(
        *(one.provider.put_comment(one.repository, 1, f"one {index}", Slot()) for index in range(3)),
        *(second.put_comment(two.repository, 1, f"two {index}", Slot()) for index in range(3)),
    )
    assert {said.split()[-2] for said in one.comments()} == {"one"}
    assert {said.split()[-2] for said in two.comments()} == {"two"}
    for bench in (one, two):
        assert {call.authenticated_as for call in bench.simulator.calls} == {f"pat:{bench.bot.unique_name}"}
        assert bench.problems() == []
    await host.aclose()


async def test_tenants_share_nothing_though_their_credential_is_the_same(azure: AzureBench) -> None:
    same = azure.host.connect(azure.connection)
    assert same is azure.provider
    for changed in (
        Connection(azure.connection.installation, azure.token, azure.url, "another"),
        Connection("", azure.token, azure.url + "x", "acme"),
        Connection("", azure.token + "x", azure.url, "acme"),
    ):
        assert azure.host.connect(changed) is not azure.provider


async def test_where_things_are_is_asked_once(azure: AzureBench) -> None:
    for _ in range(3):
        await read(azure)
    asked = [call for call in azure.simulator.calls if call.method == "OPTIONS"]
    assert len(asked) == 1


async def test_old_servers_are_spoken_to_in_their_version() -> None:
    bench = AzureBench(server=True, fields={"latest_version": "6.0"})
    await read(bench)
    await bench.provider.put_comment(bench.repository, 1, "words", Slot())
    assert bench.problems() == []
