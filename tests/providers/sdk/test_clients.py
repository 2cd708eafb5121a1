"""SDK clients that wait for their next call."""

import threading

from providers.sdk.clients import AGE, Clients
from tests.providers.sdk.fakes import Moment


class Client:
    def __init__(self) -> None:
        self.closed = False
        self.users = 0

    def close(self) -> None:
        self.closed = True


def test_a_client_comes_back_to_its_own_key_only(moment: Moment) -> None:
    clients = Clients(Client.close, now=moment)
    with clients.lease("acme", Client) as first:
        pass
    with clients.lease("umbrella", Client) as other:
        assert other is not first
    with clients.lease("acme", Client) as again:
        assert again is first
        with clients.lease("acme", Client) as second:
            assert second is not first


def test_no_two_threads_have_the_same_client() -> None:
    clients = Clients(Client.close, most=3)
    clashes: list[int] = []

    def work() -> None:
        for _ in range(200):
            with clients.lease("acme", Client) as client:
                client.users += 1
                if client.users != 1 or client.closed:
                    clashes.append(client.users)
                client.users -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clashes == []


def test_few_wait_and_none_for_long(moment: Moment) -> None:
    clients = Clients(Client.close, most=2, now=moment)
    made = []
    for key in "abc":
        with clients.lease(key, Client) as client:
            made.append(client)
        moment.seconds += 1
    assert [client.closed for client in made] == [True, False, False]
    moment.seconds += AGE
    with clients.lease("c", Client) as client:
        assert client is not made[2]
    assert made[1].closed
    assert made[2].closed


def test_all_are_closed_in_the_end() -> None:
    clients = Clients(Client.close)
    with clients.lease("a", Client) as waiting:
        pass
    with clients.lease("b", Client) as away:
        clients.close()
        assert waiting.closed
        assert not away.closed
    assert away.closed


def test_a_client_survives_an_error() -> None:
    clients = Clients(Client.close)
    try:
        with clients.lease("a", Client) as first:
            raise ValueError
    except ValueError:
        pass
    with clients.lease("a", Client) as again:
        assert again is first
        assert not again.closed
