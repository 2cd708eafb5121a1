"""Remarks on lines: where they may stand, how they end, and how few calls they take."""

from dataclasses import replace

import pytest

from providers.azure.remarks import STATE_LIMIT, Memory
from providers.errors import Forbidden, ProviderError, Rejected
from providers.report import Annotation, Level
from providers.values import Revision, Slot, Written
from simulators.azure import Thread
from simulators.faults import Fault, answer_lost
from tests.providers.benches.azure import AzureBench

pytestmark = pytest.mark.anyio

REMARK = Annotation("src/pay.py", 1, 1, Level.FAILURE, "AssertionError: refund is 0", "See #1, AB#2 and @<you>.")


async def put(bench: AzureBench, remarks: list[Annotation], written: Written | None = None, sha: str = "") -> Written:
    slot = Slot(written.id, written.state) if written is not None else Slot()
    revision = Revision(bench.repository, sha or bench.request.head, 1)
    return await bench.provider.put_remarks(revision, remarks, slot)


def threads(bench: AzureBench) -> list[Thread]:
    return [thread for thread in bench.request.threads.values() if thread.context is not None]


async def test_a_remark_stands_on_its_line_and_follows_it(azure: AzureBench) -> None:
    await put(azure, [REMARK])
    [thread] = threads(azure)
    assert thread.status == "active"
    assert thread.context == {
        "filePath": "/src/pay.py",
        "rightFileStart": {"line": 1, "offset": 1},
        "rightFileEnd": {"line": 1, "offset": 1},
    }
    assert thread.pull_request_context is not None
    assert thread.pull_request_context["changeTrackingId"] == azure.request.tracking["src/pay.py"]
    assert thread.pull_request_context["iterationContext"]["secondComparingIteration"] == 1
    assert "AssertionError: refund is 0" in thread.comments[0].content


async def test_nothing_to_say_needs_no_call(azure: AzureBench) -> None:
    assert await put(azure, []) == Written("")
    assert azure.calls() == (0, 0)


async def test_what_stands_needs_no_call_even_after_a_push(azure: AzureBench) -> None:
    written = await put(azure, [REMARK])
    azure.calls()
    again = await put(azure, [REMARK], written)
    azure.push()
    await put(azure, [REMARK], again)
    assert azure.calls() == (0, 0)
    assert len(threads(azure)) == 1


async def test_what_lay_outside_the_diff_is_looked_at_again_after_a_push_only(azure: AzureBench) -> None:
    elsewhere = replace(REMARK, path="src/new.py", start_line=2, end_line=3)
    written = await put(azure, [elsewhere])
    assert threads(azure) == []
    azure.calls()
    written = await put(azure, [elsewhere], written)
    assert azure.calls() == (0, 0)
    azure.simulator.push(azure.request, {"src/new.py": "1\n22\n333\n"})
    await put(azure, [elsewhere], written)
    [thread] = threads(azure)
    assert thread.context is not None
    assert thread.context["rightFileEnd"] == {"line": 3, "offset": 3}


async def test_a_range_ends_with_the_last_changed_line(azure: AzureBench) -> None:
    await put(azure, [replace(REMARK, end_line=10_000_000)])
    [thread] = threads(azure)
    assert thread.context is not None
    assert thread.context["rightFileEnd"]["line"] == 1


async def test_a_remark_that_is_gone_is_resolved_in_one_write_and_opened_again_when_it_is_back(
    azure: AzureBench,
) -> None:
    written = await put(azure, [REMARK])
    azure.calls()
    written = await put(azure, [], written)
    assert azure.calls() == (0, 1)
    assert [thread.status for thread in threads(azure)] == ["fixed"]
    written = await put(azure, [REMARK], written)
    assert [thread.status for thread in threads(azure)] == ["active"]


async def test_a_remark_that_was_gone_is_opened_again_by_one_who_remembers_nothing(azure: AzureBench) -> None:
    written = await put(azure, [REMARK])
    await put(azure, [], written)
    await put(azure, [REMARK])
    assert [thread.status for thread in threads(azure)] == ["active"]


async def test_a_remark_that_blames_nobody_blocks_nobody(azure: AzureBench) -> None:
    await put(azure, [replace(REMARK, level=Level.WARNING)])
    assert [thread.status for thread in threads(azure)] == ["closed"]


