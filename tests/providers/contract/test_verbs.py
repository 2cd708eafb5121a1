"""What every provider promises, whatever its host; a test a promise."""

import contextlib
import inspect
from dataclasses import replace
from pathlib import Path

import pytest

from providers.errors import Forbidden, NotFound, ProviderError, Rejected, Suspended, Unauthenticated
from providers.interface import CiProvider
from providers.report import Annotation, Check, Level, Report, Verdict
from providers.values import Account, Permission, Reaction, Repository, Revision, Slot
from tests.providers.benches.bench import SECRET, Bench
from tests.providers.samples import BROKEN, RESET, TIMEOUT, many, report, suite

pytestmark = pytest.mark.anyio


REMARK = Annotation("src/pay.py", 1, 1, Level.FAILURE, "AssertionError: refund is 0", "The refund is dropped.")
HOOK_URL = "https://agnox.example.com/webhooks/host/key"


def needs(bench: Bench, flag: str) -> None:
    """Ends a test whose verb the host says it has not."""
    if not getattr(bench.provider.capabilities, flag):
        pytest.skip(f"{bench.host.name} has no {flag}")


def revision_of(bench: Bench) -> Revision:
    return Revision(bench.repository, bench.pull.head_sha, bench.pull.number, bench.pull.head_ref)


def check_of(bench: Bench, each: Report, verdict: Verdict | None = None) -> Check:
    check = bench.provider.render_check(each.suites[0], each)
    assert verdict is None or check.verdict is verdict
    return check


def test_every_verb_has_a_test() -> None:
    verbs = {name for name, _ in inspect.getmembers(CiProvider, inspect.isfunction) if not name.startswith("_")}
    tests = Path(__file__).read_text(encoding="utf-8")
    assert {verb for verb in verbs if f".{verb}(" not in tests} == set()


def test_host_and_provider_have_one_name(bench: Bench) -> None:
    assert bench.provider.name == bench.host.name
    assert bench.provider.capabilities.comment_limit > 1000


def test_render_comment_fits_the_host(bench: Bench) -> None:
    body = bench.provider.render_comment(report(suite(Verdict.FAILED, *many(1000))))
    assert len(body) <= bench.provider.capabilities.comment_limit
    assert body == bench.provider.render_comment(report(suite(Verdict.FAILED, *many(1000))))


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
    bench.edit_comment(ref, "/agnox cancel")
    found = await bench.provider.get_comment(ref)
    assert (found.body, found.edited) == ("/agnox cancel", True)
    bench.remove_comment(ref.id)
    with pytest.raises(NotFound):
        await bench.provider.get_comment(ref)


async def test_get_comment_knows_our_own(bench: Bench) -> None:
    written = await bench.provider.put_comment(bench.repository, bench.pull.number, "/agnox rerun", Slot())
    ref = replace(bench.stranger_says("hello"), id=written.id)
    assert (await bench.provider.get_comment(ref)).own


@pytest.mark.parametrize("permission", [p for p in Permission if p is not Permission.NONE])
async def test_permission_of_collaborators(bench: Bench, permission: Permission) -> None:
    if permission not in bench.provider.capabilities.permissions:
        pytest.skip(f"{bench.host.name} has no {permission.name}")
    account = bench.give("carol", permission)
    assert await bench.provider.permission(bench.repository, account) is permission


@pytest.mark.parametrize("login", ["nobody-knows", "", "dependabot[bot]", "../../app"])
async def test_permission_of_strangers_is_too_little(bench: Bench, login: str) -> None:
    assert await bench.provider.permission(bench.repository, bench.stranger(login)) < Permission.WRITE


@pytest.mark.parametrize("account", [Account("", ""), Account("../..", "../.."), Account("999999999", "ghost")])
async def test_permission_of_nobody_is_none(bench: Bench, account: Account) -> None:
    with contextlib.suppress(Rejected):
        assert await bench.provider.permission(bench.repository, account) < Permission.WRITE


async def test_get_pull_request(bench: Bench) -> None:
    found = await bench.provider.get_pull_request(bench.repository, bench.pull.number)
    assert (found.head_sha, found.base_sha, found.open) == (bench.pull.head_sha, bench.pull.base_sha, True)
    assert (found.repository.id, found.number, found.from_fork) == (bench.repository.id, bench.pull.number, False)
    assert found.url
    with pytest.raises(NotFound):
        await bench.provider.get_pull_request(bench.repository, 999)
    with pytest.raises(NotFound):
        await bench.provider.get_pull_request(Repository("1", "acme/unknown"), 1)


async def test_get_commit(bench: Bench) -> None:
    head = bench.push()
    found = await bench.provider.get_commit(bench.repository, head)
    assert found.sha == head
    assert found.parents
    with pytest.raises(NotFound):
        await bench.provider.get_commit(bench.repository, "0" * 40)


