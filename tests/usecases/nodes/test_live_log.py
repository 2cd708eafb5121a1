"""The output of a run while it runs."""

import asyncio
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from sqlalchemy import func, select

from bot.domain.cycle import CycleState
from bot.queue.sweeper import Sweeper
from bot.store.models import Execution, LogChunk
from bot.usecases import live_log
from bot.usecases.administer import create_organization, create_project
from bot.usecases.caller import Caller
from bot.usecases.cancel import cancel_cycle
from bot.usecases.errors import Missing
from bot.usecases.live_log import KEEP, PIECE, append, find_log, find_page_log, look
from bot.usecases.run_execution import run_execution
from tests.node.suites import make_mark
from tests.usecases.nodes.conftest import Yard
from tests.waiting import until

pytestmark = pytest.mark.anyio


async def chunks(yard: Yard) -> int:
    async with yard.database.read() as session:
        return await session.scalar(select(func.count()).select_from(LogChunk)) or 0


async def set_state(yard: Yard, execution: str, state: CycleState) -> None:
    async with yard.database.write() as session:
        row = await session.get_one(Execution, execution)
        row.state = state
        row.finished_at = yard.services.clock() if state.finished else None


async def test_what_a_suite_prints_is_read_while_it_runs_and_its_secrets_are_not(yard: Yard, tmp_path: Path) -> None:
    go = tmp_path / "go"
    command = f'echo "one $API_TOKEN"; printf "half "; until [ -e {go} ]; do sleep 0.05; done; echo two'
    execution = await yard.start(command, config={"envVars": {"API_TOKEN": "correct-horse-battery"}})
    seen = ""
    position = 0

    async def more(words: str) -> bool:
        nonlocal seen, position
        found = await look(yard.services, execution, position)
        seen, position = seen + found.text, found.position
        return words in seen

    running = asyncio.create_task(run_execution(yard.services, execution))
    await until(lambda: more("one"))
    assert seen == "one ***\n"
    go.touch()
    await running
    await more("two")
    assert seen == "one ***\nhalf two\n"
    assert (await look(yard.services, execution, position)).ended


async def test_reading_goes_on_where_it_was_left(yard: Yard) -> None:
    execution = await yard.start()
    for number in range(40):
        assert await append(yard.services, execution, f"line {number}\n")
    text, position = "", 0
    while (found := await look(yard.services, execution, position)).text:
        text, position = text + found.text, found.position
    assert text == "".join(f"line {number}\n" for number in range(40))
    assert not found.ended and found.missed == 0
    # From the midst of a piece, as one who cut it himself.
    assert (await look(yard.services, execution, 3)).text.startswith("e 0\nline 1\n")
    assert (await look(yard.services, execution, 10**15)).text == ""


async def test_it_is_bounded_and_says_what_is_gone(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_log, "KEEP", 1_000)
    execution = await yard.start()
    for _ in range(30):
        await append(yard.services, execution, "x" * 99 + "\n")
    found = await look(yard.services, execution, 0)
    assert (found.missed, len(found.text), found.position) == (2_000, 1_000, 3_000)
    assert await chunks(yard) == 10
    await append(yard.services, execution, "y" * (PIECE + 5))
    text = (await look(yard.services, execution, 3_000)).text
    assert text.startswith("[agnox: 5 characters of the output are left out here]\nyyy")
    assert KEEP > 10 * PIECE


async def test_shapes_of_secrets_and_colours_are_taken_out(yard: Yard) -> None:
    execution = await yard.start()
    await append(yard.services, execution, "\x1b[31mred\x1b[0m password=hunter2hunter2 \0 <b>\n")
    text = (await look(yard.services, execution, 0)).text
    assert "hunter2" not in text and "\x1b" not in text and "\0" not in text
    assert text.startswith("red ") and text.endswith("<b>\n")


async def test_many_writers_lose_nothing(yard: Yard) -> None:
    execution = await yard.start()
    done = await asyncio.gather(*(append(yard.services, execution, f"<{number}>") for number in range(4)))
    assert done == [True] * 4
    text = (await look(yard.services, execution, 0)).text
    assert sorted(text.replace("<", " ").replace(">", " ").split()) == list("0123")


async def test_it_goes_soon_after_the_end(yard: Yard) -> None:
    ended, going = await yard.start(), await yard.start()
    for execution in (ended, going):
        await append(yard.services, execution, "output\n")
    await set_state(yard, ended, CycleState.FAILED)
    assert not await append(yard.services, ended, "too late\n")
    assert not await append(yard.services, "0" * 32, "nobody's\n")
    found = await look(yard.services, ended, 0)
    assert (found.text, found.ended) == ("output\n", False)
    assert (await look(yard.services, ended, found.position)).ended
    await Sweeper(yard.database, ["tests"]).sweep()
    assert await chunks(yard) == 2
    at = yard.services.clock() + timedelta(minutes=2)
    await Sweeper(yard.database, ["tests"], clock=lambda: at).sweep()
    assert await chunks(yard) == 1


async def test_nobody_reads_what_is_anothers(yard: Yard) -> None:
    execution = await yard.start()
    other = await create_organization(yard.database, "other", actor="test")
    sibling = await create_project(yard.database, "acme", "sibling", actor="test")
    assert await find_log(yard.services, yard.caller, execution) == execution
    mine = yard.caller.organization_id
    for caller in (Caller(other.id, None, "ci"), Caller(mine, sibling.id, "ci")):
        with pytest.raises(Missing):
            await find_log(yard.services, caller, execution)
    for known in ("", "x", "../" + execution):
        with pytest.raises(Missing):
            await find_log(yard.services, yard.caller, known)
    with pytest.raises(Missing):
        await find_page_log(yard.services, "guessed", execution)


async def test_cancelling_reaches_the_suite_and_all_it_started(yard: Yard) -> None:
    mark = make_mark()
    execution = await yard.start("sleep 600 & sleep 600", config={"envVars": mark.environment})
    running = asyncio.create_task(run_execution(yard.services, execution))
    await until(lambda: len(mark.processes()) >= 2)
    cycle = (await yard.execution(execution)).cycle_id
    await cancel_cycle(yard.services, yard.caller, cycle)
    with anyio.fail_after(20):
        await running
    assert not mark.processes()
    assert (await yard.execution(execution)).state == CycleState.CANCELLED
