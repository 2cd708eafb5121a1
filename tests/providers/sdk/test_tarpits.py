"""Hosts that answer without end, slowly or not at all hold no thread and no memory."""

import gzip
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from providers.errors import Rejected, Unavailable
from providers.sdk.session import GuardedSession
from providers.sdk.threads import Lane, Threads
from tests.providers.sdk.fakes import FakeHost, Moment, Reply
from tests.providers.sdk.guards import guard

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_without_end(host: FakeHost, moment: Moment, packed: bool) -> None:
    body = b"x" * 5_000_000
    host.reply(Reply(body=gzip.compress(body), headers={"content-encoding": "gzip"}) if packed else Reply(body=body))
    with (
        GuardedSession(guard(host.url, moment, max_bytes=100_000)) as session,
        pytest.raises(Rejected, match="more than 100,000 bytes"),
    ):
        session.get(host.url)


async def test_a_silent_host_holds_no_thread(host: FakeHost, moment: Moment, threads: Threads) -> None:
    hang_up = threading.Event()

    def silent(_: object) -> Reply:
        hang_up.wait(10)
        return Reply()

    host.answer = silent
    lane = Lane(1)
    with GuardedSession(guard(host.url, moment)) as session:
        with pytest.raises(Unavailable):
            await threads.run(lane, lambda: session.get(host.url), seconds=0.2)
        assert await threads.run(lane, lambda: "free", seconds=10) == "free"
    hang_up.set()


async def test_a_dripping_host_holds_no_thread(host: FakeHost, moment: Moment, threads: Threads) -> None:
    hang_up = threading.Event()

    def drops() -> Iterator[bytes]:
        while not hang_up.wait(0.02):
            yield b" "

    host.reply(Reply(pieces=drops(), length=100_000))
    lane = Lane(1)
    with GuardedSession(guard(host.url, moment)) as session:
        with pytest.raises(Unavailable):
            await threads.run(lane, lambda: session.get(host.url), seconds=0.3)
        assert await threads.run(lane, lambda: "free", seconds=10) == "free"
    hang_up.set()


@pytest.mark.parametrize(
    "beginning", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"]
)
async def test_headers_without_end_hold_no_thread(moment: Moment, threads: Threads, beginning: bytes) -> None:
    with dripping(beginning, None) as url, GuardedSession(guard(url, moment)) as session:
        lane = Lane(1)
        with pytest.raises(Unavailable):
            await threads.run(lane, lambda: session.get(url), seconds=0.3)
        assert await threads.run(lane, lambda: "free", seconds=10) == "free"


async def test_nor_do_encrypted_ones(moment: Moment, threads: Threads, own_certificate: ssl.SSLContext) -> None:
    with dripping(b"HTTP/1.1 200 OK\r\n", own_certificate) as url, GuardedSession(guard(url, moment)) as session:
        lane = Lane(1)
        with pytest.raises(Unavailable):
            await threads.run(lane, lambda: session.get(url), seconds=0.5)
        assert await threads.run(lane, lambda: "free", seconds=10) == "free"


@contextmanager
def dripping(beginning: bytes, certificate: ssl.SSLContext | None) -> Iterator[str]:
    """A host that goes on saying nothing, a byte at a time."""
    hang_up = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        plain, _ = listener.accept()
        with (
            certificate.wrap_socket(plain, server_side=True) if certificate else plain as connection,
            suppress(OSError),
        ):
            connection.sendall(beginning)
            while not hang_up.wait(0.02):
                connection.sendall(b"0")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        hang_up.set()
        thread.join(10)
        listener.close()
