"""Tokens: of an installation, of the app, of a person; their clocks and their ends."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from providers.errors import (
    Forbidden,
    RateLimited,
    Suspended,
    Unauthenticated,
    Unavailable,
)
from providers.github import GithubHost
from providers.interface import Connection
from providers.report import Verdict
from providers.values import Account, Repository, Revision, Slot
from simulators.faults import Fault
from simulators.github.faults import secondary_limit
from tests.providers.benches.github import APP_ID, GithubBench, private_key
from tests.providers.samples import report, suite
from tests.providers.weather import JSON, PULL, read

pytestmark = pytest.mark.anyio


async def test_missing_permission_is_forbidden(github: GithubBench) -> None:
    place = github.simulator.add_repository("small/app")
    installation = github.simulator.install("small", permissions={"metadata": "read", "pull_requests": "write"})
    provider = github.host.connect(Connection(installation=str(installation.id)))
    each = report(suite(Verdict.PASSED))
    revision = Revision(Repository(str(place.id), "small/app"), place.branches["main"])
    with pytest.raises(Forbidden, match="Resource not accessible by integration"):
        await provider.put_check(revision, provider.render_check(each.suites[0], each), "run-1", Slot())


async def test_a_clock_an_hour_off_is_corrected_once(github: GithubBench) -> None:
    for ahead in (3600.0, -3600.0):
        github.ahead = ahead
        github.host = github.new_host({"app_id": str(APP_ID), "private_key": private_key()})
        github.provider = github.host.connect(github.connection)
        github.simulator.calls.clear()
        await read(github)
        assert [call.status for call in github.simulator.calls] == [401, 201, 200]
        github.moment.seconds += 3500
        await read(github)
        assert [call.status for call in github.simulator.calls][3:] == [201, 304]


async def test_tokens_are_kept_renewed_and_replaced(github: GithubBench) -> None:
    def tokens() -> int:
        return sum(call.token_request for call in github.simulator.calls)

    await read(github)
    github.moment.seconds += 54 * 60
    await read(github)
    assert tokens() == 1
    github.moment.seconds += 2 * 60
    await read(github)
    assert tokens() == 2
    github.simulator.credentials._tokens.clear()
    await read(github)
    assert tokens() == 3


async def test_a_token_is_fetched_once_by_many(github: GithubBench) -> None:
    await asyncio.gather(
        *(github.provider.permission(github.repository, Account("", f"user{index}")) for index in range(10))
    )
    assert sum(call.token_request for call in github.simulator.calls) == 1


async def test_a_token_that_is_refused_twice_is_not_tried_again(github: GithubBench) -> None:
    bad = b'{"message":"Bad credentials"}'
    github.fault(Fault(path=PULL, status=401, times=None, headers=JSON, body=bad))
    with pytest.raises(Unauthenticated, match="Bad credentials"):
        await read(github)
    assert [call.status for call in github.simulator.calls] == [201, 401, 201, 401]


async def test_a_revoked_key(github: GithubBench) -> None:
    github.simulator.__dict__["_key"] = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    with pytest.raises(Unauthenticated, match="JSON web token"):
        await read(github)
    assert len(github.simulator.calls) == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["suspend", "uninstall"])
async def test_suspended_or_gone(github: GithubBench, what: str, when: str) -> None:
    if when == "after":
        await read(github)
    change: Callable[[object], None] = getattr(github.simulator, what)
    change(github.installation)
    with pytest.raises(Suspended):
        await read(github)


async def test_an_unreadable_token_is_unavailable(github: GithubBench) -> None:
    for body in (b"{}", b"[]", b'{"token":"t","expires_at":"soon"}'):
        github.fault(Fault(path="/access_tokens", status=201, headers=JSON, body=body))
        with pytest.raises(Unavailable, match="token can't be read"):
            await read(github)
    github.fault(secondary_limit(60, path="/access_tokens"))
    with pytest.raises(RateLimited):
        await read(github)


async def test_a_personal_token_writes_as_its_owner() -> None:
    comments = [
        {"id": 1, "body": "<!-- agnox:report -->\nx", "user": {"login": "mallory", "type": "User"}},
        {"id": 2, "body": "<!-- agnox:report -->\nx", "user": {"login": "robot", "type": "User"}},
    ]
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(f"{request.method} {request.url.path}")
        match request.url.path:
            case "/user":
                return httpx2.Response(200, json={"login": "robot"})
            case "/user/repos":
                return httpx2.Response(200, json=[{"id": 5, "full_name": "acme/shop"}])
            case path if path.endswith("/7/comments"):
                return httpx2.Response(200, json=comments)
        return httpx2.Response(200, json={"id": 2, "html_url": "https://github.com/c"})

    host = GithubHost({}, transport=httpx2.MockTransport(answer))
    provider = host.connect(Connection(credential="t"))
    assert not provider.capabilities.checks
    assert provider is host.connect(Connection(credential="t"))
    for _ in range(2):
        written = await provider.put_comment(Repository("5", "acme/shop"), 7, "hello", Slot())
        assert (written.id, written.url) == ("2", "https://github.com/c")
    assert asked.count("GET /user") == 1
    assert await provider.repositories() == [Repository("5", "acme/shop")]
    await host.aclose()


async def test_a_token_without_owner_writes_nothing() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/user":
            return httpx2.Response(200, json={})
        return httpx2.Response(200, json=[{"id": 1, "body": "<!-- agnox:report -->", "user": {"login": ""}}])

    host = GithubHost({}, transport=httpx2.MockTransport(answer))
    with pytest.raises(Unavailable, match="whose token"):
        await host.connect(Connection(credential="t")).put_comment(Repository("5", "acme/shop"), 7, "hello", Slot())
    await host.aclose()
