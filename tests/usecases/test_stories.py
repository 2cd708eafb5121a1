"""Reruns, cancelling, results that others made, and the walls between organizations."""

import asyncio
import gzip
from pathlib import Path

import pytest

from bot.domain.context import CiContext
from bot.domain.cycle import CycleState
from bot.domain.trigger import Trigger
from bot.store.cycles import artifacts_of, latest_execution
from bot.store.models import Integration, Organization, Project, TestCycle
from bot.store.sealed import INTEGRATION_TOKEN
from bot.usecases.caller import Caller
from bot.usecases.cancel import cancel_cycle
from bot.usecases.errors import Conflict, Invalid, Missing
from bot.usecases.receive_results import Upload, receive_results
from bot.usecases.rerun import rerun_cycle
from bot.usecases.run_execution import run_execution
from bot.usecases.start_cycle import start_cycle
from tests.e2e.suites import junit, suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import WHERE, on
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio


async def test_a_pressed_button_runs_the_suite_again(desk: Desk) -> None:
    await trigger(desk, desk.open(), suite(1))
    await desk.drain()
    (run,) = desk.simulator.state.check_runs.values()
    writer = desk.simulator.set_role(desk.repository, "grace", "write")
    delivery = await desk.deliver(desk.simulator.events.check_run("requested_action", run, writer, "rerun_all"))
    assert delivery.note == "shop: runs again"
    await desk.drain()
    assert [found.status for found in desk.simulator.state.check_runs.values()] == ["completed"] * 2
    assert len(desk.simulator.state.comments) == 1


async def test_a_button_pressed_while_it_runs_adds_nothing(desk: Desk) -> None:
    await trigger(desk, desk.open(), suite(1))
    await desk.drain(but=frozenset({"run_execution"}))
    (run,) = desk.simulator.state.check_runs.values()
    writer = desk.simulator.set_role(desk.repository, "grace", "write")
    delivery = await desk.deliver(desk.simulator.events.check_run("rerequested", run, writer))
    assert "wait for its end" in delivery.note


async def test_an_open_cycle_can_not_run_again(desk: Desk) -> None:
    cycle = await trigger(desk, desk.open(), suite(1))
    with pytest.raises(Conflict, match="the cycle is PENDING"):
        await rerun_cycle(desk.services, desk.caller, cycle)


