"""What an attempt with only some of the tests says of the others: what the attempt before it said."""

from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.cycle import CycleState
from bot.store.cycles import add_results
from bot.store.models import Execution, Finding, TestResult
from bot.usecases.services import Services

_BATCH = 5_000
_TOLD = (CycleState.PASSED, CycleState.FAILED, CycleState.UNSTABLE, CycleState.ERROR)
_KEPT = ("test", "status", "flaky", "seconds", "message")


async def carry_results(services: Services, execution: Execution) -> None:
    """Copies the earlier results of the tests that an attempt with a selection did not run.

    What is skipped was not run: many tools report so what was not selected. A test that was selected and did not run
    all the same keeps its earlier result too, lest red be lost.
    """
    if not execution.selection:
        return
    async with services.database.read() as session:
        earlier = await earlier_attempt(session, execution)
    if earlier is None:
        return
    async with services.database.write() as session:
        known = exists().where(_ran(earlier.id), _THEIRS.test == TestResult.test)
        mine = TestResult.execution_id == execution.id, TestResult.status == "skipped"
        await session.execute(delete(TestResult).where(*mine, known))
    here = exists().where(_THEIRS.execution_id == execution.id, _THEIRS.test == TestResult.test)
    after = ""
    while True:
        async with services.database.write() as session:
            query = select(TestResult).where(TestResult.execution_id == earlier.id, TestResult.id > after, ~here)
            rows = (await session.scalars(query.order_by(TestResult.id).limit(_BATCH))).all()
            if not rows:
                return
            after = rows[-1].id
            copies = [{name: getattr(row, name) for name in _KEPT} for row in rows]
            await add_results(session, execution, TestResult, copies)


async def join_earlier(session: AsyncSession, execution: Execution, state: CycleState) -> CycleState:
    """Adds to an attempt with a selection the causes of what still stands of the one before it, and counts both.

    Gives what the attempt amounts to by that: red that was not run again stays red.
    """
    earlier = await earlier_attempt(session, execution) if execution.selection else None
    if earlier is None:
        return state
    red = await _red_tests(session, execution.id)
    if await _any_results(session, execution.id):
        execution.counts = execution.counts | await _count(session, execution.id)
    else:
        # Without reports there are only the names in the logs; a run that ended well has run all that was selected.
        analysis, before = execution.analysis or {}, earlier.analysis or {}
        ran = set(execution.selection) if state is CycleState.PASSED else set(analysis.get("failing_tests", ()))
        red = [*analysis.get("failing_tests", ()), *(set(before.get("failing_tests", ())) - ran)]
    await _carry_findings(session, execution, earlier, set(red))
    if execution.analysis is not None:
        execution.analysis = execution.analysis | {"failing_tests": sorted(set(red))}
    if red:
        return CycleState.FAILED
    return CycleState.UNSTABLE if state is CycleState.PASSED and execution.counts.get("flaky") else state


async def earlier_attempt(session: AsyncSession, execution: Execution) -> Execution | None:
    """Gives the attempt of the same cycle that an attempt follows and that came to an end."""
    query = select(Execution).where(
        Execution.cycle_id == execution.cycle_id, Execution.attempt < execution.attempt, Execution.state.in_(_TOLD)
    )
    return await session.scalar(query.order_by(Execution.attempt.desc()).limit(1))


_THEIRS = aliased(TestResult)


def _ran(execution_id: str) -> ColumnElement[bool]:
    return (_THEIRS.execution_id == execution_id) & (_THEIRS.status != "skipped")


async def _any_results(session: AsyncSession, execution_id: str) -> bool:
    query = select(TestResult.id).where(TestResult.execution_id == execution_id)
    return await session.scalar(query.limit(1)) is not None


async def _red_tests(session: AsyncSession, execution_id: str) -> list[str]:
    query = select(TestResult.test).where(
        TestResult.execution_id == execution_id, TestResult.status.in_(("failed", "errored"))
    )
    return list(await session.scalars(query))


async def _count(session: AsyncSession, execution_id: str) -> dict[str, int]:
    mine = select(TestResult.status, TestResult.flaky, func.count()).where(TestResult.execution_id == execution_id)
    counts = dict.fromkeys(("total", "passed", "failed", "errored", "skipped", "flaky"), 0)
    for status, flaky, number in await session.execute(mine.group_by(TestResult.status, TestResult.flaky)):
        counts["total"] += number
        counts[status] += number
        counts["flaky"] += number if flaky else 0
    return counts


async def _carry_findings(session: AsyncSession, execution: Execution, earlier: Execution, red: set[str]) -> None:
    """Adds the earlier causes of tests that are red without a cause of this attempt's own."""
    mine: dict[str, Any] = execution.analysis or {}
    theirs: dict[str, Any] = earlier.analysis or {}
    rows = (
        await session.scalars(select(Finding).where(Finding.execution_id == earlier.id).order_by(Finding.rank))
    ).all()
    found = list(mine.get("findings", ()))
    open_tests = red - {test for finding in found for test in finding["tests"]}
    offset, used, added = len(mine.get("inputs", ())), False, []
    for row in rows:
        tests = [test for test in row.content.get("tests") or () if test in open_tests]
        if not tests or row.rank >= len(theirs.get("findings", ())):
            continue
        told = dict(theirs["findings"][row.rank])
        evidence = [line | {"input": line["input"] + offset} for line in told["evidence"]]
        found.append(told | {"id": f"f{len(found) + 1}", "tests": tests, "evidence": evidence})
        added.append(
            {
                "rank": len(found) - 1,
                "fingerprint": row.fingerprint,
                "title": row.title,
                "category": row.category,
                "content": row.content | {"tests": tests},
            }
        )
        used = True
    if used:
        inputs = [*mine.get("inputs", ()), *(f"{name} (attempt {earlier.attempt})" for name in theirs["inputs"])]
        execution.analysis = (mine or theirs) | {"inputs": inputs, "findings": found}
        await add_results(session, execution, Finding, added)
