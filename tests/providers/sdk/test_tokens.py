"""Tokens that renew: in time, once, kept before they are used, and never told."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from providers.clock import Clock
from providers.credentials import OAuth, parse_credential
from providers.errors import Unauthenticated, Unavailable
from providers.interface import Exchange
from providers.sdk.grants import TokenEndpoint
from providers.sdk.threads import Lane, Threads, in_loop
from providers.sdk.tokens import OAUTH_EARLY, OAuthTokens
from tests.providers.sdk.authority import URL, Server, token, told
from tests.providers.sdk.fakes import Moment

pytestmark = pytest.mark.anyio


class Vault:
    """A keeper that others share."""

    def __init__(self, kept: str) -> None:
        self.kept = kept
        self.lock = asyncio.Lock()

    async def renew(self, stale: str, exchange: Exchange) -> str:
        async with self.lock:
            if self.kept == stale:
                self.kept = await exchange(stale)
            return self.kept


def grant(moment: Moment, lasts: float = 7200, refresh: str = "refresh-0") -> OAuth:
    return OAuth("client", refresh, "client-s3cret", "access-0", moment.seconds + lasts)


async def test_a_token_is_used_until_shortly_before_its_end(
    server: Server, endpoint: TokenEndpoint, moment: Moment
) -> None:
    source = OAuthTokens("GitLab", grant(moment).dump(), endpoint, Clock(moment))
    moment.seconds += 7200 - OAUTH_EARLY - 1
    assert await token(source) == "access-0"
    assert server.forms == []
    moment.seconds += 1
    assert source.ready() == ""
    assert await token(source) == "access-1"
    assert await token(source) == "access-1"
    assert server.urls == [URL]
    assert server.forms == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-0",
            "client_id": "client",
            "client_secret": "client-s3cret",
        }
    ]
    moment.seconds += 7200
    assert await token(source) == "access-2"
    assert server.forms[1]["refresh_token"] == "refresh-1"


async def test_a_public_client_has_no_secret(server: Server, endpoint: TokenEndpoint, moment: Moment) -> None:
    kept = OAuth("client", "refresh-0").dump()
    assert await token(OAuthTokens("GitLab", kept, endpoint, Clock(moment))) == "access-1"
    assert "client_secret" not in server.forms[0]


async def test_many_ask_and_one_goes(server: Server, endpoint: TokenEndpoint, moment: Moment) -> None:
    source = OAuthTokens("GitLab", grant(moment, 0).dump(), endpoint, Clock(moment))
    assert await asyncio.gather(*(token(source) for _ in range(20))) == ["access-1"] * 20
    assert len(server.forms) == 1


async def test_threads_ask_and_one_goes(
    server: Server, endpoint: TokenEndpoint, moment: Moment, threads: Threads
) -> None:
    source = OAuthTokens("GitLab", grant(moment, 0).dump(), endpoint, Clock(moment))
    asked = (threads.run(Lane(), lambda: source.ready() or in_loop(source.fetch)) for _ in range(8))
    assert await asyncio.gather(*asked) == ["access-1"] * 8
    assert len(server.forms) == 1


async def test_a_new_token_is_kept_before_it_is_used(server: Server, endpoint: TokenEndpoint, moment: Moment) -> None:
    vault = Vault(grant(moment, 0).dump())
    source = OAuthTokens("GitLab", vault.kept, endpoint, Clock(moment), vault)
    assert await token(source) == "access-1"
    kept = parse_credential(vault.kept)
    assert kept == replace(grant(moment), refresh_token="refresh-1", access_token="access-1")


async def test_a_keeper_that_fails_lets_nobody_use_the_new_token(
    server: Server, endpoint: TokenEndpoint, moment: Moment
) -> None:
    class Full(Vault):
        async def renew(self, stale: str, exchange: Exchange) -> str:
            await exchange(stale)
            raise OSError("disk full")

    source = OAuthTokens("GitLab", grant(moment, 0).dump(), endpoint, Clock(moment), Full(""))
    with pytest.raises(OSError, match="disk full"):
        await source.fetch()
    assert source.ready() == ""


async def test_processes_that_share_a_keeper_renew_once(
    server: Server, endpoint: TokenEndpoint, moment: Moment
) -> None:
    vault = Vault(grant(moment, 0).dump())
    sources = [OAuthTokens("GitLab", vault.kept, endpoint, Clock(moment), vault) for _ in range(5)]
    assert await asyncio.gather(*map(token, sources)) == ["access-1"] * 5
    assert len(server.forms) == 1
    moment.seconds += 7200
    # The first two renewals were done by one process: what the others know is two behind.
    assert await token(sources[0]) == "access-2"
    moment.seconds += 7200
    assert await token(sources[1]) == "access-3"
    assert [form["refresh_token"] for form in server.forms] == ["refresh-0", "refresh-1", "refresh-2"]


async def test_who_goes_away_does_not_lose_the_new_token(
    server: Server, endpoint: TokenEndpoint, moment: Moment
) -> None:
    vault = Vault(grant(moment, 0).dump())
    source = OAuthTokens("GitLab", vault.kept, endpoint, Clock(moment), vault)
    server.gate = asyncio.Event()
    going = asyncio.create_task(source.fetch())
    await server.asked.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    server.gate.set()
    assert await token(source) == "access-1"
    assert len(server.forms) == 1
    assert "access-1" in vault.kept


async def test_a_refused_token_is_renewed_however_fresh(
    server: Server, endpoint: TokenEndpoint, moment: Moment
) -> None:
    vault = Vault(grant(moment).dump())
    source = OAuthTokens("GitLab", vault.kept, endpoint, Clock(moment), vault)
    assert await source.fetch("access-0") == "access-1"
    # Somebody else, refused with the old one a little later, gets the new one.
    assert await source.fetch("access-0") == "access-1"
    assert len(server.forms) == 1


async def test_a_grant_that_was_revoked(server: Server, endpoint: TokenEndpoint, moment: Moment) -> None:
    source = OAuthTokens("GitLab", grant(moment, 0, refresh="stolen").dump(), endpoint, Clock(moment))
    with pytest.raises(Unauthenticated, match=r"GitLab answered 400: invalid_grant: .*; grant access to GitLab again"):
        await source.fetch()


async def test_no_new_refresh_token_means_the_old_one(server: Server, endpoint: TokenEndpoint, moment: Moment) -> None:
    server.answer = lambda _: httpx2.Response(200, json={"access_token": "access-1"})
    vault = Vault(grant(moment, 0).dump())
    source = OAuthTokens("GitLab", vault.kept, endpoint, Clock(moment), vault)
    assert await token(source) == "access-1"
    assert parse_credential(vault.kept) == OAuth("client", "refresh-0", "client-s3cret", "access-1", 0.0)
    moment.seconds += 1e6
    assert source.ready() == "access-1"


async def test_a_credential_of_another_kind(server: Server, endpoint: TokenEndpoint, moment: Moment) -> None:
    with pytest.raises(ValueError, match="no OAuth grant"):
        OAuthTokens("GitLab", "glpat-1", endpoint, Clock(moment))
    vault = Vault("glpat-1")
    source = OAuthTokens("GitLab", grant(moment, 0).dump(), endpoint, Clock(moment), vault)
    with pytest.raises(Unavailable, match="replaced by one of another kind"):
        await source.fetch()


async def test_secrets_are_never_told(server: Server, endpoint: TokenEndpoint, moment: Moment) -> None:
    server.answer = lambda form: told(400, "invalid_grant", f"bad {form['refresh_token']} of {form['client_secret']}")
    source = OAuthTokens("GitLab", grant(moment, 0).dump(), endpoint, Clock(moment))
    with pytest.raises(Unauthenticated) as raised:
        await source.fetch()
    shown = f"{raised.value} {raised.value!r} {raised.value.__cause__} {source!r} {endpoint!r}"
    assert "bad *** of ***" in shown
    assert "refresh-0" not in shown
    assert "s3cret" not in shown


async def test_a_failed_renewal_is_tried_again(server: Server, endpoint: TokenEndpoint, moment: Moment) -> None:
    source: Any = OAuthTokens("GitLab", grant(moment, 0).dump(), endpoint, Clock(moment))
    server.answer = lambda _: httpx2.Response(502)
    with pytest.raises(Unavailable):
        await source.fetch()
    server.answer = server.issue
    assert await source.fetch() == "access-1"
