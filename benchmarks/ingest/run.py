"""Streamed events a second, beside an app that only parses them. See README.md."""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent


@contextmanager
def serving(command: list[str], env: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Runs a contestant in a process of its own until the block ends; gives its port and process id."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*command, "--port", str(port)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        limit = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > limit:
                    raise SystemExit(f"{command} did not start") from None
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def agnox(env: dict[str, str], *arguments: str) -> dict[str, str]:
    done = subprocess.run(
        [str(BIN / "agnox"), *arguments, "--format", "json"], env=env, check=True, capture_output=True, text=True
    )
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


def setup(port: int, key: str, project: str) -> str:
    body = json.dumps({"projectId": project, "framework": "playwright", "totalTests": 0}).encode()
    headers = {"x-api-key": key, "content-type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/ingest/setup", body, headers)
    with urllib.request.urlopen(request) as answer:
        session: str = json.load(answer)["data"]["sessionId"]
    return session


def measure(port: int, session: str, key: str, run: str, options: argparse.Namespace) -> float:
    command = [sys.executable, str(HERE / "load.py"), str(port), session, key, run]
    command += [str(options.connections), str(options.seconds)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if told["refused"]:
        raise SystemExit(f"{told['refused']} batches refused")
    rate: float = told["events"] / told["seconds"]
    return rate


def rss(pid: int) -> float:
    """Megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="length of one round")
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="agnox-ingest-") as folder, ExitStack() as stack:
        env = {name: value for name, value in os.environ.items() if not name.startswith("AGNOX_")}
        env["AGNOX_DATA_DIR"] = folder
        bare = [str(BIN / "uvicorn"), "bare:app", "--app-dir", str(HERE), "--no-access-log", "--log-level", "warning"]
        yardstick, _ = stack.enter_context(serving(bare, env))
        server, pid = stack.enter_context(serving([str(BIN / "agnox"), "serve"], env))
        agnox(env, "org", "create", "acme")
        project = agnox(env, "project", "create", "--org", "acme", "shop")["id"]
        key = agnox(env, "apikey", "create", "--org", "acme", "--name", "bench")["key"]
        measure(server, setup(server, key, project), key, "w", argparse.Namespace(connections=2, seconds=1))
        print(f"{'round':>5}{'bare ev/s':>12}{'agnox ev/s':>12}{'ratio':>8}{'RSS MB':>9}   before: {rss(pid):.1f} MB")
        ratios, rates = [], []
        for number in range(options.rounds):
            theirs = measure(yardstick, "none", "none", str(number), options)
            mine = measure(server, setup(server, key, project), key, str(number), options)
            ratios.append(mine / theirs)
            rates.append(mine)
            print(f"{number:>5}{theirs:12,.0f}{mine:12,.0f}{ratios[-1]:8.2f}{rss(pid):9.1f}", flush=True)
        print(
            f"median: {statistics.median(rates):,.0f} events a second, {statistics.median(ratios):.2f} of the bare app"
        )


if __name__ == "__main__":
    main()
