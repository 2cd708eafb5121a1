"""Calls in the name of one connection."""

import pytest

from providers.errors import NotFound, Unavailable
from providers.sdk.caller import UNREADABLE, Caller
from providers.sdk.clients import Clients
from providers.sdk.threads import Threads

pytestmark = pytest.mark.anyio


class SdkError(Exception):
    """What an SDK raises over an answer that it can't read."""


class Client:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def fail(self, error: Exception) -> None:
        raise error


@pytest.fixture
def clients() -> Clients[Client]:
    return Clients(Client.close)


def caller(threads: Threads, clients: Clients[Client], key: str = "acme") -> Caller[Client]:
    return Caller("Acme", threads, clients, key, Client, (*UNREADABLE, SdkError))


async def test_a_call_has_a_client_of_its_connection(threads: Threads, clients: Clients[Client]) -> None:
    acme, umbrella = caller(threads, clients), caller(threads, clients, "umbrella")
    first = await acme(lambda client: client)
    assert await umbrella(lambda client: client) is not first
    assert await acme(lambda client: client) is first
    clients.close()
    assert first.closed


@pytest.mark.parametrize("error", [SdkError("line\n1"), KeyError("id"), ValueError("no JSON")])
async def test_what_cant_be_read_is_unavailable(threads: Threads, clients: Clients[Client], error: Exception) -> None:
    with pytest.raises(Unavailable, match=rf"Acme's answer can't be read: {type(error).__name__}: .+") as raised:
        await caller(threads, clients)(lambda client: client.fail(error))
    assert raised.value.__cause__ is error
    assert "\n" not in str(raised.value)


async def test_our_errors_and_our_mistakes_stay_what_they_are(threads: Threads, clients: Clients[Client]) -> None:
    for error in (NotFound("gone"), TypeError("a mistake of ours")):
        with pytest.raises(type(error), match=str(error)):
            await caller(threads, clients)(lambda client, error=error: client.fail(error))  # type: ignore[misc]


async def test_a_client_that_cant_be_made(threads: Threads, clients: Clients[Client]) -> None:
    def fail() -> Client:
        raise NotFound("no such organization")

    with pytest.raises(NotFound):
        await Caller("Acme", threads, clients, "acme", fail)(lambda client: client)
