"""What every provider promises of its comment, and of the comments of others."""

from dataclasses import replace

import pytest

from providers.errors import NotFound, ProviderError
from providers.report import Verdict
from providers.values import Reaction, Slot
from tests.providers.benches.bench import Bench
from tests.providers.contract.subjects import needs
from tests.providers.samples import TIMEOUT, report, suite

pytestmark = pytest.mark.anyio


async def test_put_comment_adds_then_edits(bench: Bench) -> None:
    first = bench.provider.render_comment(report(suite(Verdict.RUNNING)))
    written = await bench.provider.put_comment(bench.repository, bench.pull.number, first, Slot())
    assert bench.calls() == (1, 1)
    second = bench.provider.render_comment(report(suite(Verdict.FAILED, TIMEOUT)))
    again = await bench.provider.put_comment(
        bench.repository, bench.pull.number, second, Slot(written.id, written.state)
    )
    assert bench.calls() == (0, 1)
    assert again.id == written.id
    assert again.url
    assert bench.comments() == [second]


async def test_put_comment_takes_words_of_others_for_what_they_are(bench: Bench) -> None:
    planted = bench.provider.render_comment(report(suite(Verdict.PASSED)))
    bench.stranger_says(planted)
    body = bench.provider.render_comment(report(suite(Verdict.FAILED, TIMEOUT)))
    await bench.provider.put_comment(bench.repository, bench.pull.number, body, Slot())
    assert bench.comments() == [planted, body]


async def test_put_comment_finds_its_own_among_many(bench: Bench) -> None:
    old = bench.provider.render_comment(report(suite(Verdict.RUNNING)))
    for index in range(120):
        bench.stranger_says(f"remark {index}")
    ours = bench.we_said(old)
    body = bench.provider.render_comment(report(suite(Verdict.FAILED, TIMEOUT)))
    written = await bench.provider.put_comment(bench.repository, bench.pull.number, body, Slot())
    assert written.id == ours
    assert bench.comments()[-1] == body


async def test_put_comment_mends_duplicates(bench: Bench) -> None:
    old = bench.provider.render_comment(report(suite(Verdict.RUNNING)))
    oldest, _ = bench.we_said(old), bench.we_said(old)
    body = bench.provider.render_comment(report(suite(Verdict.PASSED)))
    written = await bench.provider.put_comment(bench.repository, bench.pull.number, body, Slot())
    assert written.id == oldest
    assert bench.comments() == [body]


async def test_put_comment_comes_back_when_deleted(bench: Bench) -> None:
    body = bench.provider.render_comment(report(suite(Verdict.PASSED)))
    written = await bench.provider.put_comment(bench.repository, bench.pull.number, body, Slot())
    bench.remove_comment(written.id)
    again = await bench.provider.put_comment(bench.repository, bench.pull.number, body, Slot(written.id))
    assert again.id != written.id
    assert bench.comments() == [body]


async def test_put_comment_never_twice_though_the_answer_was_lost(bench: Bench) -> None:
    body = bench.provider.render_comment(report(suite(Verdict.PASSED)))
    bench.lose_answer("POST")
    with pytest.raises(ProviderError):
        await bench.provider.put_comment(bench.repository, bench.pull.number, body, Slot())
    await bench.provider.put_comment(bench.repository, bench.pull.number, body, Slot(unsure=True))
    assert bench.comments() == [body]


async def test_put_comment_is_resolved_and_opened_again(bench: Bench) -> None:
    needs(bench, "resolves")
    slot, seen = Slot(), []
    for verdict in (Verdict.FAILED, Verdict.PASSED, Verdict.PASSED, Verdict.FAILED):
        body = bench.provider.render_comment(report(suite(verdict)))
        written = await bench.provider.put_comment(
            bench.repository, bench.pull.number, body, slot, resolved=verdict is Verdict.PASSED
        )
        slot = Slot(written.id, written.state)
        seen += bench.resolved()
    assert seen == [False, True, True, False]


async def test_react_twice_is_harmless(bench: Bench) -> None:
    comment = bench.stranger_says("/agnox rerun")
    for reaction in (*Reaction, *Reaction):
        await bench.provider.react(comment, reaction)
    assert len(bench.reactions(comment)) == len(bench.provider.capabilities.reactions)
    assert Reaction.SEEN in bench.provider.capabilities.reactions


async def test_get_comment(bench: Bench) -> None:
    ref = bench.stranger_says("/agnox rerun")
    found = await bench.provider.get_comment(ref)
    assert (found.ref, found.body, found.edited, found.own) == (ref, "/agnox rerun", False, False)
    assert found.author.id
    assert found.created_at is not None
    assert abs(found.created_at.timestamp() - bench.moment()) <= 1
    written = found.created_at
    bench.edit_comment(ref, "/agnox cancel")
    found = await bench.provider.get_comment(ref)
    assert (found.body, found.edited, found.created_at) == ("/agnox cancel", True, written)
    bench.remove_comment(ref.id)
    with pytest.raises(NotFound):
        await bench.provider.get_comment(ref)


async def test_get_comment_knows_our_own(bench: Bench) -> None:
    written = await bench.provider.put_comment(bench.repository, bench.pull.number, "/agnox rerun", Slot())
    ref = replace(bench.stranger_says("hello"), id=written.id)
    assert (await bench.provider.get_comment(ref)).own
