"""What every provider promises, whatever its host; a test a promise."""

import inspect
from pathlib import Path

import pytest

from providers.errors import NotFound, ProviderError
from providers.interface import CiProvider
from providers.report import Check, Report, Verdict
from providers.values import Permission, Reaction, Repository, Revision, Slot
from tests.providers.benches.bench import Bench
from tests.providers.samples import BROKEN, RESET, TIMEOUT, many, report, suite

pytestmark = pytest.mark.anyio


def check_of(bench: Bench, each: Report, verdict: Verdict | None = None) -> Check:
    check = bench.provider.render_check(each.suites[0], each)
    assert verdict is None or check.verdict is verdict
    return check


def test_every_verb_has_a_test() -> None:
    verbs = {name for name, _ in inspect.getmembers(CiProvider, inspect.isfunction) if not name.startswith("_")}
    tests = Path(__file__).read_text(encoding="utf-8")
    assert {verb for verb in verbs if f"provider.{verb}(" not in tests} == set()


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
    revision = Revision(bench.repository, bench.pull.head_sha, bench.pull.number)
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
    revision = Revision(bench.repository, bench.pull.head_sha, bench.pull.number)
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
    revision = Revision(bench.repository, bench.pull.head_sha, bench.pull.number)
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
    revision = Revision(bench.repository, bench.pull.head_sha, bench.pull.number)
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
async def test_put_check_and_put_status_know_every_verdict(bench: Bench, verdict: Verdict) -> None:
    revision = Revision(bench.repository, bench.pull.head_sha, bench.pull.number)
    check = check_of(bench, report(suite(verdict)), verdict)
    await bench.provider.put_check(revision, check, "run-1", Slot())
    await bench.provider.put_status(revision, check, Slot())
    assert len(bench.checks()) == len(bench.statuses()) == 1


async def test_put_status_says_the_newest_word(bench: Bench) -> None:
    revision = Revision(bench.repository, bench.pull.head_sha, bench.pull.number)
    slot = Slot()
    for verdict in (Verdict.RUNNING, Verdict.FAILED):
        written = await bench.provider.put_status(revision, check_of(bench, report(suite(verdict, TIMEOUT))), slot)
        slot = Slot(written.id, written.state)
    [seen] = bench.statuses()
    assert (seen.name, seen.title) == ("Agnox", "2 of 128 tests failed — 1 new cause")


async def test_render_check_gives_annotations_with_the_verdict_only(bench: Bench) -> None:
    for verdict in Verdict:
        each = report(suite(verdict, TIMEOUT))
        check = bench.provider.render_check(each.suites[0], each)
        assert bool(check.annotations) == verdict.finished
        assert bool(check.actions) == verdict.finished


async def test_react_twice_is_harmless(bench: Bench) -> None:
    comment = bench.stranger_says("/agnox rerun")
    for reaction in (*Reaction, *Reaction):
        await bench.provider.react(comment, reaction)
    assert len(bench.reactions(comment)) == len(Reaction)


@pytest.mark.parametrize("permission", [p for p in Permission if p is not Permission.NONE])
async def test_permission_of_collaborators(bench: Bench, permission: Permission) -> None:
    bench.give("carol", permission)
    assert await bench.provider.permission(bench.repository, "carol") is permission


@pytest.mark.parametrize("login", ["nobody-knows", "", "dependabot[bot]", "../../app"])
async def test_permission_of_strangers_is_too_little(bench: Bench, login: str) -> None:
    assert await bench.provider.permission(bench.repository, login) < Permission.WRITE


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
    assert [(file.path, file.status, file.previous_path) for file in files] == [
        ("src/pay.py", "modified", ""),
        ("docs/a b.md", "renamed", "docs/ab.md"),
    ]
    assert files[0].patch.startswith("@@")


async def test_repositories(bench: Bench) -> None:
    assert list(await bench.provider.repositories()) == [bench.repository]
