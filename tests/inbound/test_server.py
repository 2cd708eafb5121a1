"""The doors on a real server: uploads that are far too large, and clients that hang up."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from simulators.serving import serving
from tests.inbound.conftest import KEY, Behind, failed, make_app

MEGABYTE = 1_000_000
LIMIT = 100 * MEGABYTE
HEAD = b'--b\r\nContent-Disposition: form-data; name="log"; filename="huge.log"\r\n\r\n'
HEADERS = {"x-api-key": KEY, "content-type": "multipart/form-data; boundary=b"}


class Watched:
    """An app that says when a request to the upload door is over."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.over = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if scope.get("path") == "/api/results":
                self.over.set()


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def app(behind: Behind, spool: Path) -> Watched:
    return Watched(make_app(behind, upload_limit=LIMIT))


@pytest.fixture
def url(app: Watched) -> Iterator[str]:
    with serving(app) as url:
        yield url


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def spooled(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_300_megabytes_are_refused_without_filling_memory_or_disk(url: str, app: Watched, spool: Path) -> None:
    before, memory, disk = resident(), [0], [0]

    def body() -> Iterator[bytes]:
        yield HEAD
        for _ in range(300):
            memory.append(resident())
            if not app.over.is_set():
                disk.append(spooled(spool))
            yield b"x" * MEGABYTE
        yield b"\r\n--b--\r\n"

    with httpx2.Client() as client:
        answer = failed(client.post(f"{url}/api/results", content=body(), headers=HEADERS), 413)
        assert "'huge.log' is larger than 100000000 bytes" in answer["message"]
        # The server is well and the connection was not broken: it is used again.
        assert client.get(f"{url}/healthz").status_code == 200
    assert max(memory) - before < 40 * MEGABYTE
    assert 0 < max(disk) <= LIMIT
    assert list(spool.iterdir()) == []


def test_an_announced_length_over_the_total_is_refused_before_it_is_sent(url: str) -> None:
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        fields = {"host": "agnox", "content-length": str(500 * MEGABYTE), "expect": "100-continue", **HEADERS}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        connection.sendall(f"POST /api/results HTTP/1.1\r\n{lines}\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


def test_a_client_that_hangs_up_leaves_nothing(
    url: str, app: Watched, behind: Behind, spool: Path, caplog: pytest.LogCaptureFixture
) -> None:
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        fields = {"host": "agnox", "content-length": str(50 * MEGABYTE), **HEADERS}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        connection.sendall(f"POST /api/results HTTP/1.1\r\n{lines}\r\n".encode() + HEAD + b"x" * (5 * MEGABYTE))
        assert not app.over.is_set()
    assert app.over.wait(10)
    assert list(spool.iterdir()) == [] and behind.results == []
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]
