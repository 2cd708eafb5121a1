"""What every provider promises of the files that it reads."""

import pytest

from providers.errors import NotFound, ProviderError, Rejected, Suspended, TooLarge, Unauthenticated
from providers.values import Repository
from simulators.files import Link, Submodule
from tests.providers.benches.bench import Bench

pytestmark = pytest.mark.anyio

OWNERS = ".github/CODEOWNERS"


@pytest.mark.parametrize(
    "content",
    [
        b"*.py @acme/python\n",
        b"* @acme/all",
        b"",
        b'{"json": true}\n',
        "größe = 1\n".encode(),
        b"\xff\xfe\x00\x01\x89PNG\r\n\x1a\n",
        b"<!DOCTYPE html><title>Sign in</title>\n",
    ],
)
async def test_get_file_gives_every_byte(bench: Bench, content: bytes) -> None:
    bench.commit({OWNERS: content})
    assert await bench.provider.get_file(bench.repository, OWNERS, "main") == content


@pytest.mark.parametrize(
    "path", ["a b/c d.md", "größe/名前.txt", "50%/#1?x=y&z+.md", "a{b}/c'd\".txt", "a..b/...", "%2e%2e/x"]
)
async def test_get_file_finds_odd_paths(bench: Bench, path: str) -> None:
    bench.commit({path: path.encode()})
    assert await bench.provider.get_file(bench.repository, path, "main") == path.encode()


async def test_get_file_reads_what_stood_in_a_branch_or_a_commit(bench: Bench) -> None:
    old = bench.commit({OWNERS: b"* @old\n"})
    bench.commit({OWNERS: b"* @new\n"})
    bench.commit({OWNERS: b"* @fix\n"}, "fix/deeper/#7%20&path=x+y")
    for ref, content in (
        (old, b"* @old\n"),
        ("main", b"* @new\n"),
        ("fix/deeper/#7%20&path=x+y", b"* @fix\n"),
    ):
        assert await bench.provider.get_file(bench.repository, OWNERS, ref) == content


async def test_get_file_is_none_where_there_is_no_file(bench: Bench) -> None:
    bench.commit(
        {
            "docs/guide.md": b"words\n",
            "docs/out": Link(b"../../etc/passwd"),
            "docs/nowhere": Link(b"gone.md"),
            "vendor": Submodule(b"0" * 40),
        }
    )
    for path in ("CODEOWNERS", "docs/guide.md/x", "docs", "docs/out", "docs/nowhere", "vendor", "Docs/guide.md"):
        assert await bench.provider.get_file(bench.repository, path, "main") is None, path
    assert await bench.provider.get_file(bench.repository, "docs/guide.md", bench.pull.head_sha) is None


async def test_get_file_follows_a_link_only_within_the_repository(bench: Bench) -> None:
    bench.commit({"CODEOWNERS": b"* @acme\n", OWNERS: Link(b"../CODEOWNERS")})
    assert await bench.provider.get_file(bench.repository, OWNERS, "main") in (b"* @acme\n", None)


async def test_get_file_does_not_take_what_is_out_of_reach_for_absent(bench: Bench) -> None:
    bench.commit({OWNERS: b"* @acme\n"})
    for ref in ("no-such-branch", "0" * 40):
        with pytest.raises(NotFound):
            await bench.provider.get_file(bench.repository, OWNERS, ref)
    with pytest.raises(NotFound):
        await bench.provider.get_file(Repository("1", "acme/unknown"), OWNERS, "main")
    bench.revoke()
    with pytest.raises((Unauthenticated, Suspended)):
        await bench.provider.get_file(bench.repository, OWNERS, "main")


async def test_get_file_refuses_what_is_too_large(bench: Bench) -> None:
    bench.commit({"log": b"x" * 1_048_577, "limit": b"x" * 1_048_576})
    assert await bench.provider.get_file(bench.repository, "limit", "main") == b"x" * 1_048_576
    with pytest.raises(TooLarge):
        await bench.provider.get_file(bench.repository, "log", "main")
    assert await bench.provider.get_file(bench.repository, "log", "main", limit=2_000_000) == b"x" * 1_048_577
    with pytest.raises(TooLarge):
        await bench.provider.get_file(bench.repository, "limit", "main", limit=10)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/etc/passwd", "..", "../x", "a/../b", "a/./b", "a//b", "a/", "a\\..\\b", "a\0b", "a\nb", "\ud800"],
)
async def test_get_file_refuses_paths_that_lead_elsewhere(bench: Bench, path: str) -> None:
    bench.calls()
    with pytest.raises(Rejected):
        await bench.provider.get_file(bench.repository, path, "main")
    assert bench.calls() == (0, 0)


@pytest.mark.parametrize(
    "ref", ["", "main~1", "main:x", "a..b", "@{u}", "-x", "a b", "x\n", "a//b", "a/", "main^", "\udcff"]
)
async def test_get_file_refuses_refs_that_are_revisions(bench: Bench, ref: str) -> None:
    bench.calls()
    with pytest.raises(Rejected):
        await bench.provider.get_file(bench.repository, OWNERS, ref)
    assert bench.calls() == (0, 0)


async def test_get_file_tells_of_a_host_that_is_down(bench: Bench) -> None:
    bench.commit({OWNERS: b"* @acme\n"})
    bench.lose_answer("GET")
    with pytest.raises(ProviderError) as caught:
        await bench.provider.get_file(bench.repository, OWNERS, "main")
    assert not isinstance(caught.value, NotFound)
