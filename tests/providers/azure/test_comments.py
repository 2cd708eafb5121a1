"""Our thread through its life, and what we say of it in as few calls as possible."""

import pytest

from providers.errors import Forbidden, NotFound, ProviderError, Rejected
from providers.report import Verdict
from providers.values import CommentRef, Reaction, Slot, Written
from simulators.azure.permissions import PULL_REQUEST_CONTRIBUTE
from simulators.faults import Fault, answer_lost
from tests.providers.benches.azure import AzureBench
from tests.providers.samples import TIMEOUT, report, suite

pytestmark = pytest.mark.anyio


def body(bench: AzureBench, verdict: Verdict = Verdict.FAILED) -> str:
    return bench.provider.render_comment(report(suite(verdict, TIMEOUT)))


async def put(bench: AzureBench, text: str, slot: Slot | None = None, *, resolved: bool = False) -> Written:
    return await bench.provider.put_comment(bench.repository, 1, text, slot or Slot(), resolved=resolved)


def statuses(bench: AzureBench) -> list[str | None]:
    return [thread.status for thread in bench.request.threads.values()]


async def test_a_thread_costs_one_more_write_when_its_status_changes_and_only_then(azure: AzureBench) -> None:
    written = await put(azure, body(azure))
    assert azure.calls() == (1, 1)
    assert (written.state, statuses(azure)) == ("active", ["active"])
    for resolved, writes, status in ((True, 2, "closed"), (True, 1, "closed"), (False, 2, "active")):
        written = await put(azure, body(azure), Slot(written.id, written.state), resolved=resolved)
        assert azure.calls() == (0, writes)
        assert statuses(azure) == [status]
    thread = written.id.partition("/")[0]
    assert written.url == f"{azure.url}/acme/_git/shop/pullrequest/1?discussionId={thread}"


async def test_a_green_report_begins_closed(azure: AzureBench) -> None:
    await put(azure, body(azure, Verdict.PASSED), resolved=True)
    assert azure.calls() == (1, 1)
    assert statuses(azure) == ["closed"]


async def test_how_a_thread_ends_is_an_option() -> None:
    bench = AzureBench(thread_done="fixed")
    await put(bench, body(bench), resolved=True)
    assert statuses(bench) == ["fixed"]
    assert bench.problems() == []


async def test_after_a_lost_answer_the_status_is_set_whatever_it_was(azure: AzureBench) -> None:
    written = await put(azure, body(azure))
    azure.fault(answer_lost(method="PATCH", path=r"/threads/\d+$"))
    with pytest.raises(ProviderError) as failed:
        await put(azure, body(azure), Slot(written.id, written.state), resolved=True)
    assert failed.value.written is not None
    assert failed.value.written.id == written.id
    azure.calls()
    again = await put(azure, body(azure), Slot(written.id, "active", unsure=True), resolved=False)
    assert azure.calls() == (0, 2)
    assert (again.state, statuses(azure)) == ("active", ["active"])


async def test_a_thread_is_ours_by_its_property_even_if_somebody_changed_its_words(azure: AzureBench) -> None:
    written = await put(azure, body(azure))
    azure.edit_comment(CommentRef(azure.repository, 1, written.id), "no marker")
    again = await put(azure, body(azure))
    assert again.id == written.id
    assert len(azure.comments()) == 1


async def test_a_stranger_can_plant_neither_marker_nor_property(azure: AzureBench) -> None:
    planted = azure.simulator.add_thread(azure.request, properties={"Agnox.Key": {"$value": "summary"}})
    azure.simulator.add_comment(azure.request, "mallory", body(azure), thread=planted)
    written = await put(azure, body(azure))
    assert written.id != f"{planted.id}/1"
    assert planted.comments[0].content == body(azure)


async def test_of_several_the_oldest_stays_and_the_others_are_closed_and_emptied(azure: AzureBench) -> None:
    oldest = azure.we_said(body(azure))
    other = azure.we_said(body(azure))
    written = await put(azure, body(azure, Verdict.RUNNING))
    assert written.id == oldest
    gone = azure.request.threads[int(other.partition("/")[0])]
    assert (gone.status, gone.deleted) == ("closed", True)


async def test_a_deleted_comment_is_said_anew_and_found_by_the_next_who_looks(azure: AzureBench) -> None:
    written = await put(azure, body(azure))
    azure.remove_comment(written.id)
    again = await put(azure, body(azure), Slot(written.id, written.state))
    assert again.id != written.id
    assert (await put(azure, body(azure))).id == again.id


async def test_what_can_never_be_said_is_rejected_once_and_leaves_the_comment(azure: AzureBench) -> None:
    written = await put(azure, body(azure))
    before = azure.comments()
    with pytest.raises(Rejected, match="cannot be longer than 150000"):
        await put(azure, "x" * 150_001, Slot(written.id, written.state))
    assert azure.comments() == before
    azure.simulator.violations.clear()


