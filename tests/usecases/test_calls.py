"""How many calls a published report takes."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.context import CiContext
from bot.usecases.receive_results import Upload, receive_results
from bot.usecases.rerun import rerun_cycle
from simulators.azure.stage import AzureStage
from simulators.diff import FileDiff
from simulators.gitlab.stage import GitlabStage
from simulators.stage import Pull, Stage
from tests.e2e.suites import junit, suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import WHERE, on, once_on
from tests.usecases.test_loop import trigger
from tests.usecases.test_publishing import NOT_PUBLISHED, NOT_RUN, republish

pytestmark = pytest.mark.anyio

CART = [FileDiff("shop/cart.py", "@@ -0,0 +1,4 @@\n+one\n+two\n+three\n+four")]


@on()
async def test_an_unchanged_report_costs_no_call(desk: Desk) -> None:
    await trigger(desk, desk.stage.open_pull(), suite(1))
    await desk.drain()
    desk.stage.calls.clear()
    await republish(desk)
    assert not list(desk.stage.calls)


@on()
async def test_a_changed_report_costs_two_writes_and_at_most_one_read(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await desk.tell(desk.stage.opened(pull))
    cycle = await trigger(desk, pull, suite(1))
    await desk.drain()
    await rerun_cycle(desk.services, desk.caller, cycle)
    # The verdict on the new execution is pending before its result comes.
    await desk.drain(but=NOT_RUN)
    await desk.drain(but=NOT_PUBLISHED)
    desk.stage.calls.clear()
    await desk.drain()
    reads, writes = desk.calls()
    # Only what is on its way to a pipeline that may not be there yet is looked for once more.
    assert len(reads) <= (desk.stage.name == "gitlab"), reads
    assert len(writes) == 2, writes


@once_on()
async def test_a_new_head_costs_two_writes_and_at_most_one_read(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    await desk.tell(desk.stage.opened(pull))
    await trigger(desk, pull, suite(1))
    await desk.drain()
    desk.stage.push(pull)
    await desk.tell(desk.stage.pushed(pull))
    await trigger(desk, pull, suite(0))
    await desk.drain(but=NOT_PUBLISHED)
    desk.stage.calls.clear()
    await desk.drain()
    reads, writes = desk.calls()
    settles = desk.stage.name in WHERE["resolves"]
    assert len(writes) == (3 if settles else 2), writes
    assert len(reads) <= 1, reads


@once_on(WHERE["annotations"])
@pytest.mark.parametrize(("failing", "slices"), [(50, 1), (51, 2), (101, 3)])
async def test_each_further_slice_of_annotations_is_one_more_write(
    desk: Desk, tmp_path: Path, failing: int, slices: int
) -> None:
    pull = desk.stage.open_pull()
    await desk.tell(desk.stage.opened(pull))
    report = tmp_path / "junit.xml"
    report.write_text(junit(failing))
    context = CiContext.model_validate(desk.context(pull))
    await receive_results(desk.services, desk.caller, context, [Upload("report", "junit.xml", report)])
    await desk.drain(but=NOT_PUBLISHED)
    desk.stage.calls.clear()
    await desk.drain()
    _, writes = desk.calls()
    assert len(desk.verdict(pull).lines) == failing
    assert len(writes) == slices + 1


def remarks(stage: Stage, pull: Pull) -> list[tuple[int, bool]]:
    """Our remarks on the diff: line, and whether it asks for something."""
    if isinstance(stage, GitlabStage):
        notes = [note for note in stage.simulator.state.notes_of(pull.native) if note.position is not None]
        return [(note.position["new_line"], note.resolved_by is None) for note in notes if note.position]
    assert isinstance(stage, AzureStage)
    threads = [thread for thread in pull.native.threads.values() if thread.context is not None]
    return [
        (thread.context["rightFileStart"]["line"], thread.status == "active")
        for thread in threads
        if thread.context and not thread.deleted
    ]


@once_on(WHERE["remarks"])
async def test_remarks_stand_on_the_lines_of_the_diff_where_they_are_wanted(desk: Desk) -> None:
    pull = desk.stage.open_pull(files=CART)
    await trigger(desk, pull, suite(3))
    await desk.drain()
    assert remarks(desk.stage, pull) == [], "nobody asked for them"
    desk.services = replace(desk.services, line_remarks=2)
    await republish(desk)
    assert remarks(desk.stage, pull) == [(1, True), (2, True)]
    desk.stage.calls.clear()
    await republish(desk)
    assert not list(desk.stage.calls)
    desk.stage.push(pull, CART)
    await desk.tell(desk.stage.pushed(pull))
    await trigger(desk, pull, suite(0))
    await desk.drain()
    assert [line for line, asks in remarks(desk.stage, pull) if asks] == []
    assert "2 tests passed" in desk.stage.comments(pull)[0].body


@once_on(WHERE["annotations"])
async def test_where_checks_carry_annotations_there_are_no_remarks(desk: Desk) -> None:
    desk.services = replace(desk.services, line_remarks=2)
    pull = desk.stage.open_pull(files=CART)
    await trigger(desk, pull, suite(3))
    await desk.drain()
    assert len(desk.verdict(pull).lines) == 3
    assert len(desk.stage.comments(pull)) == len(desk.simulator.state.comments) == 1