async def test_find_pull_requests_by_head(bench: Bench) -> None:
    [found] = await bench.provider.find_pull_requests(bench.repository, bench.pull.head_sha)
    assert found.number == bench.pull.number
    old, new = bench.pull.head_sha, bench.push()
    assert not await bench.provider.find_pull_requests(bench.repository, old)
    assert [p.head_sha for p in await bench.provider.find_pull_requests(bench.repository, new)] == [new]
    assert not await bench.provider.find_pull_requests(bench.repository, "0" * 40)


async def test_find_pull_requests_of_a_fork_by_branch(bench: Bench) -> None:
    pull, branch = bench.fork_pull()
    [found] = await bench.provider.find_pull_requests(bench.repository, pull.head_sha, branch)
    assert (found.number, found.from_fork) == (pull.number, True)
    assert not await bench.provider.find_pull_requests(bench.repository, bench.pull.base_sha, branch)


async def test_changed_files(bench: Bench) -> None:
    files = await bench.provider.changed_files(bench.repository, bench.pull.number)
    assert {(file.path, file.status, file.previous_path) for file in files} == {
        ("src/pay.py", "modified", ""),
        ("docs/a b.md", "renamed", "docs/ab.md"),
    }
    if bench.provider.capabilities.patches:
        [changed] = [file for file in files if file.path == "src/pay.py"]
        assert changed.patch.startswith("@@")


async def test_repositories(bench: Bench) -> None:
    assert list(await bench.provider.repositories()) == [bench.repository]


async def test_get_repository_by_path_by_id_and_by_an_old_path(bench: Bench) -> None:
    whole = bench.repository
    for known in (Repository("", whole.path), Repository(whole.id, ""), whole):
        assert await bench.provider.get_repository(known) == whole
    path = f"{whole.path}-renamed"
    bench.rename(path)
    assert await bench.provider.get_repository(whole) == Repository(whole.id, path)
    with pytest.raises(NotFound):
        await bench.provider.get_repository(Repository("", "acme/unknown"))


async def test_read_repository_is_what_get_repository_completes(bench: Bench) -> None:
    for named in (bench.repository.id, bench.repository.path):
        assert await bench.provider.get_repository(bench.host.read_repository(named)) == bench.repository
    for named in ("", "..", "acme/../shop", "https://", "a" * 2000, "acme/shop?x=1"):
        with pytest.raises(ValueError, match="send"):
            bench.host.read_repository(named)


async def test_inspect_tells_who_we_are_and_what_is_missing(bench: Bench) -> None:
    access = await bench.provider.inspect()
    assert access.account.login
    assert access.missing == ()
    assert (await bench.weak_provider().inspect()).missing
    bench.revoke()
    with pytest.raises((Unauthenticated, Suspended)):
        await bench.provider.inspect()


async def test_ensure_hooks_is_idempotent_and_undone_by_remove_hooks(bench: Bench) -> None:
    if not bench.provider.capabilities.hooks:
        with pytest.raises(Rejected):
            await bench.provider.ensure_hooks(bench.hook_place, HOOK_URL, SECRET)
        assert await bench.provider.hooks(bench.hook_place, HOOK_URL) == ()
        await bench.provider.remove_hooks(bench.hook_place, HOOK_URL)
        return
    made = await bench.provider.ensure_hooks(bench.hook_place, HOOK_URL, SECRET)
    assert made
    assert all(hook.active and hook.url == HOOK_URL and hook.events for hook in made)
    again = await bench.provider.ensure_hooks(bench.hook_place, HOOK_URL, f"{SECRET} 2")
    assert len(again) == len(made)
    assert set(bench.hook_secrets()) == {f"{SECRET} 2"}
    assert list(await bench.provider.hooks(bench.hook_place, HOOK_URL)) == list(again)
    assert list(await bench.provider.hooks(bench.hook_place, f"{HOOK_URL}2")) == []
    await bench.provider.remove_hooks(bench.hook_place, HOOK_URL)
    await bench.provider.remove_hooks(bench.hook_place, HOOK_URL)
    assert bench.hook_secrets() == []


async def test_every_verb_is_refused_when_the_credential_is(bench: Bench) -> None:
    comment = bench.stranger_says("hello")
    bench.revoke()
    revision, number = revision_of(bench), bench.pull.number
    check = check_of(bench, report(suite(Verdict.FAILED, TIMEOUT)))
    for call in (
        lambda: bench.provider.put_comment(bench.repository, number, "words", Slot()),
        lambda: bench.provider.put_status(revision, check, Slot()),
        lambda: bench.provider.react(comment, Reaction.SEEN),
        lambda: bench.provider.get_comment(comment),
        lambda: bench.provider.permission(bench.repository, Account("7", "carol")),
        lambda: bench.provider.get_pull_request(bench.repository, number),
        lambda: bench.provider.get_commit(bench.repository, revision.sha),
        lambda: bench.provider.changed_files(bench.repository, number),
        bench.provider.repositories,
    ):
        with pytest.raises((Unauthenticated, Suspended)):
            await call()
