"""The bot as a stranger runs it: processes, command line and HTTP, nothing of its code."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

READY_WITHIN = 30.0


class DemoError(Exception):
    """Something that the demo needs did not happen; the message says what."""


@dataclass(frozen=True)
class Bot:
    """An installed bot: its data folder, settings and address."""

    home: Path
    port: int
    settings: Mapping[str, str]

    @classmethod
    def configure(cls, home: Path, settings: Mapping[str, str]) -> "Bot":
        """Chooses a free port; `settings` are `AGNOX_*` variables."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        home.mkdir(parents=True, exist_ok=True)
        own = {"AGNOX_DATA_DIR": str(home), "AGNOX_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        return cls(home, port, {**own, **settings})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.home / "bot.log"

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Runs `agnox ARGUMENTS` in the background and ends it politely; its output goes to the log."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "agnox", *arguments],
                env=self.environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @contextmanager
    def serving(self, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        """Runs `agnox serve` and waits until it is ready. Raises DemoError with the end of its log."""
        with self.running("serve", "--port", str(self.port), *options) as process:
            self.wait_ready(process)
            yield process

    def wait_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Waits for `/readyz`."""
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end:
            if process.poll() is not None:
                break
            with suppress(httpx2.TransportError):
                if httpx2.get(f"{self.url}/readyz", timeout=5).status_code == httpx2.codes.OK:
                    return
            time.sleep(0.05)
        raise DemoError(f"the bot did not get ready; the end of {self.log}:\n{self.tail()}")

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AGNOX_")}
        return {**clean, **self.settings}

    def command(self, *arguments: str, given: str | None = None) -> Any:
        """Runs an administration command and gives the JSON that it prints. Raises DemoError."""
        done = subprocess.run(
            [sys.executable, "-m", "agnox", *arguments, "--format", "json"],
            env=self.environment,
            cwd=self.home,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise DemoError(f"agnox {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return json.loads(done.stdout)

    def call(self, method: str, path: str, key: str, **options: Any) -> Any:
        """Calls the public API and gives `data`. Raises DemoError for a refusal."""
        answer = httpx2.request(method, f"{self.url}{path}", headers={"x-api-key": key}, timeout=30, **options)
        body = answer.json()
        if not body.get("success"):
            raise DemoError(f"{method} {path}: {answer.status_code} {body}")
        return body["data"]

    def tail(self, lines: int = 30) -> str:
        """Gives the end of the log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
