"""What is told of a run that waits for a testing node."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.cycle import CycleState
from bot.domain.trigger import Trigger
from bot.queue.heartbeat import Heartbeat
from bot.store.models import Execution, Job, TestCycle
from bot.usecases.choose_executor import choose_executor, node_labels
from bot.usecases.errors import Invalid, Missing
from bot.usecases.look_after_line import PATIENCE, look_after_line
from bot.usecases.place_project import place_project
from bot.usecases.read_cycle import read_status
from bot.usecases.rerun import rerun_cycle
from bot.usecases.run_execution import run_execution
from bot.usecases.start_cycle import HEAD_START
from bot.usecases.wait_in_line import run_key
from tests.usecases.nodes.conftest import Yard

pytestmark = pytest.mark.anyio


async def beat(yard: Yard, *labels: str) -> None:
    heart = Heartbeat(yard.database, "node:1", node_labels(labels, ["process"]), clock=yard.services.clock)
    await heart.beat()


async def told(yard: Yard, execution: str) -> tuple[int | None, str]:
    status = await read_status(yard.services, yard.caller, execution)
    return status.position, status.waiting


async def job_of(yard: Yard, execution: str) -> Job:
    async with yard.database.read() as session:
        return (await session.scalars(select(Job).where(Job.dedupe_key == run_key(execution)))).one()


def later(yard: Yard, by: timedelta) -> None:
    at = yard.services.clock() + by
    yard.services = replace(yard.services, clock=lambda: at)


async def test_the_place_in_line_is_told(yard: Yard) -> None:
    first, second = await yard.start(), await yard.start()
    assert await told(yard, first) == (None, "no testing node is at work")
    await beat(yard)
    assert [await told(yard, each) for each in (first, second)] == [(1, ""), (2, "")]
    await run_execution(yard.services, first)
    assert await told(yard, first) == (None, "")
    later(yard, timedelta(minutes=5))
    assert await told(yard, second) == (None, "no testing node is at work")


async def test_what_no_node_has_is_named_and_waited_for_only_so_long(yard: Yard) -> None:
    await place_project(yard.database, "acme", "shop", "docker", ["Linux"], actor="test")
    await beat(yard, "linux")
    execution = await yard.start(labels=["gpu"])
    assert (await job_of(yard, execution)).labels == "executor:docker,gpu,linux"
    reason = "no testing node with the labels gpu, linux and the executor docker is at work"
    assert await told(yard, execution) == (None, reason)
    await look_after_line(yard.services, execution)
    row = await yard.execution(execution)
    assert (row.state, row.problem) == (CycleState.PENDING, reason)
    later(yard, PATIENCE)
    await look_after_line(yard.services, execution)
    row = await yard.execution(execution)
    assert (row.state, row.problem) == (CycleState.ERROR, f"{reason}; it was waited for 60 minutes")


async def test_the_reason_goes_when_a_node_comes(yard: Yard) -> None:
    execution = await yard.start(labels=["gpu"])
    await look_after_line(yard.services, execution)
    assert (await yard.execution(execution)).problem
    await beat(yard, "gpu")
    await look_after_line(yard.services, execution)
    assert (await yard.execution(execution)).problem == ""
    later(yard, PATIENCE)
    await beat(yard, "gpu")
    await look_after_line(yard.services, execution)
    assert (await yard.execution(execution)).state == CycleState.PENDING


async def test_a_rerun_that_people_ask_for_has_a_head_start_and_the_same_labels(yard: Yard) -> None:
    execution = await yard.start("exit 1", labels=["gpu"])
    first = await job_of(yard, execution)
    assert first.turn_at == first.run_at
    await run_execution(yard.services, execution)
    async with yard.database.write() as session:
        row = await session.get_one(Execution, execution)
        cycle = await session.get_one(TestCycle, row.cycle_id)
        row.state = cycle.state = CycleState.FAILED
    again = await rerun_cycle(yard.services, yard.caller, cycle.id)
    second = await job_of(yard, again.execution_id)
    assert second.turn_at == second.run_at - HEAD_START
    assert second.labels == "gpu"


@pytest.mark.parametrize(
    ("setting", "image", "allowed", "chosen"),
    [
        ("", "", ["process", "docker"], "process"),
        ("", "python:3", ["process", "docker"], "docker"),
        ("", "python:3", ["process"], "process"),
        ("", "", ["docker"], "docker"),
        ("", "", [], "process"),
        ("docker", "", ["process", "docker"], "docker"),
        ("process", "python:3", ["docker"], "process"),
    ],
)
def test_the_executor_is_the_projects_or_what_fits(setting: str, image: str, allowed: list[str], chosen: str) -> None:
    assert choose_executor(setting, image, allowed) == chosen


async def test_a_project_is_placed_by_known_words_only(yard: Yard) -> None:
    row = await place_project(yard.database, "acme", "shop", "process", ["b", "A"], actor="test")
    assert (row.executor, row.labels) == ("process", "a,b")
    row = await place_project(yard.database, "acme", "shop", None, [], actor="test")
    assert (row.executor, row.labels) == ("process", "")
    assert (await place_project(yard.database, "acme", "shop", "auto", None, actor="test")).executor == ""
    for executor, labels in (
        ("podman", None),
        (None, ["a b"]),
        (None, ["executor:x"]),
        (None, list(map(str, range(17)))),
    ):
        with pytest.raises(Invalid):
            await place_project(yard.database, "acme", "shop", executor, labels, actor="test")
    with pytest.raises(Missing):
        await place_project(yard.database, "acme", "other", None, None, actor="test")


@pytest.mark.parametrize(
    "labels", [["a b"], ["executor:docker"], ["x" * 32], [str(n) for n in range(17)], "linux", [1]]
)
def test_labels_of_a_request_are_words(labels: object) -> None:
    with pytest.raises(ValueError, match="labels"):
        Trigger.model_validate({"projectId": "p", "command": "true", "labels": labels})
