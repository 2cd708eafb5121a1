"""What every provider promises, whatever its host; a test a promise."""

import contextlib
import inspect
from pathlib import Path

import pytest

from providers.errors import NotFound, Rejected, Suspended, Unauthenticated
from providers.interface import CiProvider
from providers.report import Verdict
from providers.values import Account, Permission, Reaction, Repository, Slot
from tests.providers.benches.bench import SECRET, Bench
from tests.providers.contract.subjects import check_of, revision_of
from tests.providers.samples import TIMEOUT, many, report, suite

pytestmark = pytest.mark.anyio


HOOK_URL = "https://agnox.example.com/webhooks/host/key"


def test_every_verb_has_a_test() -> None:
    verbs = {name for name, _ in inspect.getmembers(CiProvider, inspect.isfunction) if not name.startswith("_")}
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    assert {verb for verb in verbs if f".{verb}(" not in tests} == set()


def test_host_and_provider_have_one_name(bench: Bench) -> None:
    assert bench.provider.name == bench.host.name
    assert bench.provider.capabilities.comment_limit > 1000


def test_render_comment_fits_the_host(bench: Bench) -> None:
    body = bench.provider.render_comment(report(suite(Verdict.FAILED, *many(1000))))
    assert len(body) <= bench.provider.capabilities.comment_limit
    assert body == bench.provider.render_comment(report(suite(Verdict.FAILED, *many(1000))))


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