async def test_what_a_person_resolved_or_deleted_stays_so(azure: AzureBench) -> None:
    written = await put(azure, [REMARK])
    [thread] = threads(azure)
    thread.status = "wontFix"
    written = await put(azure, [REMARK], written)
    assert thread.status == "wontFix"
    azure.simulator.delete_comment(thread.comments[0])
    await put(azure, [REMARK], written)
    assert len(threads(azure)) == 1


async def test_a_stranger_can_not_plant_a_remark(azure: AzureBench) -> None:
    written = await put(azure, [REMARK])
    [ours] = threads(azure)
    planted = azure.simulator.add_thread(azure.request, properties=dict(ours.properties), context=ours.context)
    azure.simulator.add_comment(azure.request, "mallory", "me too", thread=planted)
    await azure.provider.put_remarks(
        Revision(azure.repository, azure.request.head, 1), [], Slot(written.id, "", unsure=True)
    )
    assert (ours.status, planted.status) == ("fixed", "active")


async def test_after_an_error_it_is_looked_before_anything_is_written(azure: AzureBench) -> None:
    azure.simulator.push(azure.request, {"src/new.py": "1\n22\n"})
    two = [REMARK, replace(REMARK, path="src/new.py")]
    azure.fault(answer_lost(method="POST", path="/threads$", skip=1))
    with pytest.raises(ProviderError) as failed:
        await put(azure, two)
    assert failed.value.written is not None
    slot = Slot(failed.value.written.id, failed.value.written.state, unsure=True)
    await azure.provider.put_remarks(Revision(azure.repository, azure.request.head, 1), two, slot)
    assert len(threads(azure)) == 2


async def test_more_than_can_be_remembered_is_looked_up(azure: AzureBench) -> None:
    azure.simulator.push(azure.request, {"src/new.py": "".join(f"{line}\n" for line in range(40))})
    many = [replace(REMARK, path="src/new.py", start_line=line, end_line=line) for line in range(1, 41)]
    written = await put(azure, many)
    assert (len(threads(azure)), written.state) == (40, "")
    azure.calls()
    written = await put(azure, many[1:], written)
    # The threads, and once who we are.
    assert azure.calls() == (2, 1)
    assert [thread.status for thread in threads(azure)].count("active") == 39


async def test_a_commit_has_no_place_for_remarks(azure: AzureBench) -> None:
    with pytest.raises(Rejected):
        await azure.provider.put_remarks(Revision(azure.repository, azure.request.head), [REMARK], Slot())


async def test_removed_and_unreadable_files_are_outside(azure: AzureBench) -> None:
    azure.simulator.push(azure.request, {"README.md": None, "big.txt": "x\n" * 600_000})
    paths = ["README.md", "big.txt", "docs/ab.md", "docs/a b.md"]
    await put(azure, [replace(REMARK, path=path) for path in paths])
    assert threads(azure) == []


@pytest.mark.parametrize("state", ["", "abc", "abc:", "abc:d=1", "abc:d=,e=x", ":,,="])
def test_a_memory_of_any_kind_can_be_read(state: str) -> None:
    memory = Memory.read(state)
    assert (memory is None) == (":" not in state)


def test_a_memory_is_read_as_it_was_written() -> None:
    memory = Memory("0123456789ab", {"d": 7, "e": 0})
    assert Memory.read(memory.write()) == memory
    assert len(memory.write()) < STATE_LIMIT


@pytest.mark.parametrize("status", [200, 403])
async def test_remarks_that_we_made_as_another_end_too_or_are_left_behind(azure: AzureBench, status: int) -> None:
    written = await put(azure, [REMARK])
    if status == 403:
        azure.fault(Fault(method="PATCH", path=r"/threads/\d+$", status=403))
    revision = Revision(azure.repository, azure.request.head, 1)
    other = replace(REMARK, message="another")
    await azure.successor().put_remarks(revision, [other], Slot(written.id, written.state))
    assert [thread.status for thread in threads(azure)] == ["active" if status == 403 else "fixed", "active"]


async def test_remarks_of_our_own_that_may_not_be_ended_are_an_error(azure: AzureBench) -> None:
    written = await put(azure, [REMARK])
    azure.fault(Fault(method="PATCH", path=r"/threads/\d+$", status=403))
    with pytest.raises(Forbidden):
        await put(azure, [], written)
