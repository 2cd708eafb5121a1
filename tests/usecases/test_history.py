"""What a report says of a failure's past, on every host."""

import re
from pathlib import Path

import pytest

from bot.domain.cycle import CycleState
from bot.domain.flakiness import CLEAN_RUNS
from bot.usecases.rerun import rerun_cycle
from tests.e2e.suites import junit, suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import WHERE, on, once_on
from tests.usecases.past import Past, commit, findings, novelties
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio

GREEN = junit(0, passing=3).replace("test_ok_2", "test_aa")
"""The test passes that is the first to fail in the other reports."""


@pytest.fixture
def past(desk: Desk, tmp_path: Path) -> Past:
    return Past(desk, tmp_path)


@on()
async def test_what_does_not_fail_on_main_is_new_and_what_does_is_known(past: Past) -> None:
    desk = past.desk
    await past.main(junit(0))
    pull = desk.stage.open_pull()
    assert novelties(await past.change(pull, junit(1))) == ["new"]
    (comment,) = desk.stage.comments(pull)
    assert "1 of 3 tests failed — 1 new cause" in comment.body
    assert "**New · `KeyError: no price for article aa`**" in comment.body

    broke = commit(desk)
    await past.main(junit(1), sha=broke)
    desk.stage.push(pull)
    execution = await past.change(pull, junit(2))
    assert novelties(execution) == ["known", "new"]
    (known, new) = findings(execution)
    assert known["since"]["sha"] == broke and known["history"].startswith("also fails on `main` since ")
    assert new["first_seen"]["sha"] == pull.head_sha
    (comment,) = desk.stage.comments(pull)
    assert "2 of 4 tests failed — 2 causes, 1 new" in comment.body
    assert re.search(rf"\*\*2 · Already failing · .*also fails on `main` since .*`{broke[:7]}`", comment.body)

    await past.main(GREEN)
    desk.stage.push(pull)
    execution = await past.change(pull, junit(1))
    assert novelties(execution) == ["new"], "main is mended"
    assert "gone from `main` after" in findings(execution)[0]["history"]


@once_on({"github"})
async def test_without_a_run_of_main_nothing_is_called_new(past: Past) -> None:
    pull = past.desk.stage.open_pull()
    assert novelties(await past.change(pull, junit(1))) == [None]
    (comment,) = past.desk.stage.comments(pull)
    assert "1 of 3 tests failed — 1 cause" in comment.body and "new" not in comment.body
    assert "no run of `main` is known yet to compare with" in comment.body
    # A run of another branch or suite says nothing of main.
    await past.main(junit(0), branch="next")
    await past.send({"source": "github", "repository": past.desk.stage.path, "branch": "main"}, junit(0), suite="e2e")
    past.desk.stage.push(pull)
    assert novelties(await past.change(pull, junit(1))) == [None]


@once_on()
async def test_a_run_of_main_itself_is_compared_with_the_one_before(past: Past) -> None:
    first = await past.main(junit(1))
    assert novelties(first) == [None]
    broke = commit(past.desk)
    assert novelties(await past.main(junit(2), sha=broke)) == ["known", "new"]
    execution = await past.main(junit(2))
    assert novelties(execution) == ["known", "known"]
    assert findings(execution)[1]["since"]["sha"] == broke


@on()
async def test_green_on_the_commit_that_was_red_is_flaky_until_thirty_clean_runs(past: Past) -> None:
    desk = past.desk
    await past.main(junit(0, passing=3))
    pull = desk.stage.open_pull()
    red = await past.change(pull, junit(1))
    again = await past.change(pull, GREEN)
    assert (red.state, again.state) == (CycleState.FAILED, CycleState.UNSTABLE)
    assert again.counts["flaky"] == 1
    (comment,) = desk.stage.comments(pull)
    assert "3 tests passed, 1 only after a retry" in comment.body
    assert desk.verdict(pull).outcome == ("other" if desk.stage.name in WHERE["checks"] else "passed")

    # Elsewhere, it fails of the same cause: nobody's fault here, so it fails no check.
    other = desk.stage.open_pull("other")
    execution = await past.change(other, junit(1))
    assert (execution.state, novelties(execution)) == (CycleState.FAILED, ["flaky"])
    (comment,) = desk.stage.comments(other)
    assert "1 of 3 tests failed — flaky" in comment.body
    assert "flaky: passed and failed on the same commit" in comment.body
    assert desk.verdict(other).outcome == ("other" if desk.stage.name in WHERE["checks"] else "passed")
    assert (await past.states())[-1] == CycleState.UNSTABLE


@once_on({"github"})
async def test_a_rerun_that_passes_is_unstable_and_stays_so(past: Past) -> None:
    desk = past.desk
    pull = desk.stage.open_pull()
    marker = past.folder / "marker"
    red, green = (suite(failing, 2 + (not failing)).replace("test_ok_2", "test_aa") for failing in (1, 0))
    cycle = await trigger(desk, pull, f"if [ -e {marker} ]; then\n{green}\nfi\ntouch {marker}\n{red}")
    await desk.drain()
    assert await past.states() == [CycleState.FAILED]
    for _ in range(2):
        await rerun_cycle(desk.services, desk.caller, cycle)
        await desk.drain()
        assert await past.states() == [CycleState.UNSTABLE]
        (comment,) = desk.stage.comments(pull)
        assert "3 tests passed, 1 only after a retry" in comment.body
    desk.stage.push(pull)
    await trigger(desk, pull, green)
    await desk.drain()
    assert await past.states() == [CycleState.UNSTABLE, CycleState.PASSED], "another commit is another story"


@pytest.mark.parametrize("host", ["github"], indirect=True)
async def test_thirty_clean_runs_close_it(past: Past) -> None:
    async def run(report: str, commit: str) -> list[str | None]:
        # Of a repository that is on no host.
        context = {"source": "local", "branch": "main", "commitSha": commit * 40}
        return novelties(await past.send(context, report))

    await run(GREEN, "1")
    assert await run(junit(1), "1") == ["flaky"]
    await run(GREEN, "2")
    await past.repeat(CLEAN_RUNS - 2)
    assert await run(junit(1), "3") == ["flaky"], "one more run is missing"
    await run(GREEN, "4")
    await past.repeat(CLEAN_RUNS - 1)
    assert await run(junit(1), "5") == ["new"]


@once_on({"github"})
async def test_a_flaky_test_that_fails_of_something_else_is_new(past: Past) -> None:
    desk = past.desk
    sha = commit(desk)
    await past.main(GREEN, sha=sha)
    await past.main(junit(1), sha=sha)
    await past.main(GREEN)
    pull = desk.stage.open_pull()
    broken = junit(1).replace("KeyError: no price for article aa", "TypeError: article is None")
    assert novelties(await past.change(pull, broken)) == ["new"]
    # Pushing again does not make a habit of it.
    desk.stage.push(pull)
    assert novelties(await past.change(pull, broken)) == ["new"]
