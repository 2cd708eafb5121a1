"""Our testing nodes run only what failed; what was not run again keeps what it said before."""

import pytest
from sqlalchemy import select

from bot.domain.cycle import CycleState
from bot.store.models import Finding, TestResult
from bot.usecases.read_cycle import read_execution
from tests.usecases.hosts import on, once_on
from tests.usecases.reruns.bench import Again

pytestmark = pytest.mark.anyio

A, B, C = (f"tests/test_shop.py::test_{name}" for name in "abc")


async def results(again: Again, execution_id: str) -> dict[str, str]:
    async with again.desk.database.read() as session:
        rows = await session.scalars(select(TestResult).where(TestResult.execution_id == execution_id))
        return {row.test: row.status for row in rows}


@on({"github"})
async def test_only_what_failed_runs_again_and_the_rest_still_counts(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("ab")
    await again.pytest(pull, *"abc")
    assert again.ran == ["a", "b", "c"]
    again.fails("b")
    assert (await again.ask(pull)).started == ("shop",)
    assert again.ran == ["a", "b"]
    _, second = await again.executions()
    assert second.selection == [A, B] and second.requested_by == "github:grace"
    assert (second.state, second.healed) == (CycleState.FAILED, [A])
    assert {name: second.counts[name] for name in ("total", "passed", "failed")} == {
        "total": 3,
        "passed": 2,
        "failed": 1,
    }
    assert await results(again, second.id) == {A: "passed", B: "failed", C: "passed"}
    assert "1 of 3 tests failed" in again.desk.verdict(pull).title
    again.fails("")
    await again.ask(pull)
    assert again.ran == ["b"]
    *_, third = await again.executions()
    assert (third.state, third.healed) == (CycleState.UNSTABLE, [A, B])
    assert third.counts["passed"] == third.counts["total"] == 3
    assert [cycle.state for cycle in await again.cycles()] == [CycleState.UNSTABLE]


@once_on({"github"})
async def test_red_that_was_not_run_again_stays_red_with_its_cause(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("ab")
    await again.pytest(pull, *"abc")
    assert again.ran == ["a", "b", "c"]
    again.fails("")
    assert (await again.ask(pull, "*test_a")).started == ("shop",)
    assert again.ran == ["a"]
    _, second = await again.executions()
    assert (second.state, second.exit_code) == (CycleState.FAILED, 0)
    assert await results(again, second.id) == {A: "passed", B: "failed", C: "passed"}
    assert second.analysis is not None and second.analysis["failing_tests"] == [B]
    (found,) = second.analysis["findings"]
    assert found["tests"] == [B]
    (line, *_) = found["evidence"]
    assert second.analysis["inputs"][line["input"]].endswith(" (attempt 1)")
    async with again.desk.database.read() as session:
        (row,) = await session.scalars(select(Finding).where(Finding.execution_id == second.id))
    assert row.content["tests"] == [B]
    (comment,) = again.desk.stage.comments(pull)
    assert "1 of 3 tests failed" in comment.body and "broken b" in comment.body


@once_on({"github"})
async def test_a_test_that_was_selected_and_did_not_run_is_still_red(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("ab")
    await again.pytest(pull, *"abc")
    again.has("a")
    await again.ask(pull)
    *_, second = await again.executions()
    assert second.state == CycleState.FAILED
    assert (await results(again, second.id))[B] == "failed"


@once_on({"github"})
async def test_a_tool_that_is_not_known_runs_all_and_is_told_what_is_wanted(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    (again.folder / "run.sh").write_text(f'printf "%s" "$AGNOX_TESTS" > {again.folder}/wanted\nexec pytest -q tests\n')
    again.fails("a")
    await again.pytest(pull, *"abc", command=f"sh {again.folder}/run.sh")
    assert (again.folder / "wanted").read_text() == ""
    again.fails("")
    await again.ask(pull)
    assert (again.folder / "wanted").read_text() == A
    *_, second = await again.executions()
    assert "all tests were run: how its test tool selects tests can't be told" in second.notes
    assert (second.state, second.healed) == (CycleState.UNSTABLE, [A]), second.problem
    (comment,) = again.desk.stage.comments(pull)
    assert "Note: all tests were run: how its test tool" in comment.body
    assert "all tests were run" in again.desk.verdict(pull).text
    read = await read_execution(again.desk.services, again.desk.caller, second.id)
    assert read.notes == second.notes


@once_on({"github"})
async def test_all_is_all_and_forgets_tests_that_are_gone(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("ab")
    await again.pytest(pull, *"abc")
    again.has("a")
    again.fails("")
    await again.ask(pull, "all")
    *_, second = await again.executions()
    assert second.selection == []
    assert await results(again, second.id) == {A: "passed"}


@once_on({"github"})
async def test_what_is_wanted_can_be_a_suite_or_nothing_at_all(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("a")
    await again.pytest(pull, *"ab")
    assert (await again.ask(pull, "sh*", run=False)).started == ("shop",)
    await again.desk.drain()
    asked = await again.ask(pull, "nothing-like-it")
    assert asked.refused == ("no suite and no failed test is called nothing-like-it: there are the suites shop",)
    again.fails("")
    await again.ask(pull, "all")
    asked = await again.ask(pull)
    assert (asked.started, asked.refused) == ((), ("nothing failed: `/agnox rerun all` runs everything again",))
    again.desk.stage.push(pull)
    asked = await again.ask(pull)
    assert (asked.started, asked.refused) == ((), ())


@once_on({"github"})
async def test_while_it_runs_again_the_verdict_stands_and_the_report_says_so(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("a")
    await again.pytest(pull, *"ab")
    await again.ask(pull, run=False)
    await again.desk.drain(but=frozenset({"run_execution"}))
    asked = await again.ask(pull, run=False)
    assert asked.refused == ("shop: the cycle is PENDING: wait for its end or cancel it first",)
    (comment,) = again.desk.stage.comments(pull)
    assert "1 of 2 tests failed" in comment.body
