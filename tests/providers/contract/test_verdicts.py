"""What every provider promises of its verdicts: checks, statuses and remarks on lines."""

from dataclasses import replace

import pytest

from providers.errors import Forbidden, ProviderError, Rejected
from providers.report import Verdict
from providers.values import Revision, Slot
from tests.providers.benches.bench import Bench
from tests.providers.contract.subjects import REMARK, check_of, needs, revision_of
from tests.providers.samples import BROKEN, RESET, TIMEOUT, many, report, suite

pytestmark = pytest.mark.anyio


async def test_put_check_creates_then_updates(bench: Bench) -> None:
    needs(bench, "checks")
    revision = revision_of(bench)
    running = check_of(bench, report(suite(Verdict.RUNNING)))
    written = await bench.provider.put_check(revision, running, "run-1", Slot())
    assert bench.calls() == (0, 1)
    failed = check_of(bench, report(suite(Verdict.FAILED, TIMEOUT, BROKEN, RESET)))
    again = await bench.provider.put_check(revision, failed, "run-1", Slot(written.id, written.state))
    assert bench.calls() == (0, 1)
    assert again.id == written.id
    assert again.url
    [seen] = bench.checks()
    assert (seen.name, seen.title) == ("Agnox", "4 of 128 tests failed — 3 causes, 1 new")
    assert seen.annotations == (TIMEOUT.title, BROKEN.title)


async def test_put_check_needs_one_more_write_for_each_further_fifty_annotations(bench: Bench) -> None:
    needs(bench, "checks")
    revision = revision_of(bench)
    check = check_of(bench, report(suite(Verdict.FAILED, *many(120))))
    written = await bench.provider.put_check(revision, check, "run-1", Slot())
    assert bench.calls() == (0, 3)
    again = await bench.provider.put_check(revision, check, "run-1", Slot(written.id, written.state))
    assert bench.calls() == (0, 1)
    [seen] = bench.checks()
    assert seen.annotations == tuple(remark.title for remark in check.annotations)
    assert again.state == written.state


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_put_check_never_twice_though_an_answer_was_lost(bench: Bench, lost: int) -> None:
    needs(bench, "checks")
    revision = revision_of(bench)
    check = check_of(bench, report(suite(Verdict.FAILED, *many(120))))
    bench.lose_answer("POST" if lost == 0 else "PATCH", skip=max(lost - 1, 0))
    with pytest.raises(ProviderError):
        await bench.provider.put_check(revision, check, "run-1", Slot())
    bench.calls()
    await bench.provider.put_check(revision, check, "run-1", Slot(unsure=True))
    assert bench.calls()[0] == 1
    [seen] = bench.checks()
    assert seen.annotations == tuple(remark.title for remark in check.annotations)


async def test_put_check_is_made_anew_for_a_new_run_or_when_gone(bench: Bench) -> None:
    needs(bench, "checks")
    revision = revision_of(bench)
    check = check_of(bench, report(suite(Verdict.FAILED, TIMEOUT)))
    first = await bench.provider.put_check(revision, check, "run-1", Slot())
    second = await bench.provider.put_check(revision, check, "run-2", Slot(unsure=True))
    assert second.id != first.id
    bench.remove_check(second.id)
    for slot in (Slot(second.id, second.state), Slot(second.id, second.state, unsure=True)):
        third = await bench.provider.put_check(revision, check, "run-2", slot)
        assert bench.checks()[-1].annotations == (TIMEOUT.title,)
        bench.remove_check(third.id)
    assert [seen.id for seen in bench.checks()] == [first.id]


@pytest.mark.parametrize("verdict", list(Verdict))
async def test_put_check_knows_every_verdict(bench: Bench, verdict: Verdict) -> None:
    needs(bench, "checks")
    check = check_of(bench, report(suite(verdict)), verdict)
    await bench.provider.put_check(revision_of(bench), check, "run-1", Slot())
    assert len(bench.checks()) == 1


@pytest.mark.parametrize("verdict", list(Verdict))
async def test_put_status_knows_every_verdict(bench: Bench, verdict: Verdict) -> None:
    check = check_of(bench, report(suite(verdict)), verdict)
    await bench.provider.put_status(revision_of(bench), check, Slot())
    assert len(bench.statuses()) == 1


