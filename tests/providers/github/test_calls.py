"""Calls under weather: limits, faults, clocks, tokens, strange hosts and renamed repositories."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.errors import (
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    Suspended,
    Unauthenticated,
    Unavailable,
)
from providers.github import GithubHost
from providers.github.cache import ScopedCache, shared_cache
from providers.interface import Connection
from providers.origin import same_origin
from providers.report import Verdict
from providers.values import Account, CommentKind, CommentRef, Permission, Reaction, Repository, Revision, Slot
from simulators.faults import Fault, cut_off, html_page, slow
from simulators.github.faults import rate_limited, secondary_limit
from tests.providers.benches.github import APP_ID, GithubBench, private_key
from tests.providers.samples import many, report, suite

pytestmark = pytest.mark.anyio

PULLS = "/pulls/1$"


def epoch(bench: GithubBench) -> int:
    return int(bench.moment())


async def read(bench: GithubBench) -> None:
    await bench.provider.get_pull_request(bench.repository, 1)


async def test_primary_limit_waits_for_its_reset(github: GithubBench) -> None:
    github.fault(rate_limited(epoch(github) + 600, path=PULLS))
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
    github.fault(rate_limited(epoch(github) - 600, path=PULLS))
    with pytest.raises(RateLimited) as limited:
        await read(github)
    assert limited.value.retry_at.timestamp() == epoch(github) + 60


async def test_reset_is_read_by_the_hosts_clock(github: GithubBench) -> None:
    await read(github)
    github.ahead = 300
    github.fault(rate_limited(epoch(github) + 600, path=PULLS))
    with pytest.raises(RateLimited) as limited:
        await read(github)
    assert limited.value.retry_at.timestamp() == epoch(github) + 301


@pytest.mark.parametrize("status", [403, 429])
async def test_secondary_limit_obeys_retry_after(github: GithubBench, status: int) -> None:
    github.fault(secondary_limit(72, status, path=PULLS))
    with pytest.raises(RateLimited, match="secondary rate limit") as limited:
        await read(github)
    assert limited.value.retry_at == datetime.fromtimestamp(epoch(github) + 72, UTC)


async def test_secondary_limit_without_retry_after_grows(github: GithubBench) -> None:
    github.fault(secondary_limit(path=PULLS, times=6))
    waits = []
    for _ in range(6):
        with pytest.raises(RateLimited) as limited:
            await read(github)
        waits.append(limited.value.retry_at.timestamp() - epoch(github))
        github.moment.seconds += waits[-1]
    assert waits == [60, 120, 240, 480, 960, 960]
    await read(github)
    github.fault(secondary_limit(path=PULLS))
    with pytest.raises(RateLimited) as limited:
        await read(github)
    assert limited.value.retry_at.timestamp() - epoch(github) == 60


async def test_a_limit_of_one_installation_does_not_stop_another(github: GithubBench) -> None:
    other = github.simulator.add_repository("umbrella/app")
    second = github.host.connect(Connection(installation=str(github.simulator.install("umbrella").id)))
    github.fault(rate_limited(epoch(github) + 600, path=PULLS))
    with pytest.raises(RateLimited):
        await read(github)
    assert await second.repositories() == [Repository(str(other.id), "umbrella/app")]


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "fault",
    [
        *(html_page(status, path=PULLS) for status in (200, 301, 502, 503)),
        *(Fault(path=PULLS, status=status) for status in (200, 408, 520)),
        *(Fault(path=PULLS, status=200, headers=JSON, body=body) for body in (b'{"number": 1', b"[1]", b"\xff")),
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
    github.fault(slow(5, path=PULLS))
    with pytest.raises(Unavailable, match="TimeoutError"):
        await read(github)


async def test_githubs_own_words_reach_the_caller(github: GithubBench) -> None:
    body = b'{"message":"Validation Failed","errors":[{"message":"Body is too long (maximum is 65536 characters)"}]}'
    github.fault(Fault(path=PULLS, status=422, headers=JSON, body=body))
    with pytest.raises(Rejected, match="422: Validation Failed: Body is too long"):
        await read(github)
    for errors, words in ((b'"odd"', "odd"), (b'[{"field":"sha","code":"missing"}]', "sha missing"), (b'["a"]', "a")):
        told = b'{"message":"No","errors":' + errors + b"}"
        github.fault(Fault(path=PULLS, status=409, headers=JSON, body=told))
        with pytest.raises(Rejected, match=f"409: No: {words}"):
            await read(github)
    github.fault(Fault(path=PULLS, status=451, body=b"[]"))
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
    github.fault(Fault(path=PULLS, status=401, times=None, headers=JSON, body=bad))
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


async def test_a_renamed_repository_is_followed_for_reads_and_writes(github: GithubBench) -> None:
    github.simulator.rename(github.place, "acme/store")
    await read(github)
    body = github.provider.render_comment(report(suite(Verdict.PASSED)))
    await github.provider.put_comment(github.repository, 1, body, Slot())
    assert github.comments() == [body]


@pytest.mark.parametrize("location", ["https://evil.example/steal", "", "//evil.example/x", "http://api.github.com/x"])
async def test_the_token_stays_with_its_host(github: GithubBench, location: str) -> None:
    github.fault(Fault(path=PULLS, status=301, headers={"location": location}, times=2))
    with pytest.raises((Rejected, Unavailable)):
        await read(github)


async def test_a_next_page_elsewhere_is_refused() -> None:
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.host)
        return httpx2.Response(200, json=[], headers={"link": '<https://evil.example/p2>; rel="next"'})

    host = GithubHost({}, transport=httpx2.MockTransport(answer))
    with pytest.raises(Rejected, match=r"evil\.example is not the host"):
        await host.connect(Connection(credential="secret")).changed_files(Repository("1", "acme/shop"), 1)
    assert asked == ["api.github.com"]
    await host.aclose()


def test_same_origin() -> None:
    base = "https://api.github.com"
    assert same_origin("https://api.github.com:443/x", base)
    for url in ("https://api.github.com@evil.example/", "https://api.github.com.evil.example/", "http://[", "/x"):
        assert not same_origin(url, base)


@pytest.mark.parametrize("path", ["acme", "acme/", "/shop", "acme/../app", "../app", "a/b/c", ""])
async def test_odd_names_never_become_another_address(github: GithubBench, path: str) -> None:
    with pytest.raises((NotFound, Rejected)):
        await github.provider.get_pull_request(Repository("1", path), 1)
    assert github.simulator.calls.without_tokens() == []


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


async def test_review_comments_have_their_own_address() -> None:
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append((request.method, request.url.path, request.headers["authorization"]))
        return httpx2.Response(200, json={})

    host = GithubHost({"api_url": "https://ghe.example/api/v3/"}, transport=httpx2.MockTransport(answer))
    comment = CommentRef(Repository("1", "acme/shop"), 7, "99", CommentKind.REVIEW)
    await host.connect(Connection(credential="t")).react(comment, Reaction.DONE)
    assert asked == [("POST", "/api/v3/repos/acme/shop/pulls/comments/99/reactions", "bearer t")]
    await host.aclose()


async def test_review_comments_are_read(github: GithubBench) -> None:
    said = github.simulator.add_review_comment(github.request, "carol", "/agnox rerun")
    ref = CommentRef(github.repository, github.request.number, str(said.id), CommentKind.REVIEW)
    found = await github.provider.get_comment(ref)
    assert (found.body, found.author.login, found.own, found.edited) == ("/agnox rerun", "carol", False, False)


async def test_custom_roles_count_as_what_they_extend(github: GithubBench) -> None:
    github.simulator.set_role(github.place, "dana", "release-captain", "write")
    assert await github.provider.permission(github.repository, Account("", "dana")) is Permission.WRITE


async def test_a_bot_comment_that_names_no_app_is_told_by_its_login(github: GithubBench) -> None:
    body = github.provider.render_comment(report(suite(Verdict.RUNNING)))
    other = github.simulator.add_app("other-bot")
    github.simulator.add_comment(github.request, "", body, other)
    ours = github.simulator.add_comment(github.request, "agnox-bot[bot]", body)
    foreign = github.simulator.add_comment(github.request, "other-bot[bot]", body)
    written = await github.provider.put_comment(github.repository, 1, body, Slot())
    assert written.id == str(ours.id)
    assert foreign.id in github.simulator.state.comments
    assert sum(call.path == "/app" for call in github.simulator.calls) == 1


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


def test_settings() -> None:
    host = GithubHost({"webhook_secret": "new,\n old\r\n", "app_slug": "agnox-bot"})
    assert host.hook_secrets == ["new", "old"]
    assert host.install_url == "https://github.com/apps/agnox-bot/installations/new"
    assert GithubHost({}).install_url == ""
    assert GithubHost({}).web_url == "https://github.com"
    assert GithubHost({}).hook_secrets is None
    assert GithubHost({"app_id": "7"}).hook_secrets == []
    assert GithubHost({}).webhooks.parse("ping", {}, b"{}") == ()
    urls = {
        "https://ghe.example/api/v3": "https://ghe.example/github-apps/agnox/installations/new",
        "https://api.acme.ghe.com": "https://acme.ghe.com/apps/agnox/installations/new",
    }
    for api_url, install_url in urls.items():
        assert GithubHost({"api_url": api_url, "app_slug": "agnox"}).install_url == install_url


def test_connect_tells_what_is_missing() -> None:
    elliptic = ec.generate_private_key(ec.SECP256R1())
    pem = elliptic.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for options, connection, words in (
        ({}, Connection(), "needs an installation or a token"),
        ({}, Connection(installation="1"), "app_id and private_key are not set"),
        ({"app_id": "Iv23li", "private_key": "x"}, Connection(installation="1"), "not its client id"),
        ({"app_id": "1", "private_key": "x"}, Connection(installation="1"), "not a PEM text"),
        ({"app_id": "1", "private_key": pem}, Connection(installation="1"), "not an RSA key"),
        ({}, Connection(installation="1", base_url="https://evil.example"), "not to https://evil.example"),
    ):
        with pytest.raises(ValueError, match=words):
            GithubHost(options).connect(connection)
    escaped = {"app_id": "1", "private_key": private_key().replace("\n", "\\n")}
    assert GithubHost(escaped).connect(Connection(installation="1")).name == "github"


async def test_enterprise_server(github: GithubBench) -> None:
    options = {"app_id": str(APP_ID), "private_key": private_key(), "api_url": "https://ghe.example/api/v3"}
    host = github.new_host(options)
    provider = host.connect(github.connection)
    for index in range(120):
        github.simulator.add_repository(f"acme/repository-{index}")
    assert len(await provider.repositories()) == 121
    await host.aclose()
