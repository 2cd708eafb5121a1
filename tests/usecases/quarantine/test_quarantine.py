"""Failures of tests in quarantine are told, but fail no check."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.domain.cycle import CycleState
from bot.store.models import Execution, IgnoredFinding, PullRequest, Quarantined, Repository
from bot.usecases import tend_quarantine
from bot.usecases.errors import Invalid, Missing
from bot.usecases.quarantine import lift, put
from tests.e2e.suites import junit
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on, once_on
from tests.usecases.past import Past, commit, findings

pytestmark = pytest.mark.anyio


@pytest.fixture
def past(desk: Desk, tmp_path: Path) -> Past:
    return Past(desk, tmp_path)


async def _put(desk: Desk, test: str, *, days: int | None = 14, reason: str = "") -> str:
    async with desk.database.write() as session:
        repository = (await session.scalars(select(Repository))).one()
        until = desk.services.clock() + timedelta(days=days) if days is not None else None
        return await put(session, desk.services, repository, test, by="ada", until=until, reason=reason)


async def _lift(desk: Desk, test: str) -> str:
    async with desk.database.write() as session:
        repository = (await session.scalars(select(Repository))).one()
        return await lift(session, desk.services, repository, test, by="ada")


async def _tests(desk: Desk, execution: Execution) -> list[str]:
    return [test for found in findings(execution) for test in found["tests"]]


@on()
async def test_a_failure_in_quarantine_fails_no_check_until_it_is_lifted(past: Past) -> None:
    desk = past.desk
    pull = desk.stage.open_pull()
    execution = await past.change(pull, junit(1))
    assert [judged.outcome for judged in desk.stage.verdicts(pull)] == ["failed"]
    (test,) = await _tests(desk, execution)

    said = await _put(desk, test, reason="waits for the new price list")
    await desk.drain()
    assert said.startswith(f"{test} is in quarantine until ")
    (judged,) = desk.stage.verdicts(pull)
    assert judged.outcome != "failed" and judged.finished
    (comment,) = desk.stage.comments(pull)
    assert "quarantined by ada until" in comment.body and "waits for the new price list" in comment.body
    assert await past.states() == [CycleState.UNSTABLE]
    assert (await past.execution(execution.id)).state == CycleState.FAILED, "an attempt stays what it was"

    await _lift(desk, test)
    await desk.drain()
    assert [judged.outcome for judged in desk.stage.verdicts(pull)] == ["failed"]
    assert await past.states() == [CycleState.FAILED]


@once_on()
async def test_one_failure_outside_of_quarantine_is_enough(past: Past) -> None:
    desk = past.desk
    pull = desk.stage.open_pull()
    execution = await past.change(pull, junit(2))
    first, second = await _tests(desk, execution)
    await _put(desk, first)
    await desk.drain()
    assert [judged.outcome for judged in desk.stage.verdicts(pull)] == ["failed"]
    assert await past.states() == [CycleState.FAILED]
    await _put(desk, second.replace("[", "?").replace("bb", "*"))
    await desk.drain()
    assert await past.states() == [CycleState.UNSTABLE]


@once_on()
async def test_quarantine_ends_by_its_time(past: Past) -> None:
    desk = past.desk
    pull = desk.stage.open_pull()
    (test,) = await _tests(desk, await past.change(pull, junit(1)))
    await _put(desk, test, days=14)
    await desk.drain()
    assert await past.states() == [CycleState.UNSTABLE]
    later = desk.services.clock() + timedelta(days=15)
    desk.services = replace(desk.services, clock=lambda: later)
    await desk.drain(but=frozenset({"forget_asked"}))
    assert await past.states() == [CycleState.FAILED]
    assert [judged.outcome for judged in desk.stage.verdicts(pull)] == ["failed"]


@once_on()
async def test_what_is_asked_wrongly_is_refused_with_words(past: Past) -> None:
    desk = past.desk
    await past.change(desk.stage.open_pull(), junit(1))
    for everything in ("*", "**", " ?* ", "\x00"):
        with pytest.raises(Invalid, match="name a test"):
            await _put(desk, everything)
    await _put(desk, "tests/shop::test_pay")
    with pytest.raises(Missing, match=r"did you mean tests/shop::test_pay\?"):
        await _lift(desk, "tests/shop::test_pya")
    await _put(desk, "tests/cart::*")
    with pytest.raises(Missing, match=r"the pattern tests/cart::[*] was, which names it"):
        await _lift(desk, "tests/cart::test_add")
    with pytest.raises(Invalid, match="over already"):
        await _put(desk, "test_pay", days=-1)


@once_on()
async def test_doing_it_again_changes_reason_and_end(past: Past) -> None:
    desk = past.desk
    await past.change(desk.stage.open_pull(), junit(1))
    await _put(desk, "test_pay", reason="first")
    await _put(desk, "test_pay", days=None, reason="second ghp_" + "a" * 36)
    async with desk.database.read() as session:
        (row,) = (await session.scalars(select(Quarantined))).all()
    assert row.until is None and row.reason.startswith("second ") and "aaaa" not in row.reason


@once_on()
async def test_a_cause_that_is_ignored_here_fails_no_check_here(past: Past) -> None:
    desk = past.desk
    pull, other = desk.stage.open_pull(), desk.stage.open_pull(branch="other")
    execution = await past.change(pull, junit(1))
    await past.change(other, junit(1))
    async with desk.database.write() as session:
        row = (await session.scalars(select(PullRequest).where(PullRequest.number == pull.number))).one()
        fingerprint = findings(execution)[0]["fingerprint"]
        session.add(
            IgnoredFinding(
                organization_id=row.organization_id, pull_request_id=row.id, fingerprint=fingerprint, title="", by="ada"
            )
        )
    await past.change(pull, junit(1))
    assert desk.stage.verdicts(pull)[-1].outcome != "failed"
    assert "ignored on this pull request by ada" in desk.stage.comments(pull)[0].body
    assert desk.stage.verdicts(other)[-1].outcome == "failed"


@once_on()
async def test_a_test_that_keeps_failing_on_the_default_branch_goes_in_and_out_by_itself(past: Past) -> None:
    desk = past.desk
    await past.main(junit(0))
    async with desk.database.write() as session:
        await session.execute(update(Repository).values(default_branch="main"))
    for _ in range(2):
        (test,) = await _tests(desk, await past.main(junit(1), sha=commit(desk)))
    assert not await _rows(desk)
    await past.main(junit(1), sha=commit(desk))
    (row,) = await _rows(desk)
    assert (row.test, row.automatic, row.reason) == (test, True, "failed in 3 runs of main in a row")

    pull = desk.stage.open_pull()
    await past.change(pull, junit(1))
    assert desk.stage.verdicts(pull)[-1].outcome != "failed"
    assert "quarantined: failed in 3 runs of main in a row" in desk.stage.comments(pull)[0].body

    await past.main(junit(0, 3).replace("test_ok_2", test.rpartition("::")[2]), sha=commit(desk))
    (row,) = await _rows(desk)
    assert row.ended_by == "green again in 1 run of main" and row.ended_at is not None
    assert desk.stage.verdicts(pull)[-1].outcome == "failed", "its failure is told anew"


@once_on({"github"})
async def test_where_too_many_break_at_once_none_goes_in(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = past.desk
    monkeypatch.setattr(tend_quarantine, "_MOST", 2)
    await past.main(junit(0))
    async with desk.database.write() as session:
        await session.execute(update(Repository).values(default_branch="main"))
    for _ in range(3):
        await past.main(junit(3), sha=commit(desk))
    assert not await _rows(desk)
    await past.main(junit(2), sha=commit(desk))
    assert len(await _rows(desk)) == 2


async def _rows(desk: Desk) -> list[Quarantined]:
    async with desk.database.read() as session:
        return list(await session.scalars(select(Quarantined)))
