"""Our comment as a note or a thread, remarks on lines, and emoji."""

from dataclasses import replace

import pytest

from providers.errors import Forbidden, ProviderError, Rejected, Unavailable
from providers.gitlab.diff import new_lines
from providers.gitlab.markup import DIALECT
from providers.interface import Connection
from providers.report import Annotation, Level, Verdict
from providers.values import CommentRef, Reaction, Repository, Revision, Slot, Written
from simulators.faults import Fault, answer_lost
from simulators.gitlab import ChangedFile
from simulators.gitlab import Level as Role
from tests.providers.benches.gitlab import GitlabBench
from tests.providers.samples import TIMEOUT, report, suite

pytestmark = pytest.mark.anyio

PATCH = "@@ -1,3 +1,4 @@ def pay():\n a\n-b\n+c\n+d\n e\n\\ No newline at end of file\n@@ -10,2 +11,2 @@\n-x\n+y\n z"
REMARK = Annotation("src/pay.py", 2, 2, Level.FAILURE, "AssertionError: refund is 0", "The refund is dropped.")


def revision(bench: GitlabBench) -> Revision:
    return Revision(bench.repository, bench.request.sha, bench.request.iid, bench.request.source_branch)


def patched(bench: GitlabBench) -> None:
    bench.simulator.push(bench.request, [ChangedFile("src/pay.py", PATCH), ChangedFile("big.sql", None)])


async def put(bench: GitlabBench, body: str, slot: Slot | None = None, *, resolved: bool = False) -> Written:
    return await bench.provider.put_comment(
        bench.repository, bench.request.iid, body, slot or Slot(), resolved=resolved
    )


async def remark(bench: GitlabBench, *remarks: Annotation, slot: Slot | None = None) -> Written:
    return await bench.provider.put_remarks(revision(bench), remarks, slot or Slot())


def slot_of(written: Written) -> Slot:
    return Slot(written.id, written.state)


async def test_a_note_begins_with_the_marker_and_has_an_address(gitlab: GitlabBench) -> None:
    written = await put(gitlab, "words")
    assert gitlab.comments() == [f"{DIALECT.marker}\nwords"]
    assert written.url == f"{gitlab.url}/acme/shop/-/merge_requests/1#note_{written.id}"
    assert [note.type for note in gitlab.notes()] == [None]
    nameless = Repository(gitlab.repository.id, "")
    again = await gitlab.provider.put_comment(nameless, 1, "more words", slot_of(written))
    assert (again.id, again.url) == (written.id, "")


async def test_what_is_not_ours_any_more_is_not_edited(gitlab: GitlabBench) -> None:
    written = await put(gitlab, "words")
    other = gitlab.simulator.add_access_token(gitlab.place, Role.DEVELOPER)
    provider = gitlab.host.connect(Connection(credential=other.value, base_url=gitlab.url))
    again = await provider.put_comment(gitlab.repository, 1, "new words", slot_of(written))
    assert again.id != written.id
    assert gitlab.comments() == [f"{DIALECT.marker}\nwords", f"{DIALECT.marker}\nnew words"]


async def test_we_ask_once_who_we_are(gitlab: GitlabBench) -> None:
    gitlab.we_said(f"{DIALECT.marker}\nold")
    for body in ("one", "two"):
        await put(gitlab, body)
    assert sum(call.path.endswith("/user") for call in gitlab.simulator.calls) == 1
    assert gitlab.comments() == [f"{DIALECT.marker}\ntwo"]


async def test_a_thread_is_resolved_with_its_own_write_and_edited_with_one(threads: GitlabBench) -> None:
    written = await put(threads, "red")
    assert (threads.calls(), threads.resolved()) == ((1, 1), [False])
    written = await put(threads, "redder", slot_of(written))
    assert threads.calls() == (0, 1)
    written = await put(threads, "green", slot_of(written), resolved=True)
    assert (threads.calls(), threads.resolved()) == ((0, 2), [True])
    written = await put(threads, "greener", slot_of(written), resolved=True)
    assert threads.calls() == (0, 1)
    await put(threads, "red", slot_of(written))
    assert (threads.calls(), threads.resolved()) == ((0, 2), [False])


async def test_a_thread_whose_resolving_was_lost_is_resolved_again(threads: GitlabBench) -> None:
    written = await put(threads, "red")
    threads.fault(Fault(method="PUT", path="/discussions/", status=502))
    with pytest.raises(Unavailable) as failed:
        await put(threads, "green", slot_of(written), resolved=True)
    half = failed.value.written
    assert half is not None
    assert half.id == written.id
    await put(threads, "green", Slot(half.id, half.state, unsure=True), resolved=True)
    assert threads.resolved() == [True]


async def test_a_thread_that_was_resolved_unheard_is_opened_again(threads: GitlabBench) -> None:
    written = await put(threads, "red")
    threads.fault(answer_lost(method="PUT", path="/discussions/"))
    with pytest.raises(Unavailable) as failed:
        await put(threads, "green", slot_of(written), resolved=True)
    half = failed.value.written
    assert half is not None
    assert threads.resolved() == [True]
    await put(threads, "red", Slot(half.id, half.state, unsure=True))
    assert threads.resolved() == [False]


async def test_a_thread_is_found_again_without_its_state(threads: GitlabBench) -> None:
    written = await put(threads, "red")
    again = await put(threads, "green", Slot(written.id), resolved=True)
    assert (again.id, threads.resolved(), len(threads.comments())) == (written.id, [True], 1)


