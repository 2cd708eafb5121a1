"""A testing node that is killed, with the tests it ran."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from bot.domain.cycle import CycleState
from tests.node.suites import make_mark
from tests.usecases.nodes.conftest import Yard
from tests.waiting import until

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def node(yard: Yard) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        arguments = [yard.database.url, yard.key]
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.usecases.nodes.node", *arguments], cwd=ROOT
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def _equals(count: Callable[[], int], wanted: int) -> bool:
    return count() == wanted


async def test_its_work_is_given_back_once_and_then_ends_with_the_reason(
    yard: Yard, node: Start, tmp_path: Path
) -> None:
    mark, journal = make_mark(), tmp_path / "journal"

    def begun() -> int:
        return len(journal.read_text().splitlines()) if journal.exists() else 0

    execution = await yard.start(f"echo begun >> {journal}; sleep 600", config={"envVars": mark.environment})
    for death in (1, 2):
        victim = node()
        await until(partial(_equals, begun, death))
        victim.kill()
        victim.wait()
        # What it ran goes with it.
        await until(lambda: not mark.processes())
    node()

    async def ended() -> bool:
        return CycleState((await yard.execution(execution)).state).finished

    await until(ended)
    row = await yard.execution(execution)
    assert (row.state, begun()) == (CycleState.ERROR, 2)
    assert "died or was lost 2 times" in row.problem
