"""Runs real suites and finds out what is left of them."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import anyio

from bot.node.process import ProcessExecutor
from bot.node.values import Outcome, Task


def unmasked(line: bytes) -> bytes:
    return line


@dataclass(frozen=True)
class Ran:
    """An outcome with its files' contents, which outlive it."""

    outcome: Outcome
    log: bytes
    reports: dict[str, bytes]


async def run(command: str, *, mask: Callable[[bytes], bytes] = unmasked, grace: float = 0.5, **task: Any) -> Ran:
    """Runs a command to its end and checks that nothing of it stays."""
    async with ProcessExecutor(grace=grace).run(Task(command, **task), mask) as outcome:
        log = gzip.decompress(outcome.log.path.read_bytes())
        reports = {report.name: report.path.read_bytes() for report in outcome.reports}
        assert len(log) == outcome.log.size
    assert not Path(outcome.workdir).parent.exists()
    return Ran(outcome, log, reports)


@dataclass(frozen=True)
class Mark:
    """A variable in a suite's environment by which its processes are known, whoever their parent is."""

    environment: dict[str, str]

    def processes(self) -> list[int]:
        mark = f"MARK={self.environment['MARK']}".encode()
        return [pid for pid, environ in _environments() if mark in environ.split(b"\0")]

    def root(self) -> Path:
        """The folder of the suite that carries the mark."""
        environ = next(environ for pid, environ in _environments() if pid in self.processes())
        home = next(line for line in environ.split(b"\0") if line.startswith(b"HOME="))
        return Path(home[5:].decode()).parent


def make_mark() -> Mark:
    return Mark({"MARK": token_hex(8)})


def _environments() -> Iterator[tuple[int, bytes]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                yield int(entry.name), (entry / "environ").read_bytes()


async def until(fact: Callable[[], object]) -> None:
    """Waits for something that is bound to happen."""
    with anyio.fail_after(20):
        while not fact():
            await anyio.sleep(0.01)
