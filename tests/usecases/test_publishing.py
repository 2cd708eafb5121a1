"""What stands on the host, and how many calls it took."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

import bot.usecases
from bot.domain.context import CiContext
from bot.domain.cycle import CycleState
from bot.domain.trigger import Trigger
from bot.queue.stories import job_functions
from bot.store.cycles import latest_execution
from bot.store.hosting import find_pull_request
from bot.store.jobs import finish
from bot.store.models import Job, JobState, TestCycle
from bot.usecases.cancel import cancel_cycle
from bot.usecases.publish_report import publish_report
from bot.usecases.receive_results import Upload, receive_results
from bot.usecases.rerun import rerun_cycle
from bot.usecases.start_cycle import start_cycle
from providers.errors import RateLimited, Unavailable
from simulators.faults import Fault
from simulators.github.models import PullRequest
from tests.e2e.suites import junit, suite
from tests.usecases.conftest import Desk
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio


async def republish(desk: Desk) -> None:
    async with desk.database.read() as session:
        repository_id = (await session.get_one(TestCycle, await only_cycle(desk))).repository_id or ""
        pull = await find_pull_request(session, repository_id, number=1)
    assert pull is not None
    await publish_report(desk.services, pull.id)


async def only_cycle(desk: Desk) -> str:
    async with desk.database.read() as session:
        return (await session.scalars(select(TestCycle.id))).one()


async def test_an_unchanged_report_costs_no_call(desk: Desk) -> None:
    await trigger(desk, desk.open(), suite(1))
    await desk.drain()
    desk.simulator.calls.clear()
    await republish(desk)
    assert not list(desk.simulator.calls)


async def test_a_changed_report_costs_two_writes_and_no_read(desk: Desk) -> None:
    pull = desk.open()
    await desk.deliver(desk.simulator.events.pull_request("opened", pull))
    cycle = await trigger(desk, pull, suite(1))
    await desk.drain()
    await rerun_cycle(desk.services, desk.caller, cycle)
    # The check run of the new execution stands before its result comes.
    await desk.drain(but=frozenset({"run_execution"}))
    await desk.drain(but=frozenset({"publish_report"}))
    desk.simulator.calls.clear()
    await desk.drain()
    methods = [call.method for call in desk.simulator.calls if "token" not in call.path]
    assert methods == ["PATCH", "PATCH"]


async def test_a_green_first_run_makes_no_comment(desk: Desk) -> None:
    await trigger(desk, desk.open(), suite(0))
    await desk.drain()
    assert not desk.simulator.state.comments
    (check,) = desk.simulator.state.check_runs.values()
    assert check.conclusion == "success"


async def test_the_comment_turns_green_on_a_new_head(desk: Desk) -> None:
    pull = desk.open()
    await trigger(desk, pull, suite(1))
    await desk.drain()
    desk.simulator.push(pull)
    await desk.deliver(desk.simulator.events.pull_request("synchronize", pull))
    await trigger(desk, pull, suite(0))
    await desk.drain()
    (comment,) = desk.simulator.state.comments.values()
    assert "2 tests passed" in comment.body
    assert pull.head.sha[:7] in comment.body


async def test_an_old_head_does_not_overwrite_a_newer_one_but_its_check_ends(desk: Desk) -> None:
    pull = desk.open()
    old = pull.head.sha
    await trigger(desk, pull, suite(2))
    await desk.drain(but=frozenset({"run_execution"}))
    desk.simulator.push(pull)
    await desk.deliver(desk.simulator.events.pull_request("synchronize", pull))
    await trigger(desk, pull, suite(1))
    await desk.drain()
    (comment,) = desk.simulator.state.comments.values()
    assert "1 of 3 tests failed" in comment.body
    assert {(run.suite.head_sha, run.status) for run in desk.simulator.state.check_runs.values()} == {
        (old, "completed"),
        (pull.head.sha, "completed"),
    }


async def test_a_later_green_part_does_not_hide_an_earlier_red_one(desk: Desk) -> None:
    pull = desk.open()
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
    (comment,) = desk.simulator.state.comments.values()
    assert comment.body.splitlines()[1].startswith("### ❌ 1 of 5 tests failed")
    assert {run.name: run.conclusion for run in desk.simulator.state.check_runs.values()} == {
        "Agnox / shop": "failure",
        "Agnox / shop / api": "success",
    }


async def upload(desk: Desk, pull: PullRequest, tmp_path: Path, report: str) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(report)
    context = CiContext.model_validate(desk.context(pull))
    await receive_results(desk.services, desk.caller, context, [Upload("report", "junit.xml", path)])
    await desk.drain()


async def test_parts_that_are_sent_one_by_one_add_up(desk: Desk, tmp_path: Path) -> None:
    pull = desk.open()
    await upload(desk, pull, tmp_path, junit(1, passing=0))
    await upload(desk, pull, tmp_path, junit(0, passing=3))
    (comment,) = desk.simulator.state.comments.values()
    assert comment.body.splitlines()[1].startswith("### ❌ 1 of 4 tests failed")
    # The newest check run of a name is what a host goes by.
    assert [run.conclusion for run in desk.simulator.state.check_runs.values()] == ["failure", "failure"]


async def test_the_same_tests_sent_again_take_the_place_of_the_first(desk: Desk, tmp_path: Path) -> None:
    pull = desk.open()
    await upload(desk, pull, tmp_path, junit(1).replace("test_aa", "test_ok_9"))
    await upload(desk, pull, tmp_path, junit(0, passing=10))
    (comment,) = desk.simulator.state.comments.values()
    assert "10 tests passed" in comment.body
    assert [run.conclusion for run in desk.simulator.state.check_runs.values()] == ["failure", "success"]


async def test_a_cancelled_rerun_does_not_make_red_forgotten(desk: Desk) -> None:
    cycle = await trigger(desk, desk.open(), suite(1))
    await desk.drain()
    await rerun_cycle(desk.services, desk.caller, cycle)
    await cancel_cycle(desk.services, desk.caller, cycle)
    await desk.drain()
    (comment,) = desk.simulator.state.comments.values()
    assert "1 of 3 tests failed" in comment.body
    assert [run.conclusion for run in desk.simulator.state.check_runs.values()] == ["failure", "cancelled"]


async def test_a_check_that_the_host_rejects_still_ends(desk: Desk) -> None:
    await trigger(desk, desk.open(), suite(1))
    await desk.drain(but=frozenset({"run_execution"}))
    desk.simulator.faults.add(
        Fault(method="PATCH", path=r"/check-runs/\d+$", skip=1, status=422, body=b'{"message": "Invalid annotations"}')
    )
    await desk.drain()
    (run,) = desk.simulator.state.check_runs.values()
    assert (run.status, run.conclusion, run.annotations) == ("completed", "failure", [])
    assert len(desk.simulator.state.comments) == 1


async def test_a_refused_comment_is_told_until_it_is_taken(desk: Desk) -> None:
    cycle_id = await trigger(desk, desk.open(), suite(1))
    desk.simulator.faults.add(
        Fault(method="POST", path=r"/comments$", status=403, body=b'{"message": "Resource not accessible"}')
    )
    await desk.drain()
    for _ in range(2):
        await republish(desk)
        async with desk.database.read() as session:
            assert "Resource not accessible" in (await session.get_one(TestCycle, cycle_id)).refusal
    await desk.deliver(desk.simulator.events.installation("new_permissions_accepted", desk.installation))
    await desk.drain()
    assert len(desk.simulator.state.comments) == 1
    async with desk.database.read() as session:
        assert (await session.get_one(TestCycle, cycle_id)).refusal == ""


async def test_an_unsuspended_installation_is_taken_up_again(desk: Desk) -> None:
    await trigger(desk, desk.open(), suite(1))
    desk.simulator.suspend(desk.installation)
    await desk.deliver(desk.simulator.events.installation("suspend", desk.installation))
    await desk.drain()
    assert not desk.simulator.state.comments
    desk.simulator.unsuspend(desk.installation)
    await desk.deliver(desk.simulator.events.installation("unsuspend", desk.installation))
    await desk.drain()
    assert len(desk.simulator.state.comments) == len(desk.simulator.state.check_runs) == 1


async def test_installing_again_joins_the_same_organization(desk: Desk) -> None:
    desk.simulator.uninstall(desk.installation)
    await desk.deliver(desk.simulator.events.installation("deleted", desk.installation))
    again = desk.simulator.install("octo-org", repositories=[desk.repository])
    await desk.deliver(desk.simulator.events.installation("created", again))
    await trigger(desk, desk.open(), suite(1))
    await desk.drain()
    assert len(desk.simulator.state.comments) == 1


async def test_a_log_with_a_nul_is_no_trouble(desk: Desk) -> None:
    cycle_id = await trigger(desk, desk.open(), "printf 'ValueError: bad \\000 byte\\n'; exit 1")
    await desk.drain()
    async with desk.database.read() as session:
        assert (await session.get_one(TestCycle, cycle_id)).state == CycleState.ERROR


async def test_a_long_line_is_a_remark_and_no_trouble(desk: Desk) -> None:
    cycle_id = await trigger(desk, desk.open(), suite(0, before="head -c 9000 /dev/zero | tr '\\0' x; echo"))
    await desk.drain()
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
        execution = await latest_execution(session, cycle_id)
    assert (cycle.state, execution.problem) == (CycleState.PASSED, "")
    assert "output.log" in execution.notes


async def test_a_job_that_dies_does_not_leave_the_cycle_open(desk: Desk) -> None:
    cycle_id = await trigger(desk, desk.open(), suite(1))
    async with desk.database.write() as session:
        job = (await session.scalars(select(Job).where(Job.function == "run_execution"))).one()
        job.state, job.lease_owner = JobState.RUNNING, "somebody"
        await session.flush()
        await finish(session, job, JobState.DEAD, error="its worker died 5 times", now=desk.services.clock())
    await desk.drain()
    async with desk.database.read() as session:
        assert (await session.get_one(TestCycle, cycle_id)).state == CycleState.ERROR
    (run,) = desk.simulator.state.check_runs.values()
    assert run.conclusion == "failure"
    assert "its worker died" in f"{run.title} {run.summary} {run.text}"


async def test_without_the_right_to_check_runs_the_verdict_is_a_commit_status(desk: Desk) -> None:
    desk.installation.permissions.pop("checks")
    pull = desk.open()
    await trigger(desk, pull, suite(1))
    await desk.drain()
    assert not desk.simulator.state.check_runs
    assert [status.state for status in desk.simulator.state.statuses][-1] == "failure"
    assert len(desk.simulator.state.comments) == 1
    desk.simulator.calls.clear()
    await republish(desk)
    assert not list(desk.simulator.calls)


async def test_a_lost_answer_makes_nothing_twice(desk: Desk) -> None:
    await trigger(desk, desk.open(), suite(1))
    for path in (r"/check-runs$", r"/comments$"):
        desk.simulator.faults.add(Fault(method="POST", path=path, status=502, applied=True))
    await desk.drain(but=frozenset({"publish_report"}))
    for _ in range(2):
        with pytest.raises(Unavailable):
            await republish(desk)
    await republish(desk)
    assert len(desk.simulator.state.check_runs) == len(desk.simulator.state.comments) == 1


async def test_a_rate_limit_names_the_time_to_come_back(desk: Desk) -> None:
    await trigger(desk, desk.open(), suite(1))
    await desk.drain(but=frozenset({"publish_report"}))
    desk.simulator.faults.add(
        Fault(
            method="POST",
            path=r"/check-runs$",
            status=403,
            headers={"retry-after": "120"},
            body=b'{"message": "You have exceeded a secondary rate limit"}',
        )
    )
    with pytest.raises(RateLimited) as limited:
        await republish(desk)
    assert 100 < (limited.value.retry_at - desk.services.clock()).total_seconds() < 140
    with time_machine.travel(limited.value.retry_at + timedelta(seconds=1)):
        await republish(desk)
    assert len(desk.simulator.state.check_runs) == 1


async def test_a_suspended_installation_is_told_and_costs_no_retry(desk: Desk) -> None:
    pull = desk.open()
    cycle_id = await trigger(desk, pull, suite(1))
    desk.simulator.suspend(desk.installation)
    await desk.drain()
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
    assert cycle.state == CycleState.FAILED
    assert "suspended" in cycle.problem


async def test_a_deleted_installation_stops_all_calls(desk: Desk) -> None:
    pull = desk.open()
    await trigger(desk, pull, suite(1))
    await desk.deliver(desk.simulator.events.installation("deleted", desk.installation))
    desk.simulator.calls.clear()
    await desk.drain()
    assert not list(desk.simulator.calls)
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, await only_cycle(desk))
    assert "removed" in cycle.problem


async def test_a_fork_is_found_in_our_own_table(desk: Desk) -> None:
    fork = desk.simulator.fork(desk.repository, "stranger")
    pull = desk.open(fork=fork, user="stranger")
    await desk.deliver(desk.simulator.events.pull_request("opened", pull))
    desk.simulator.calls.clear()
    await trigger(desk, pull, suite(1), prNumber=None)
    await desk.drain()
    assert len(desk.simulator.state.comments) == 1
    assert not [call for call in desk.simulator.calls if "/pulls" in call.path]


async def test_a_comment_that_was_deleted_is_made_anew(desk: Desk) -> None:
    pull = desk.open()
    cycle = await trigger(desk, pull, suite(1))
    await desk.drain()
    desk.simulator.state.comments.clear()
    await rerun_cycle(desk.services, desk.caller, cycle)
    await desk.drain()
    assert len(desk.simulator.state.comments) == 1


async def test_every_execution_has_a_check_run_of_its_own(desk: Desk) -> None:
    pull = desk.open()
    cycle = await trigger(desk, pull, suite(1))
    await desk.drain()
    await rerun_cycle(desk.services, desk.caller, cycle)
    await desk.drain()
    runs = list(desk.simulator.state.check_runs.values())
    assert [run.conclusion for run in runs] == ["failure", "failure"]
    assert len({run.external_id for run in runs}) == 2
    assert len({run.name for run in runs}) == 1


def test_every_job_that_a_use_case_names_is_registered() -> None:
    named = set()
    for path in Path(bot.usecases.__file__).parent.glob("*.py"):
        named |= set(re.findall(r'^ +"((?:publish|run|locate|analyze|handle)_\w+)",?$', path.read_text(), re.MULTILINE))
    assert named
    assert named <= set(job_functions(timedelta(1)).names)
