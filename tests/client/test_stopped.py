"""Signals that come while the results are on their way."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.client.conftest import KEY, SENT


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that answers when the test does."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(30)
        yield listener


@contextmanager
def sending(listener: socket.socket, *command: str) -> Iterator[tuple["subprocess.Popen[bytes]", socket.socket]]:
    """Runs a command to its end; gives the client while it waits for an answer, and the connection."""
    settings = {"AGNOX_URL": f"http://127.0.0.1:{listener.getsockname()[1]}", "AGNOX_API_KEY": KEY}
    process = subprocess.Popen(
        [sys.executable, "-m", "agnox", "run", "--no-live", "--", *command],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(4096).startswith(b"POST /api/results ")
            yield process, connection
    finally:
        process.kill()
        process.communicate()


def test_a_person_who_does_not_want_to_wait_stops_it(listener: socket.socket, kept: Path) -> None:
    with sending(listener, "sh", "-c", "exit 3") as (process, _):
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 3
    assert err.startswith(b"agnox: stopped before everything was sent; what is left goes with the next call")
    assert len(list(kept.iterdir())) == 1


def test_stopping_it_after_a_green_command_is_not_green(listener: socket.socket) -> None:
    with sending(listener, "true") as (process, _):
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGINT


def test_a_ci_that_asks_to_end_gets_the_results_first(listener: socket.socket, kept: Path) -> None:
    with sending(listener, "true") as (process, connection):
        process.send_signal(signal.SIGTERM)
        body = json.dumps({"success": True, "data": SENT}).encode()
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"1 log sent" in err
    assert list(kept.iterdir()) == []


def test_at_a_terminal_the_command_may_read_from_it(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    script = "import os; print(os.getpgrp() == os.getpgid(os.getppid()))"
    with open(follower, "rb") as stdin:  # noqa: PTH123 - a descriptor
        done = subprocess.run(
            [sys.executable, "-m", "agnox", "run", "--", sys.executable, "-c", script],
            stdin=stdin,
            capture_output=True,
            timeout=30,
            check=False,
        )
    os.close(leader)
    assert done.stdout == b"True\n"