async def test_put_status_says_the_newest_word(bench: Bench) -> None:
    revision, slot = revision_of(bench), Slot()
    for verdict in (Verdict.RUNNING, Verdict.FAILED):
        written = await bench.provider.put_status(revision, check_of(bench, report(suite(verdict, TIMEOUT))), slot)
        slot = Slot(written.id, written.state)
        reads, writes = bench.calls()
        assert (writes, reads <= (verdict is Verdict.RUNNING)) == (1, True)
    [seen] = bench.statuses()
    assert (seen.name, seen.title) == ("Agnox", "2 of 128 tests failed — 1 new cause")


async def test_put_status_of_a_rerun_follows_the_last_verdict(bench: Bench) -> None:
    seen = []
    for verdict in (Verdict.FAILED, Verdict.RUNNING, Verdict.PASSED, Verdict.FAILED):
        await bench.provider.put_status(revision_of(bench), check_of(bench, report(suite(verdict))), Slot())
        seen.append([status.state for status in bench.statuses()])
    assert seen[0] == seen[3] != seen[2]
    assert all(len(states) == 1 for states in seen)


async def test_put_status_twice_is_harmless(bench: Bench) -> None:
    check = check_of(bench, report(suite(Verdict.RUNNING)))
    for slot in (Slot(), Slot(unsure=True), Slot()):
        await bench.provider.put_status(revision_of(bench), check, slot)
    assert len(bench.statuses()) == 1


async def test_put_status_says_nothing_of_a_newer_head(bench: Bench) -> None:
    revision = revision_of(bench)
    await bench.provider.put_status(revision, check_of(bench, report(suite(Verdict.PASSED))), Slot())
    head = bench.push()
    assert bench.statuses() == []
    newer = Revision(bench.repository, head, bench.pull.number, bench.pull.head_ref)
    await bench.provider.put_status(newer, check_of(bench, report(suite(Verdict.FAILED))), Slot())
    await bench.provider.put_status(revision, check_of(bench, report(suite(Verdict.PASSED))), Slot())
    [seen] = bench.statuses()
    assert seen.title == check_of(bench, report(suite(Verdict.FAILED))).title


async def test_put_remarks_are_what_is_asked_and_no_more(bench: Bench) -> None:
    if not bench.provider.capabilities.remarks:
        with pytest.raises((Rejected, Forbidden)):
            await bench.provider.put_remarks(revision_of(bench), [REMARK], Slot())
        return
    outside = replace(REMARK, path="src/elsewhere.py")
    far = replace(REMARK, start_line=999, end_line=999)
    written = await bench.provider.put_remarks(revision_of(bench), [REMARK, outside, far], Slot())
    assert bench.remarks() == [("src/pay.py", 1, True)]
    bench.calls()
    slot = Slot(written.id, written.state)
    written = await bench.provider.put_remarks(revision_of(bench), [REMARK], slot)
    assert bench.calls()[1] == 0
    await bench.provider.put_remarks(revision_of(bench), [], Slot(written.id, written.state))
    assert not [remark for remark in bench.remarks() if remark[2]]


async def test_put_remarks_never_twice_though_the_answer_was_lost(bench: Bench) -> None:
    needs(bench, "remarks")
    bench.lose_answer("POST")
    with pytest.raises(ProviderError):
        await bench.provider.put_remarks(revision_of(bench), [REMARK], Slot())
    await bench.provider.put_remarks(revision_of(bench), [REMARK], Slot(unsure=True))
    assert bench.remarks() == [("src/pay.py", 1, True)]


async def test_render_check_gives_annotations_with_the_verdict_only(bench: Bench) -> None:
    capabilities = bench.provider.capabilities
    for verdict in Verdict:
        each = report(suite(verdict, TIMEOUT))
        check = bench.provider.render_check(each.suites[0], each)
        assert bool(check.annotations) == (verdict.finished and capabilities.annotations)
        assert bool(check.actions) == (verdict.finished and capabilities.actions)
