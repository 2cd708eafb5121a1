"""Real worker processes, killed and asked to end."""

import functools
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.queue.conftest import Stand
from tests.waiting import until

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]


class Workers:
    """Starts worker processes and reads what they noted."""

    def __init__(self, stand: Stand, journal: Path) -> None:
        self._stand = stand
        self._journal = journal
        self.processes: list[subprocess.Popen[bytes]] = []

    async def start(self, *, grace: float = 30) -> subprocess.Popen[bytes]:
        stand = self._stand
        arguments = [stand.database.url, stand.redis_url or "", str(self._journal), str(grace)]
        process = subprocess.Popen([sys.executable, "-W", "error", "-m", "tests.queue.worker", *arguments], cwd=ROOT)
        self.processes.append(process)
        await self.until(lambda lines: ["ready", str(process.pid)] in lines)
        return process

    def lines(self) -> list[list[str]]:
        return [line.split() for line in self._journal.read_text().splitlines()] if self._journal.exists() else []

    def names(self, what: str) -> Counter[str]:
        return Counter(line[1] for line in self.lines() if line[0] == what)

    async def until(self, condition: Callable[[list[list[str]]], bool]) -> None:
        await until(lambda: condition(self.lines()))


@pytest.fixture
def workers(stand: Stand, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(stand, tmp_path / "journal")
    yield workers
    for process in workers.processes:
        process.kill()
        process.wait()


async def add(stand: Stand, name: str, *, seconds: float, key: str | None = None) -> str:
    arguments = {"name": name, "key": key or "-", "seconds": seconds}
    return await stand.add("work", arguments=arguments, exclusive_key=key)


async def test_the_jobs_of_a_killed_worker_run_once_elsewhere(stand: Stand, workers: Workers) -> None:
    victim = await workers.start()
    held = [await add(stand, f"held{n}", seconds=600, key=f"k{n}") for n in range(2)]
    await workers.until(lambda lines: sum(line[0] == "begin" for line in lines) == 2)
    # Waits for the key that the dead one will still hold.
    waiting = await add(stand, "waiting", seconds=0, key="k0")
    victim.kill()
    victim.wait()
    rows = [await stand.row(job) for job in held]
    assert {row.state for row in rows} == {"running"}
    for job in held:
        await stand.set_arguments(job, {"name": "again", "key": "-", "seconds": 0})
    await workers.start()
    await stand.until_done()
    assert workers.names("begin") == {"held0": 1, "held1": 1, "again": 2, "waiting": 1}
    assert workers.names("end") == {"again": 2, "waiting": 1}
    assert [(await stand.row(job)).attempts for job in (*held, waiting)] == [2, 2, 1]


async def test_two_processes_run_each_job_once_and_each_key_alone(stand: Stand, workers: Workers) -> None:
    await workers.start()
    await workers.start()
    for number in range(40):
        await add(stand, str(number), seconds=0.02, key=f"k{number % 5}")
    await stand.until_done()
    assert workers.names("begin") == workers.names("end") == Counter(map(str, range(40)))
    holders: dict[str, str] = {}
    for what, *rest in workers.lines():
        if what == "begin":
            assert holders.setdefault(rest[1], rest[0]) == rest[0]
        elif what == "end":
            assert holders.pop(rest[1]) == rest[0]


async def test_killing_workers_at_any_moment_loses_nothing(stand: Stand, workers: Workers) -> None:
    for number in range(20):
        await add(stand, str(number), seconds=0.05)
    for ended in (2, 5, 9):
        victim = await workers.start()
        await until(functools.partial(_ended, workers, ended))
        victim.kill()
        victim.wait()
    await workers.start()
    await stand.until_done()
    # A job that was killed between its end and its commit runs again; none is left out.
    assert set(workers.names("end")) == set(map(str, range(20)))
    assert sum(workers.names("begin").values()) <= 20 + 3 * 4


def _ended(workers: Workers, count: int) -> bool:
    return workers.names("end").total() >= count


async def test_sigterm_lets_jobs_end(stand: Stand, workers: Workers) -> None:
    worker = await workers.start()
    job = await add(stand, "a", seconds=0.5)
    await workers.until(lambda lines: any(line[0] == "begin" for line in lines))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert [line[0] for line in workers.lines()] == ["ready", "begin", "end", "stopped"]
    assert (await stand.row(job)).state == "done"


async def test_sigterm_gives_back_what_does_not_end_in_time(stand: Stand, workers: Workers) -> None:
    worker = await workers.start(grace=0.1)
    job = await add(stand, "a", seconds=600)
    await workers.until(lambda lines: any(line[0] == "begin" for line in lines))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    row = await stand.row(job)
    assert (row.state, row.attempts, row.lease_owner) == ("queued", 0, None)
    await stand.set_arguments(job, {"name": "again", "key": "-", "seconds": 0})
    await workers.start()
    await stand.until_done()
    assert workers.names("end") == {"again": 1}
