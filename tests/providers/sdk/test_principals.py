"""Service principals, which ask for their tokens themselves, and what any server of tokens may answer."""

import asyncio
import json

import httpx2
import pytest

from providers.clock import Clock
from providers.credentials import ServicePrincipal
from providers.errors import ProviderError, RateLimited, Rejected, Unauthenticated, Unavailable
from providers.sdk.grants import MAX_BYTES, TokenEndpoint
from providers.sdk.tokens import EARLY, PrincipalTokens, entra_token_url
from tests.providers.sdk.authority import Server, token, told
from tests.providers.sdk.fakes import Moment

pytestmark = pytest.mark.anyio


PRINCIPAL = ServicePrincipal("11111111-2222-3333-4444-555555555555", "bot", "s3cret-of-the-app")


LONG = json.dumps({"access_token": "x" * MAX_BYTES}).encode()


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (told(401, "invalid_client", "AADSTS7000215: Invalid client secret"), Unauthenticated),
        (told(400, "unauthorized_client", "AADSTS700016: Application was not found"), Unauthenticated),
        (told(403, "access_denied", "no"), Unauthenticated),
        (told(400, "temporarily_unavailable", "soon"), Unavailable),
        (told(400, "slow_down", "soon"), Unavailable),
        (httpx2.Response(401), Unauthenticated),
        (httpx2.Response(404, html="<html>no such page</html>"), Rejected),
        (httpx2.Response(400, content=b"[1]"), Rejected),
        (httpx2.Response(429, headers={"retry-after": "7"}), RateLimited),
        (httpx2.Response(503, headers={"retry-after": "7"}), RateLimited),
        (httpx2.Response(503), Unavailable),
        (httpx2.Response(302, headers={"location": "https://evil.example/"}), Unavailable),
        (httpx2.Response(200, html="<html>sign in</html>"), Unavailable),
        (httpx2.Response(200, json={"access_token": None}), Unavailable),
        (httpx2.Response(200, json={"access_token": "a b"}), Unavailable),
        (httpx2.Response(200, json={"access_token": "a\r\nX: 1"}), Unavailable),
        (httpx2.Response(200, json=["access_token"]), Unavailable),
        (httpx2.Response(200, content=LONG), Rejected),
    ],
)
async def test_what_servers_say(
    server: Server, endpoint: TokenEndpoint, response: httpx2.Response, kind: type[ProviderError]
) -> None:
    server.answer = lambda _: response
    with pytest.raises(ProviderError) as raised:
        await endpoint.ask({"grant_type": "client_credentials"})
    assert type(raised.value) is kind
    assert "html" not in str(raised.value)
    assert len(server.forms) == 1


async def test_a_server_that_is_away(server: Server, endpoint: TokenEndpoint) -> None:
    def fail(_: object) -> httpx2.Response:
        raise httpx2.ConnectError("no route to host")

    server.answer = fail
    with pytest.raises(Unavailable, match="GitLab can't be reached for a token: ConnectError no route to host"):
        await endpoint.ask({"grant_type": "client_credentials"})


async def test_a_principal_asks_for_its_own_token(server: Server, moment: Moment) -> None:
    server.lifetime = "3599"
    url = entra_token_url("https://login.microsoftonline.com/", PRINCIPAL.tenant_id)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(server.handle)) as http:
        endpoint = TokenEndpoint("Microsoft Entra", url, http, Clock(moment))
        source = PrincipalTokens(PRINCIPAL, "scope/.default", endpoint, Clock(moment))
        assert source.ready() == ""
        assert await asyncio.gather(*(token(source) for _ in range(5))) == ["access-1"] * 5
        moment.seconds += 3599 - EARLY - 1
        assert await token(source) == "access-1"
        moment.seconds += 1
        assert await token(source) == "access-2"
        assert await source.fetch("access-2") == "access-3"
    assert server.urls[0] == f"https://login.microsoftonline.com/{PRINCIPAL.tenant_id}/oauth2/v2.0/token"
    assert server.forms[0] == {
        "grant_type": "client_credentials",
        "client_id": "bot",
        "client_secret": "s3cret-of-the-app",
        "scope": "scope/.default",
    }


async def test_a_principal_whose_secret_ended(server: Server, endpoint: TokenEndpoint, moment: Moment) -> None:
    description = "AADSTS7000222: The provided client secret keys for app 'bot' are expired.\r\nTrace ID: 1"
    server.answer = lambda _: told(401, "invalid_client", description)
    with pytest.raises(Unauthenticated, match=r"AADSTS7000222: .* are expired\. Trace ID: 1"):
        await PrincipalTokens(PRINCIPAL, "scope", endpoint, Clock(moment)).fetch()


@pytest.mark.parametrize("tenant", ["", "..", "a/b", "a?b", "common#", "é"])
def test_a_tenant_is_a_guid_or_a_domain(tenant: str) -> None:
    with pytest.raises(ValueError, match="neither a GUID nor a domain"):
        entra_token_url("https://login.microsoftonline.com", tenant)