async def test_a_note_of_before_stays_a_note(threads: GitlabBench) -> None:
    ours = threads.we_said(f"{DIALECT.marker}\nold")
    written = await put(threads, "green", resolved=True)
    assert (written.id, written.state) == (ours, "")
    assert threads.comments() == [f"{DIALECT.marker}\ngreen"]


async def test_a_thread_that_is_gone_is_made_anew(threads: GitlabBench) -> None:
    written = await put(threads, "red")
    threads.remove_comment(written.id)
    again = await put(threads, "green", slot_of(written), resolved=True)
    assert again.id != written.id
    assert (threads.comments(), threads.resolved()) == ([f"{DIALECT.marker}\ngreen"], [True])


async def test_a_token_that_may_not_comment_is_forbidden(gitlab: GitlabBench) -> None:
    weak = gitlab.simulator.add_access_token(gitlab.place, Role.DEVELOPER, scopes=("read_api",))
    provider = gitlab.host.connect(Connection(credential=weak.value, base_url=gitlab.url))
    with pytest.raises(Forbidden, match=r"GitLab answered 403: .*insufficient_scope"):
        await provider.put_comment(gitlab.repository, 1, "words", Slot())


async def test_reactions_are_eyes_thumb_and_confusion(gitlab: GitlabBench) -> None:
    comment = gitlab.stranger_says("/agnox rerun")
    for reaction in Reaction:
        await gitlab.provider.react(comment, reaction)
    assert gitlab.reactions(comment) == ["eyes", "thumbsup", "confused"]


async def test_a_name_that_is_a_way_up_is_no_address(gitlab: GitlabBench) -> None:
    for comment_id in ("..", ".", ""):
        with pytest.raises(ProviderError):
            await gitlab.provider.get_comment(CommentRef(gitlab.repository, 1, comment_id))
    assert gitlab.calls() == (0, 0)


def test_lines_of_a_diff() -> None:
    assert new_lines(PATCH) == {1: 1, 2: None, 3: None, 4: 3, 11: None, 12: 11}
    assert new_lines("") == new_lines("+a\n b") == {}
    assert new_lines("@@ -0,0 +1 @@\n+++a") == {1: None}


async def test_remarks_stand_on_added_and_unchanged_lines(gitlab: GitlabBench) -> None:
    patched(gitlab)
    wanted = [replace(REMARK, start_line=line, end_line=line) for line in (2, 4, 12)]
    span = replace(REMARK, start_line=5, end_line=2**31)
    await remark(gitlab, *wanted, span, replace(REMARK, path="big.sql"))
    assert sorted(gitlab.remarks()) == [("src/pay.py", line, True) for line in (2, 4, 11, 12)]


async def test_remarks_that_stay_are_left_alone(gitlab: GitlabBench) -> None:
    patched(gitlab)
    other = replace(REMARK, start_line=3, end_line=3, message="Changed.")
    written = await remark(gitlab, REMARK, other)
    ids = [note.id for note in gitlab.notes()]
    gitlab.calls()
    assert (await remark(gitlab, REMARK, other, slot=slot_of(written))).state == written.state
    assert gitlab.calls() == (0, 0)
    await remark(gitlab, REMARK, slot=slot_of(written))
    assert [note.id for note in gitlab.notes()] == ids[:1]
    assert gitlab.calls()[1] == 1


async def test_a_remark_that_was_answered_is_resolved_instead(gitlab: GitlabBench) -> None:
    patched(gitlab)
    written = await remark(gitlab, REMARK)
    [note] = gitlab.notes()
    gitlab.simulator.writer.reply(note.discussion, gitlab.simulator.add_user("mona"), "I see")
    for _ in range(2):
        written = await remark(gitlab, slot=Slot(written.id))
    assert [(each.body, each.resolved_by is not None) for each in gitlab.notes()][1:] == [("I see", True)]
    gitlab.calls()
    await remark(gitlab, slot=Slot(written.id))
    assert gitlab.calls()[1] == 0


async def test_a_remark_of_somebody_else_is_none_of_ours(gitlab: GitlabBench) -> None:
    patched(gitlab)
    await remark(gitlab, REMARK)
    body = gitlab.notes()[0].body
    gitlab.stranger_says(body)
    await remark(gitlab)
    assert gitlab.comments() == [body]


async def test_remarks_on_an_old_head_are_not_made(gitlab: GitlabBench) -> None:
    patched(gitlab)
    old = revision(gitlab)
    gitlab.push()
    await gitlab.provider.put_remarks(old, [REMARK], Slot())
    assert gitlab.remarks() == []


async def test_a_line_that_gitlab_counts_otherwise_is_left_out(gitlab: GitlabBench) -> None:
    patched(gitlab)
    gitlab.fault(Fault(method="POST", path="/discussions", status=400))
    second = replace(REMARK, start_line=3, end_line=3)
    await remark(gitlab, REMARK, second)
    assert gitlab.remarks() == [("src/pay.py", 3, True)]


async def test_remarks_need_a_merge_request(gitlab: GitlabBench) -> None:
    with pytest.raises(Rejected):
        await gitlab.provider.put_remarks(Revision(gitlab.repository, "a" * 40), [REMARK], Slot())


async def test_comment_and_remarks_do_not_take_each_other_for_theirs(threads: GitlabBench) -> None:
    patched(threads)
    body = threads.provider.render_comment(report(suite(Verdict.FAILED, TIMEOUT)))
    await remark(threads, REMARK)
    written = await put(threads, body)
    await remark(threads, replace(REMARK, message="Other words."))
    assert (await put(threads, body)).id == written.id
    assert (threads.comments(), len(threads.remarks())) == ([body], 1)
