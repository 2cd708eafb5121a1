"""Everything a suite has started ends: at its end, at the limit, when cancelled, and when the node is killed."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from bot.node.descendants import descendants
from tests.node.suites import Mark, make_mark, run, until

pytestmark = pytest.mark.anyio

STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
DOUBLE_FORK = (
    f"{sys.executable} -S -c 'import os, time\n"
    "if os.fork(): os._exit(0)\n"
    "os.setsid()\n"
    "if os.fork(): os._exit(0)\n"
    "time.sleep(300)'"
)
RESTLESS = (
    f"{sys.executable} -S -c 'import os, time\n"
    "end = time.monotonic() + 60\n"
    "while time.monotonic() < end:\n"
    "    if os.fork(): os._exit(0)\n"
    "    os.setsid()'"
)


@pytest.fixture
def mark() -> Mark:
    return make_mark()


async def test_a_suite_that_ignores_sigterm_is_killed_after_the_grace(mark: Mark) -> None:
    ran = await run(STUBBORN, time_limit=1.0, grace=0.5, environment=mark.environment)
    assert ran.outcome.problem == "stopped after 1 s: the time limit"
    assert ran.outcome.exit_code is None
    assert 1.2 < ran.outcome.seconds < 10
    assert ran.log == b"ready\n"
    assert not mark.processes()


async def test_a_suite_that_heeds_sigterm_may_tidy_up(mark: Mark) -> None:
    command = f"{sys.executable} -S -c '{TIDY}'; echo never"
    ran = await run(command, time_limit=1.0, grace=20, environment=mark.environment)
    assert ran.log == b"ready\ntidied\n"
    assert ran.outcome.exit_code is None
    assert ran.outcome.seconds < 15
    assert list(ran.reports) == ["late.xml"]
    assert not mark.processes()


TIDY = """
import os, signal, sys, time
def tidy(*_):
    time.sleep(0.2)
    open(os.environ["AGNOX_RESULTS_DIR"] + "/late.xml", "w").close()
    print("tidied")
    sys.exit()
signal.signal(signal.SIGTERM, tidy)
print("ready", flush=True)
time.sleep(300)
"""


@pytest.mark.parametrize("fugitive", [DOUBLE_FORK, RESTLESS, "setsid sleep 300 &", f"({STUBBORN}) &"])
async def test_what_a_suite_leaves_running_is_ended_with_it(mark: Mark, fugitive: str) -> None:
    ran = await run(f"{fugitive}\nsleep 0.3; exit 0", environment=mark.environment)
    assert (ran.outcome.exit_code, ran.outcome.problem) == (0, "")
    assert not mark.processes()


async def test_what_left_the_group_is_ended_at_the_limit(mark: Mark) -> None:
    ran = await run(f"{DOUBLE_FORK}\n{STUBBORN}", time_limit=1.0, environment=mark.environment)
    assert ran.outcome.problem == "stopped after 1 s: the time limit"
    assert not mark.processes()


async def test_a_suite_that_prints_without_end_is_stopped(mark: Mark) -> None:
    ran = await run("yes", time_limit=1.0, log_limit=10_000, environment=mark.environment)
    assert ran.outcome.problem == "stopped after 1 s: the time limit"
    assert ran.outcome.log.dropped > 10_000
    assert ran.outcome.notes == (f"log cut: {ran.outcome.log.dropped} bytes left out",)
    assert not mark.processes()


async def test_cancelling_ends_the_suite_and_removes_its_folder(mark: Mark) -> None:
    async def forever() -> None:
        await run(f"setsid sleep 300 & {STUBBORN}", grace=0.2, environment=mark.environment)

    async with anyio.create_task_group() as group:
        group.start_soon(forever)
        await until(lambda: len(mark.processes()) >= 3)
        root = mark.root()
        assert root.exists()
        group.cancel_scope.cancel()
    assert not mark.processes()
    assert not root.exists()


NODE = """
import sys, anyio
from bot.node.process import ProcessExecutor

from bot.node.values import Task
async def main():
    task = Task(sys.argv[1], environment={"MARK": sys.argv[2]})
    async with ProcessExecutor(grace=0.2).run(task, bytes) as outcome:
        print(outcome.workdir, flush=True)
        await anyio.sleep(300)
anyio.run(main)
"""


@pytest.fixture
def node(mark: Mark, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """Another process that is a node and runs the command of the test's parameter."""
    command = [sys.executable, "-c", NODE, request.param, mark.environment["MARK"]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("node", [f"{DOUBLE_FORK}\nsetsid sleep 300 & {STUBBORN}"], indirect=True)
async def test_killing_the_node_ends_its_suite_and_removes_the_folder(node: subprocess.Popen[str], mark: Mark) -> None:
    await until(lambda: len(mark.processes()) >= 4)
    root = mark.root()
    node.kill()
    await until(lambda: not mark.processes())
    await until(lambda: not root.exists())


@pytest.mark.parametrize("node", ["true"], indirect=True)
async def test_killing_the_node_while_it_stores_the_outcome_removes_the_folder(node: subprocess.Popen[str]) -> None:
    assert node.stdout
    root = Path(node.stdout.readline().strip()).parent
    assert root.exists()
    node.kill()
    await until(lambda: not root.exists())


async def test_a_supervisor_that_is_killed_is_told_and_leaves_nothing(mark: Mark) -> None:
    wait = 'until [ -s "$HOME/../spool/head" ]; do sleep 0.01; done'
    ran = await run(f"echo hello; {wait}; kill -KILL $PPID; sleep 300", environment=mark.environment)
    assert ran.outcome.exit_code is None
    assert ran.outcome.problem.startswith("the suite's supervisor was killed from outside")
    assert ran.log == b"hello\n"
    assert not mark.processes()


async def test_runs_leave_no_descriptor_thread_or_zombie_behind() -> None:
    await run("true")
    files, children = os.listdir("/proc/self/fd"), set(descendants(os.getpid()))  # noqa: PTH208
    for _ in range(3):
        await run("echo x; sleep 300", time_limit=0.2)
        with anyio.move_on_after(0.2):
            await run("sleep 300")
    await until(lambda: os.listdir("/proc/self/fd") == files)  # noqa: PTH208
    await until(lambda: not [thread for thread in threading.enumerate() if "waitpid" in thread.name])
    assert set(descendants(os.getpid())) == children


async def test_a_signal_to_all_of_the_server_does_not_end_the_supervisor(mark: Mark) -> None:
    command = "kill -TERM $PPID; kill -INT $PPID; kill -HUP $PPID; sleep 0.2; echo alive"
    ran = await run(command, environment=mark.environment)
    assert (ran.outcome.exit_code, ran.log) == (0, b"alive\n")
