"""The green runs that a red one is compared with."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

import bot.analysis.baseline
from bot.analysis.masks import masked_line
from bot.cli.analyze import command
from bot.domain.cycle import CycleState
from bot.store.baselines import KEPT_LOGS, KEPT_RUNS
from bot.store.models import Execution, GreenLog
from simulators.stage import Pull
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on
from tests.usecases.past import Past

pytestmark = pytest.mark.anyio

NOISE = [f"2025-11-03T10:00:{number:02}Z error: retrying the download of part {number}" for number in range(40)]
GREEN = "\n".join((*NOISE, "all 12 tests are fine", "Finished: SUCCESS", ""))
RED = "\n".join(
    (
        *(line.replace("10:00", "11:30") for line in NOISE),
        "Traceback (most recent call last):",
        '  File "shop/cart.py", line 3, in price',
        "KeyError: 'no price for article aa'",
        "ERROR: script returned exit code 1",
        "Finished: FAILURE",
        "",
    )
)


@pytest.fixture
def past(desk: Desk, tmp_path: Path) -> Past:
    return Past(desk, tmp_path)


def main(commit: str) -> dict[str, str]:
    """A run of a repository that is on no host."""
    return {"source": "local", "branch": "main", "commitSha": commit * 40}


def shown(execution: Execution) -> list[dict[str, Any]]:
    assert execution.analysis is not None
    excerpts: list[dict[str, Any]] = execution.analysis["excerpts"]
    return excerpts


async def names(desk: Desk) -> list[str]:
    async with desk.database.read() as session:
        return list(await session.scalars(select(GreenLog.name).order_by(GreenLog.id)))


def by_hand(folder: Path, *options: str) -> dict[str, Any]:
    """The same log analysed by somebody on a command line."""
    (folder / "build.log").write_text(RED)
    (folder / "green.log").write_text(GREEN)
    done = CliRunner().invoke(command, [str(folder / "build.log"), *options, "--format", "json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


async def test_a_red_run_is_compared_as_by_hand(past: Past, tmp_path: Path) -> None:
    alone = by_hand(tmp_path)
    first = await past.send(main("1"), "", RED)
    assert shown(first) == alone["excerpts"]
    green = await past.send(main("2"), "", GREEN)
    assert green.state == CycleState.PASSED
    red = await past.send(main("3"), "", RED)
    compared = by_hand(tmp_path, "--baseline", str(tmp_path / "green.log"))
    assert compared["excerpts"] != alone["excerpts"]
    assert shown(red) == compared["excerpts"]
    assert red.analysis is not None
    assert [found["title"] for found in red.analysis["findings"]] == [found["title"] for found in compared["findings"]]


async def test_only_hashes_are_kept(past: Past) -> None:
    await past.send(main("1"), "", GREEN)
    async with past.desk.database.read() as session:
        row = (await session.scalars(select(GreenLog))).one()
    assert row.lines == len({masked_line(line) for line in GREEN.split("\n")[:-1]})
    assert len(row.content) < 8 * row.lines + 100
    assert b"error" not in row.content and b"download" not in row.content


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_what_any_recent_green_run_printed_is_not_new(past: Past) -> None:
    for number, odd in enumerate(("error: odd", "error: rare", "error: strange", "error: queer")):
        await past.send(main(str(number)), "", f"{odd}\n{GREEN}")
    assert await names(past.desk) == ["build.log"] * KEPT_RUNS
    red = await past.send(main("5"), "", "\n".join((*NOISE, "error: odd", "error: queer", *RED.splitlines()[-2:], "")))
    lines = {line for excerpt in shown(red) for line in excerpt["lines"]}
    assert len(NOISE) + 1 in lines, "it is too long ago"
    assert len(NOISE) + 2 not in lines


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_runs_that_are_not_green_at_once_are_no_baseline(past: Past) -> None:
    await past.send(main("1"), "", RED)
    rerun = await past.send(main("1"), "", GREEN)
    assert rerun.state == CycleState.UNSTABLE
    unknown = await past.send(main("2"), "", "nobody knows\n")
    assert unknown.state == CycleState.ERROR
    assert await names(past.desk) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_log_of_too_many_lines_is_not_kept(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.analysis.baseline, "MOST_LINES", 5)
    await past.send(main("1"), "", "a\nb\nc\nd\nFinished: SUCCESS")
    await past.send(main("2"), "", "a\nb\nc\nd\ne\nFinished: SUCCESS")
    assert len(await names(past.desk)) == 1


async def test_names_that_change_with_every_run_do_not_add_up(past: Past) -> None:
    for number in range(5):
        await past.send(main("1"), "", GREEN, name=f"build-{number}.log")
    assert await names(past.desk) == ["build-<number>.log"] * KEPT_RUNS
    for number in range(4):
        word = "abcdefghij"[number]
        logs = {f"{word * 9}{other}.log": GREEN for other in "klmnopqrst"}
        await past.send_logs(main("1"), logs)
    assert len(await names(past.desk)) == KEPT_LOGS


@once_on({"github"})
async def test_a_fork_can_not_hide_the_errors_of_others(past: Past) -> None:
    desk = past.desk

    async def lines(pull: Pull) -> set[int]:
        return {line for excerpt in shown(await past.change(pull, "", log=RED)) for line in excerpt["lines"]}

    await past.main("", log=GREEN)
    ours = desk.stage.open_pull()
    before = await lines(ours)
    fork = desk.stage.open_pull("fork", fork=True)
    await desk.tell(desk.stage.opened(fork))
    trap = RED.replace("ERROR: script returned exit code 1", "").replace("FAILURE", "SUCCESS")
    for _ in range(KEPT_RUNS):
        assert (await past.change(fork, "", log=trap)).state == CycleState.PASSED
        desk.stage.push(fork)
        await desk.tell(desk.stage.pushed(fork))
    desk.stage.push(ours)
    assert await lines(ours) == before
    assert await lines(fork) != before, "its own runs are its own"