@on()
async def test_cancelling_ends_the_suite_and_the_verdict(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    cycle_id = await trigger(desk, pull, suite(0, before="sleep 60"))
    await desk.drain(but=frozenset({"run_execution"}))
    async with desk.database.read() as session:
        execution = await latest_execution(session, cycle_id)
    running = asyncio.create_task(run_execution(desk.services, execution.id))
    while True:
        async with desk.database.read() as session:
            if (await session.get_one(TestCycle, cycle_id)).state == CycleState.RUNNING:
                break
        await asyncio.sleep(0.01)
    await cancel_cycle(desk.services, desk.caller, cycle_id)
    async with asyncio.timeout(20):
        await running
    await desk.drain(but=frozenset({"run_execution"}))
    (verdict,) = desk.stage.verdicts(pull)
    # Not all hosts have a word for it; then the title says it.
    assert verdict.outcome in ("cancelled", "failed") and "cancelled" in verdict.title.lower()
    with pytest.raises(Conflict, match="nothing left to stop"):
        await cancel_cycle(desk.services, desk.caller, cycle_id)


@on()
async def test_results_of_another_runner_are_answered(desk: Desk, tmp_path: Path) -> None:
    pull = desk.stage.open_pull()
    report, log = tmp_path / "junit.xml", tmp_path / "build.log"
    report.write_text(junit(2))
    log.write_text("Authorization: Bearer abcdefghijklmnopqrstuvwxyz012345\n2 failed\n")
    context = CiContext.model_validate(desk.context(pull, source="jenkins", scm=desk.stage.name))
    started = await receive_results(
        desk.services,
        desk.caller,
        context,
        [Upload("report", "junit.xml", report), Upload("log", "build.log", log), Upload("log", "build.log", log)],
    )
    await desk.drain()
    (comment,) = desk.stage.comments(pull)
    assert "2 of 4 tests failed" in comment.body
    with pytest.raises(Conflict, match="run by your CI"):
        await rerun_cycle(desk.services, desk.caller, started.cycle_id)
    async with desk.database.read() as session:
        files = await artifacts_of(session, (await latest_execution(session, started.cycle_id)).id)
    assert [file.name for file in files] == ["junit.xml", "build.log", "build.log (2)"]
    assert b"abcdefghij" not in gzip.decompress(files[1].content)


async def test_broken_gzip_is_refused_by_name(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "report.xml.gz"
    path.write_bytes(b"\x1f\x8b broken")
    with pytest.raises(Invalid, match=r"report 'report\.xml\.gz' can't be taken"):
        await receive_results(desk.services, desk.caller, None, [Upload("report", path.name, path)])


@on()
async def test_another_organization_reaches_nothing(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    mine = await trigger(desk, pull, suite(1))
    await desk.drain(but=frozenset({"run_execution"}))
    async with desk.database.write() as session:
        other = Organization(name="intruder")
        session.add(other)
        await session.flush()
        project = Project(organization_id=other.id, name="theirs")
        session.add(project)
    intruder = Caller(other.id, None, "ci")
    for use_case in (rerun_cycle, cancel_cycle):
        with pytest.raises(Missing):
            await use_case(desk.services, intruder, mine)
    wire = {"projectId": desk.project.id, "command": "true", "ciContext": desk.context(pull)}
    with pytest.raises(Missing):
        await start_cycle(desk.services, intruder, Trigger.model_validate(wire))
    desk.stage.calls.clear()
    started = await start_cycle(desk.services, intruder, Trigger.model_validate(wire | {"projectId": project.id}))
    assert desk.stage.path in started.warnings[0]
    await desk.drain(but=frozenset({"run_execution"}))
    assert not list(desk.stage.calls)
    async with desk.database.read() as session:
        problem = (await session.get_one(TestCycle, started.cycle_id)).problem
    # Not even that somebody else has let us in there is told.
    told = f"no {desk.stage.name} installation of this organization covers"
    if desk.stage.name in WHERE["hooks"]:
        told = f"this organization has no access to {desk.stage.path} on {desk.stage.name}"
    assert told in problem


async def test_a_personal_token_answers_where_no_app_is_installed(desk: Desk) -> None:
    pull = desk.open()
    machine = desk.simulator.set_role(desk.repository, "machine", "write")
    async with desk.database.write() as session:
        organization = Organization(name="by-token")
        session.add(organization)
        await session.flush()
        project = Project(organization_id=organization.id, name="shop")
        integration = Integration(organization_id=organization.id, provider="github")
        INTEGRATION_TOKEN.seal(desk.services.vault, integration, desk.simulator.token_for(machine))
        session.add_all([project, integration])
    wire = {"projectId": "shop", "command": suite(1), "ciContext": desk.context(pull)}
    caller = Caller(organization.id, None, "ci")
    await start_cycle(desk.services, caller, Trigger.model_validate(wire))
    await desk.drain()
    (comment,) = desk.simulator.state.comments.values()
    assert comment.user.login == "machine"
    assert [status.state for status in desk.simulator.state.statuses][-1] == "failure"
    assert not desk.simulator.state.check_runs


async def test_the_variables_of_a_suite_reach_it_sealed_and_never_its_log(desk: Desk) -> None:
    secret = "correct horse battery"
    wire = {
        "projectId": "shop",
        "command": 'echo "token=$SHOP_TOKEN" | tee "$AGNOX_RESULTS_DIR/said.xml"; test -n "$SHOP_TOKEN"',
        "config": {"envVars": {"SHOP_TOKEN": secret}},
    }
    started = await start_cycle(desk.services, desk.caller, Trigger.model_validate(wire))
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, started.cycle_id)
        assert secret not in repr(cycle.request)
        assert secret.encode() not in (cycle.variables or b"")
    await desk.drain()
    async with desk.database.read() as session:
        execution = await latest_execution(session, started.cycle_id)
        files = await artifacts_of(session, execution.id)
    assert execution.exit_code == 0
    assert [gzip.decompress(file.content) for file in files] == [b"token=***\n"] * 2
