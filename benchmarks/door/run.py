"""Durable deliveries a second, beside an app that only proves and parses them. See README.md."""

import argparse
import json
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workload import BODY, SECRET, delivery_headers

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent


@dataclass
class Server:
    """One contestant and its rounds; `database` is None where nothing is kept."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    database: Path | None
    rounds: list[dict[str, float]] = field(default_factory=list)

    def rss(self) -> float:
        """Megabytes."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def median(self, key: str) -> float:
        return statistics.median(each[key] for each in self.rounds)


@contextmanager
def serving(name: str, command: list[str], folder: Path, ready: str) -> Iterator[Server]:
    """Runs a contestant in a process of its own until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    folder.mkdir()
    # Nothing of the caller's own configuration may reach a contestant.
    env = {key: value for key, value in os.environ.items() if not key.startswith("AGNOX_")}
    env |= {"AGNOX_DATA_DIR": str(folder), "AGNOX_GITHUB_WEBHOOK_SECRET": SECRET}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--port", str(port)], env=env, cwd=folder, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}{ready}", process, folder / "log")
        yield Server(name, port, process, folder / "agnox.db" if name != "bare" else None)
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Waits until the server answers at all."""
    limit = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > limit:
                raise SystemExit(f"{process.args} did not start:\n{log.read_text()}") from None
            time.sleep(0.1)
        else:
            return


def load(server: Server, run: str, connections: int, seconds: float, record: Path | None = None) -> list[str]:
    """Gives the command of a load generator; wrk where it is installed and nothing is to be recorded."""
    if record is None and shutil.which("wrk"):
        url = f"http://127.0.0.1:{server.port}/webhooks/github"
        script = str(HERE / "deliver.lua")
        return ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}", "-s", script, url]
    command = [sys.executable, str(HERE / "load.py"), str(server.port), run, str(connections), str(seconds)]
    return command if record is None else [*command, str(record)]


def measure(server: Server, run: str, options: argparse.Namespace, env: dict[str, str]) -> dict[str, float]:
    before = server.cpu()
    command = load(server, run, options.connections, options.seconds)
    output = subprocess.run(command, env=env | {"DOOR_RUN": run}, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    if found["refused"] or found["broken"]:
        raise SystemExit(f"{server.name}: {found['refused']} refused, {found['broken']} broken")
    cpu = server.cpu() - before
    return found | {"rps": found["requests"] / found["seconds"], "cpu": cpu / found["requests"] * 1e6}


def compete(yardstick: Server, server: Server, options: argparse.Namespace, env: dict[str, str]) -> None:
    """Measures two servers in turns, and that the second one kept what it acknowledged."""
    yardstick.rounds.clear()
    for each in (yardstick, server):
        measure(each, f"warm-{each.port}", argparse.Namespace(connections=4, seconds=1), env)
    for number in range(options.rounds):
        for each in (yardstick, server):
            each.rounds.append(measure(each, f"{number}-{each.port}", options, env))
            settle(each)
    ratio = statistics.median(
        mine["rps"] / theirs["rps"] for mine, theirs in zip(server.rounds, yardstick.rounds, strict=True)
    )
    for each, share in ((yardstick, 1.0), (server, ratio)):
        print(
            f"{each.name:10}{each.median('rps'):8.0f}{share:8.2f}{each.median('p50'):9.1f}{each.median('p99'):9.1f}"
            f"{each.median('cpu'):9.0f}{each.rss():9.1f}"
        )
    acknowledged = sum(int(each["requests"]) for each in server.rounds)
    rows = len(kept(server.database)) if server.database else 0
    print(f"          {acknowledged} acknowledged in the rounds; {rows} in the database, with those of the warm-up")
    if rows < acknowledged:
        raise SystemExit("deliveries are lost")


def settle(server: Server) -> None:
    """Waits until the jobs of a round are done where a runner works on them, so that the next round is undisturbed."""
    if server.name == "embedded" and server.database is not None:
        with sqlite3.connect(server.database) as connection:
            while connection.execute("SELECT 1 FROM job WHERE state IN ('queued', 'running') LIMIT 1").fetchone():
                time.sleep(0.2)
        connection.close()


def kept(database: Path) -> set[str]:
    """Gives the ids of the deliveries in the database; checks that each has a job."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT id, json_extract(headers, '$.\"x-github-delivery\"') FROM delivery"
        ).fetchall()
        query = "SELECT json_extract(arguments, '$.delivery_id') FROM job WHERE function = 'handle_delivery'"
        jobs = {job for (job,) in connection.execute(query)}
    connection.close()
    without = [guid for delivery, guid in rows if delivery not in jobs]
    if without:
        raise SystemExit(f"{len(without)} deliveries without a job, the first is {without[0]}")
    return {guid for _, guid in rows}


def crash(folder: Path, options: argparse.Namespace) -> None:
    """Kills the door under load and looks for every delivery that it had acknowledged."""
    record = folder / "acknowledged"
    with serving("killed", [str(BIN / "agnox"), "serve", "--no-worker"], folder / "killed", "/readyz") as server:
        command = load(server, "crash", options.connections, 60, record)
        generator = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(options.seconds)
        server.process.kill()
        generator.wait()
    acknowledged = set(record.read_text().split())
    lost = acknowledged - kept(folder / "killed" / "agnox.db")
    print(f"kill -9 under load: {len(acknowledged)} acknowledged, {len(lost)} lost")
    if lost or not acknowledged:
        raise SystemExit(1)


def commit_cost(folder: Path) -> float:
    """Gives the median milliseconds that the disk takes to make 64 KB durable: what no door can be faster than."""
    costs = []
    with (folder / "probe").open("wb") as probe:
        for _ in range(200):
            started = time.perf_counter()
            probe.write(bytes(65_536))
            probe.flush()
            os.fdatasync(probe.fileno())
            costs.append(time.perf_counter() - started)
    return statistics.median(costs) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="length of one round")
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    bare = [str(BIN / "uvicorn"), "bare:app", "--app-dir", str(HERE), "--no-access-log", "--log-level", "warning"]
    agnox = [str(BIN / "agnox"), "serve"]
    with tempfile.TemporaryDirectory(prefix="agnox-door-") as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "body").write_bytes(BODY)
        (folder / "headers").write_text("".join(f"{key}: {value}\n" for key, value in delivery_headers().items()))
        env = {**os.environ, "DOOR_BODY": str(folder / "body"), "DOOR_HEADERS": str(folder / "headers")}
        print(f"fdatasync of 64 KB: {commit_cost(folder):.2f} ms")
        contestants = {"door": [*agnox, "--no-worker"], "embedded": agnox}
        print(f"{'':10}{'rps':>8}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'cpu us':>9}{'RSS MB':>9}")
        yardstick = stack.enter_context(serving("bare", bare, folder / "bare", "/"))
        for name, command in contestants.items():
            with serving(name, command, folder / name, "/readyz") as server:
                compete(yardstick, server, options, env)
        crash(folder, options)


if __name__ == "__main__":
    main()
