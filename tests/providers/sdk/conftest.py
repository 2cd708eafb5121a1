"""What the tests of the SDK's surroundings share."""

import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from providers.clock import Clock
from providers.sdk.grants import TokenEndpoint
from providers.sdk.session import GuardedSession
from providers.sdk.threads import Threads
from tests.providers.sdk.authority import URL, Server
from tests.providers.sdk.fakes import FakeHost, Moment, fake_host, self_signed
from tests.providers.sdk.guards import guard


@pytest.fixture
def host() -> Iterator[FakeHost]:
    with fake_host() as made:
        yield made


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    made = Threads("Acme")
    yield made
    await made.aclose()


@pytest.fixture
def own_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A host's certificate that this machine trusts by its environment, as of a private authority."""
    path = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture
def session(host: FakeHost, moment: Moment) -> Iterator[GuardedSession]:
    with GuardedSession(guard(host.url, moment)) as made:
        yield made


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def endpoint(server: Server, moment: Moment) -> AsyncIterator[TokenEndpoint]:
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(server.handle)) as http:
        yield TokenEndpoint("GitLab", URL, http, Clock(moment))
