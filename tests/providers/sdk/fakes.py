"""A host for one test: plain HTTP on a loopback port, with whatever answers the test orders."""

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass(frozen=True)
class Asked:
    """A request as it came; header names in lower case. `peer` is the port that it came from."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: int


@dataclass(frozen=True)
class Reply:
    """An answer; `pieces` are sent one by one instead of `body`, `length` overrides what is said of its length."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    pieces: Iterable[bytes] = ()
    length: int | None = None


class FakeHost:
    """Answers with `answer`, which a test sets, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Reply] = lambda _: Reply()
        self.url = ""

    def reply(self, *replies: Reply) -> None:
        """Orders these answers one after another; the last one stays."""
        rest = iter(replies[:-1])
        self.answer = lambda _: next(rest, replies[-1])


@contextmanager
def fake_host(certificate: ssl.SSLContext | None = None) -> Iterator[FakeHost]:
    host = FakeHost()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:
                self.close_connection = True

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body, self.client_address[1])
            host.asked.append(asked)
            self.send(host.answer(asked))

        def send(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            length = len(reply.body) if reply.length is None else reply.length
            for name, value in {**reply.headers, "content-length": str(length)}.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in reply.pieces or (reply.body,):
                self.wfile.write(piece)
                self.wfile.flush()
            # Said more than was sent: hang up.
            self.close_connection = reply.length is not None

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond  # noqa: N815

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    if certificate:
        server.socket = certificate.wrap_socket(server.socket, server_side=True)
    host.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def self_signed(folder: Path) -> Path:
    """Writes a key and a certificate for 127.0.0.1 that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "host.pem"
    unlocked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(unlocked + made.public_bytes(Encoding.PEM))
    return path


class Moment:
    """A clock that a test sets."""

    def __init__(self, seconds: float = 1_800_000_000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds
