"""Commands in comments are obeyed once, and what they run again."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.context import CiContext
from bot.store.models import (
    Execution,
)
from bot.usecases.receive_results import Upload, receive_results
from tests.e2e.suites import junit, suite
from tests.usecases.comments.conftest import CONFUSED, DONE, NO_RUNS, SEEN, Talk
from tests.usecases.hosts import on
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio


@on()
async def test_a_comment_that_is_told_twice_is_obeyed_once(talk: Talk) -> None:
    comment = await talk.ask("grace", "/agnox rerun")
    await talk.desk.drain()
    assert (await talk.tell_again()).endswith("was heard before")
    await talk.desk.drain()
    assert talk.shows(comment, SEEN, DONE)
    assert await talk.attempts() == [1, 2]


async def test_a_comment_that_two_hooks_tell_at_once_is_heard_once(talk: Talk) -> None:
    comment = talk.says("grace", "/agnox rerun")
    notes = await asyncio.gather(*(talk.tell(comment) for _ in range(4)))
    assert sum("asks for" in note for note in notes) == 1
    assert sum("was heard before" in note for note in notes) == 3
    await talk.desk.drain(but=NO_RUNS)
    assert await talk.attempts() == [1, 2]


async def test_two_workers_at_once_obey_once(talk: Talk) -> None:
    comment = talk.says("grace", "/agnox rerun")
    await talk.tell(comment)
    await asyncio.gather(*(talk.again("obey_comment") for _ in range(3)))
    assert (await talk.outcomes(), await talk.attempts()) == (["/agnox rerun: shop: runs again"], [1, 2])
    await talk.again("answer_comment")
    assert talk.shows(comment, SEEN, DONE)


@on()
async def test_tests_that_still_run_are_not_started_again(talk: Talk) -> None:
    await talk.ask("grace", "/agnox rerun")
    second = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(second, SEEN, CONFUSED)
    assert await talk.attempts() == [1, 2]
    assert "the cycle is PENDING: wait for its end" in (await talk.outcomes())[1]


@on()
async def test_only_the_current_head_is_run_again(talk: Talk) -> None:
    talk.desk.stage.push(talk.pull)
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]
    assert await talk.outcomes() == [f"/agnox rerun: there are no tests of {talk.pull.head_sha[:7]} yet"]
    await trigger(talk.desk, talk.pull, suite(1))
    await talk.desk.drain()
    await talk.ask("grace", "/agnox rerun")
    assert await talk.attempts() == [1, 1, 2]


async def test_of_a_suite_the_newest_cycle_runs_again(talk: Talk) -> None:
    newer = await trigger(talk.desk, talk.pull, suite(2))
    await talk.desk.drain()
    await talk.ask("grace", "/agnox rerun")
    async with talk.desk.database.read() as session:
        assert list(await session.scalars(select(Execution.cycle_id).where(Execution.attempt == 2))) == [newer]


async def test_a_pull_request_of_the_same_head_keeps_its_own_tests(talk: Talk) -> None:
    other = talk.desk.stage.open_pull("copy", sha=talk.pull.head_sha)
    comment = await Talk(talk.desk, other).ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]


async def test_what_a_ci_ran_is_told_and_the_rest_runs(talk: Talk, tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    report.write_text(junit(2))
    context = CiContext.model_validate(talk.desk.context(talk.pull, source="jenkins", scm=talk.desk.stage.name))
    upload = [Upload("report", "junit.xml", report)]
    await receive_results(talk.desk.services, talk.desk.caller, context, upload, suite="unit")
    await talk.desk.drain()
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, DONE)
    assert "shop: runs again, shop / unit: the tests were run by your CI" in (await talk.outcomes())[0]


async def test_several_commands_are_done_only_if_all_are(talk: Talk) -> None:
    comment = await talk.ask("grace", "/agnox rerun\n/agnox dance")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1, 2]
    assert await talk.outcomes() == [
        "/agnox rerun: shop: runs again; /agnox dance: there is no such command: `/agnox help` lists them"
    ]
