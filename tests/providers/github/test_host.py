"""What the host makes of addresses and settings, and what is said its own way."""

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.errors import (
    NotFound,
    Rejected,
    Unavailable,
)
from providers.github import GithubHost
from providers.interface import Connection
from providers.origin import same_origin
from providers.report import Verdict
from providers.values import Account, CommentKind, CommentRef, Permission, Reaction, Repository, Slot
from simulators.faults import Fault
from tests.providers.benches.github import APP_ID, GithubBench, private_key
from tests.providers.samples import report, suite
from tests.providers.weather import PULL, read

pytestmark = pytest.mark.anyio


async def test_a_renamed_repository_is_followed_for_reads_and_writes(github: GithubBench) -> None:
    github.simulator.rename(github.place, "acme/store")
    await read(github)
    body = github.provider.render_comment(report(suite(Verdict.PASSED)))
    await github.provider.put_comment(github.repository, 1, body, Slot())
    assert github.comments() == [body]


@pytest.mark.parametrize("location", ["https://evil.example/steal", "", "//evil.example/x", "http://api.github.com/x"])
async def test_the_token_stays_with_its_host(github: GithubBench, location: str) -> None:
    github.fault(Fault(path=PULL, status=301, headers={"location": location}, times=2))
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