async def test_a_comment_that_was_written_by_others_is_not_ours_to_edit(azure: AzureBench) -> None:
    theirs = azure.stranger_says("hello")
    await put(azure, body(azure), Slot(theirs.id, "active"))
    assert azure.comments() == ["hello", body(azure)]
    assert statuses(azure)[0] == "active"


@pytest.mark.parametrize("known", [False, True])
async def test_who_we_are_now_says_it_anew_and_closes_what_we_said_as_another(azure: AzureBench, known: bool) -> None:
    written = await put(azure, body(azure))
    successor = azure.successor()
    if known:
        await successor.put_comment(azure.repository, 1, body(azure), Slot())
    azure.calls()
    text = body(azure, Verdict.ERROR)
    again = await successor.put_comment(azure.repository, 1, text, Slot(written.id, written.state))
    assert azure.comments() == [body(azure), text]
    assert statuses(azure) == ["closed", "active"]
    assert azure.calls()[1] == 3
    await successor.put_comment(azure.repository, 1, body(azure), Slot(again.id, again.state))
    assert azure.calls() == (0, 1)


async def test_a_thread_that_will_not_be_closed_does_no_harm(azure: AzureBench) -> None:
    written = await put(azure, body(azure))
    azure.fault(Fault(method="PATCH", path=r"/threads/\d+$", status=403))
    again = await azure.successor().put_comment(azure.repository, 1, body(azure), Slot(written.id, written.state))
    assert again.id != written.id
    assert statuses(azure) == ["active", "active"]


async def test_our_own_comment_that_may_not_be_changed_is_not_said_twice(azure: AzureBench) -> None:
    written = await put(azure, body(azure))
    azure.fault(Fault(method="PATCH", path=r"/comments/\d+$", status=403, times=None))
    with pytest.raises(Forbidden):
        await put(azure, body(azure, Verdict.ERROR), Slot(written.id, written.state))
    assert azure.comments() == [body(azure)]


@pytest.mark.parametrize("comment_id", ["", "5", "5/", "a/b", "5/1/1", "²/1", "9" * 50 + "/1"])
async def test_ids_of_others_are_not_found(azure: AzureBench, comment_id: str) -> None:
    ref = CommentRef(azure.repository, 1, comment_id)
    with pytest.raises(NotFound):
        await azure.provider.get_comment(ref)
    with pytest.raises(NotFound):
        await azure.provider.react(ref, Reaction.SEEN)
    assert azure.calls() == (0, 0)


async def test_words_of_the_host_are_no_comment(azure: AzureBench) -> None:
    said = azure.simulator.add_comment(azure.request, "mallory", "/agnox rerun", kind="system")
    with pytest.raises(NotFound):
        await azure.provider.get_comment(CommentRef(azure.repository, 1, f"{said.thread.id}/1"))


async def test_a_comment_is_read_without_mentions_and_carriage_returns(azure: AzureBench) -> None:
    ref = azure.stranger_says(f"@<{azure.bot.id.upper()}> /agnox rerun\r\nplease @<{azure.bot.id.upper()}>")
    found = await azure.provider.get_comment(ref)
    assert found.body == f"/agnox rerun\nplease @<{azure.bot.id.upper()}>"
    assert (found.author.login, found.author.bot) == ("mallory@example.com", False)


async def test_only_seen_is_told_by_a_like(azure: AzureBench) -> None:
    ref = azure.stranger_says("/agnox rerun")
    await azure.provider.react(ref, Reaction.DONE)
    assert azure.calls() == (0, 0)
    await azure.provider.react(ref, Reaction.SEEN)
    assert azure.reactions(ref) == [azure.bot.unique_name]


async def test_who_may_not_contribute_is_told_which_right_is_missing(azure: AzureBench) -> None:
    azure.simulator.permit(azure.bot, azure.place, deny=PULL_REQUEST_CONTRIBUTE)
    with pytest.raises(Forbidden, match=r"Azure DevOps answered 403: TF401027.*PullRequestContribute"):
        await put(azure, body(azure))


async def test_a_server_gets_no_folds_and_services_do(azure: AzureBench, collection: AzureBench) -> None:
    assert "<details>" in body(azure)
    assert "<details>" not in body(collection)


async def test_threads_that_make_no_sense_are_passed_over(azure: AzureBench) -> None:
    strange = (
        b'{"count":4,"value":[null,{},{"id":1,"comments":null,"properties":7},{"id":2,"comments":[{"content":null}]}]}'
    )
    azure.fault(
        Fault(method="GET", path="/threads$", status=200, headers={"content-type": "application/json"}, body=strange)
    )
    await put(azure, body(azure))
    assert azure.comments() == [body(azure)]
