"""What stands on the host, whichever it is."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import bot.usecases
from bot.domain.context import CiContext
from bot.domain.trigger import Trigger
from bot.queue.stories import job_functions
from bot.store.models import PullRequest, TestCycle
from bot.usecases.cancel import cancel_cycle
from bot.usecases.publish_report import publish_report
from bot.usecases.receive_results import Upload, receive_results
from bot.usecases.rerun import rerun_cycle
from bot.usecases.start_cycle import start_cycle
from simulators.faults import Fault
from simulators.gitlab.stage import GitlabStage
from simulators.stage import Pull
from tests.e2e.suites import junit, suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import WHERE, on, once_on
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio

NOT_PUBLISHED = frozenset({"publish_report"})
NOT_RUN = frozenset({"run_execution"})


async def republish(desk: Desk) -> None:
    """Brings the only pull request up to date once more."""
    async with desk.database.read() as session:
        pull = (await session.scalars(select(PullRequest.id))).one()
    await publish_report(desk.services, pull)


@once_on()
async def test_a_green_first_run_makes_no_comment(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(0))
    await desk.drain()
    assert desk.standing(pull) == {"Agnox / shop": "passed"}
    assert desk.stage.comments(pull) == []


@on()
async def test_the_comment_turns_green_on_a_new_head_and_red_again(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    await desk.drain()
    (red,) = desk.stage.comments(pull)
    for failing, words in ((0, "2 tests passed"), (2, "2 of 4 tests failed")):
        desk.stage.push(pull)
        await desk.tell(desk.stage.pushed(pull))
        await trigger(desk, pull, suite(failing))
        await desk.drain()
        (comment,) = desk.stage.comments(pull)
        assert comment.id == red.id
        assert words in comment.body and pull.head_sha[:7] in comment.body
        assert comment.settled == (failing == 0 and desk.stage.name in WHERE["resolves"])
        assert desk.standing(pull) == {"Agnox / shop": "failed" if failing else "passed"}


@pytest.mark.parametrize("options", [{"comment": "discussion"}], indirect=True)
@once_on({"gitlab"})
async def test_a_thread_is_resolved_when_green_where_it_is_wanted(desk: Desk) -> None:
    assert (await desk.provider()).capabilities.resolves
    pull = desk.stage.open_pull()
    settled = []
    for failing in (1, 0, 1):
        desk.stage.push(pull)
        await trigger(desk, pull, suite(failing))
        await desk.drain()
        (comment,) = desk.stage.comments(pull)
        settled.append(comment.settled)
    assert settled == [False, True, False]


@once_on()
async def test_a_push_is_told_that_its_verdict_is_still_to_come_where_the_old_one_would_stand(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await desk.tell(desk.stage.opened(pull))
    await trigger(desk, pull, suite(0))
    await desk.drain()
    desk.stage.push(pull)
    await desk.tell(desk.stage.pushed(pull))
    await desk.drain()
    awaits = desk.stage.name in WHERE["awaits"]
    assert desk.standing(pull) == ({"Agnox / shop": "pending"} if awaits else {})
    await trigger(desk, pull, suite(0))
    await desk.drain()
    assert desk.standing(pull) == {"Agnox / shop": "passed"}
    # Nobody waits for the verdict on what is closed.
    desk.stage.push(pull)
    desk.stage.close(pull)
    await desk.tell(desk.stage.closed(pull))
    await desk.drain()
    assert desk.standing(pull) == {}


@on()
async def test_an_old_head_does_not_overwrite_a_newer_one_but_its_verdict_ends(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    old = pull.head_sha
    await trigger(desk, pull, suite(2))
    await desk.drain(but=NOT_RUN)
    desk.stage.push(pull)
    await desk.tell(desk.stage.pushed(pull))
    await trigger(desk, pull, suite(1))
    await desk.drain()
    (comment,) = desk.stage.comments(pull)
    assert "1 of 3 tests failed" in comment.body
    # Where the newest word counts for all pushes, nothing more is said of the older one.
    ended = "pending" if desk.stage.name in WHERE["awaits"] else "failed"
    assert [desk.verdict(pull, sha).outcome for sha in (old, pull.head_sha)] == [ended, "failed"]
    assert "1 of 3 tests failed" in desk.verdict(pull).title


@once_on()
async def test_a_later_green_part_does_not_hide_an_earlier_red_one(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await trigger(desk, pull, suite(1))
    await desk.drain()
    wire = {
        "projectId": desk.project.id,
        "command": suite(0),
        "folder": "api",
        "ciContext": desk.context(pull),
    }
    await start_cycle(desk.services, desk.caller, Trigger.model_validate(wire))
    await desk.drain()
    (comment,) = desk.stage.comments(pull)
    assert "### ❌ 1 of 5 tests failed" in comment.body
    assert desk.standing(pull) == {"Agnox / shop": "failed", "Agnox / shop / api": "passed"}


async def upload(desk: Desk, pull: Pull, tmp_path: Path, report: str) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(report)
    context = CiContext.model_validate(desk.context(pull))
    await receive_results(desk.services, desk.caller, context, [Upload("report", "junit.xml", path)])
    await desk.drain()


@once_on()
async def test_parts_that_are_sent_one_by_one_add_up(desk: Desk, tmp_path: Path) -> None:
    pull = desk.stage.open_pull()
    await upload(desk, pull, tmp_path, junit(1, passing=0))
    await upload(desk, pull, tmp_path, junit(0, passing=3))
    (comment,) = desk.stage.comments(pull)
    assert "### ❌ 1 of 4 tests failed" in comment.body
    # The newest verdict of a name is what a host goes by.
    assert {verdict.outcome for verdict in desk.stage.verdicts(pull)} == {"failed"}


@once_on()
async def test_the_same_tests_sent_again_take_the_place_of_the_first(desk: Desk, tmp_path: Path) -> None:
    pull = desk.stage.open_pull()
    await upload(desk, pull, tmp_path, junit(1).replace("test_aa", "test_ok_9"))
    await upload(desk, pull, tmp_path, junit(0, passing=10))
    (comment,) = desk.stage.comments(pull)
    assert "10 tests passed, 1 only after a retry" in comment.body
    # Green on the commit that was red before is no plain success where the host has a word for that.
    green = "other" if desk.stage.name in WHERE["checks"] else "passed"
    assert desk.standing(pull) == {"Agnox / shop": green}


@once_on()
async def test_a_cancelled_rerun_does_not_make_red_forgotten(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    cycle = await trigger(desk, pull, suite(1))
    await desk.drain()
    await rerun_cycle(desk.services, desk.caller, cycle)
    await cancel_cycle(desk.services, desk.caller, cycle)
    await desk.drain()
    (comment,) = desk.stage.comments(pull)
    assert "1 of 3 tests failed" in comment.body
    # Not all hosts have a word for what was cancelled.
    assert desk.verdict(pull).outcome in ("cancelled", "failed")


@once_on()
async def test_a_refused_comment_is_told_until_it_is_taken(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    cycle_id = await trigger(desk, pull, suite(1))
    where = desk.stage.targets["comment"]
    desk.stage.faults.add(
        Fault(method=where.method, path=where.path, status=403, body=b'{"message": "Resource not accessible"}')
    )
    await desk.drain()
    for _ in range(2):
        await republish(desk)
        async with desk.database.read() as session:
            refusal = (await session.get_one(TestCycle, cycle_id)).refusal
        assert "403" in refusal and "Resource not accessible" in refusal
    assert desk.stage.comments(pull) == []
    # Whatever changes is a reason to try again.
    await rerun_cycle(desk.services, desk.caller, cycle_id)
    await desk.drain()
    assert len(desk.stage.comments(pull)) == 1
    async with desk.database.read() as session:
        assert (await session.get_one(TestCycle, cycle_id)).refusal == ""


@once_on()
async def test_a_fork_is_found_in_our_own_table(desk: Desk) -> None:
    pull = desk.stage.open_pull(fork=True)
    await desk.tell(desk.stage.opened(pull))
    await trigger(desk, pull, suite(1), prNumber=None)
    desk.stage.calls.clear()
    assert await desk.drain(but=NOT_PUBLISHED | {"expect_verdict", "inspect_installation", "run_pull_tests"})
    assert not list(desk.stage.calls), "who knows the head needs not ask"
    await desk.drain()
    assert len(desk.stage.comments(pull)) == 1


@once_on({"gitlab"})
async def test_a_verdict_is_tied_to_the_branch_of_its_head(desk: Desk) -> None:
    pull = desk.stage.open_pull("voucher")
    await trigger(desk, pull, suite(1))
    await desk.drain()
    assert isinstance(desk.stage, GitlabStage)
    state = desk.stage.simulator.state
    assert [(found.ref, found.sha) for found in state.pipelines.values()] == [("voucher", pull.head_sha)]


def test_every_job_that_a_use_case_names_is_registered() -> None:
    named = set()
    for path in Path(bot.usecases.__file__).parent.glob("*.py"):
        named |= set(re.findall(r'^ +"((?:publish|run|locate|analyze|handle)_\w+)",?$', path.read_text(), re.MULTILINE))
    assert named
    assert named <= set(job_functions(timedelta(1)).names)
