"""Files come from another host without our token, in bounded space, and never from where they should not."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx2
import pytest

from providers.errors import NotFound, ProviderError, Rejected, TooLarge, Unavailable
from providers.fetching.cut import CutFile
from providers.github.downloads import Downloads
from providers.origin import http_client

pytestmark = pytest.mark.anyio

API = "https://api.github.com"
STORE = "https://store.example/log?sig=secret"
LINE = b"0123456789abcde\n"

Answer = Callable[[httpx2.Request], httpx2.Response]


def downloads(answer: Answer, base_url: str = API) -> Downloads:
    return Downloads(http_client(httpx2.MockTransport(answer)), base_url)


def moved(*targets: str) -> tuple[Answer, list[str]]:
    """Leads on from one to the next and ends there."""
    asked: list[str] = []
    left = list(targets)

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        assert "authorization" not in request.headers
        if left:
            return httpx2.Response(302, headers={"location": left.pop(0)})
        return httpx2.Response(200, content=b"words")

    return answer, asked


async def endless(size: int, broken: bool = False) -> AsyncIterator[bytes]:
    block = LINE * 65_536
    for _ in range(size // len(block)):
        yield block
    if broken:
        raise httpx2.ReadError("reset")
    yield b"the last line\n"


async def test_a_huge_log_keeps_its_head_and_its_end(tmp_path: Path) -> None:
    size, limit = 300 * 2**20, 4_000_000
    path = tmp_path / "log"
    given = downloads(lambda _: httpx2.Response(200, content=endless(size)))
    assert await given.cut(STORE, path, limit) == size + 14 - limit
    kept = path.read_bytes()
    assert kept.startswith(LINE * 1000)
    assert kept.endswith(LINE + b"the last line\n")
    assert f"\n[{size + 14 - limit:,} bytes left out]\n".encode() in kept
    assert limit < len(kept) < limit + 100
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("size", [0, 1, 24, 25, 26, 99, 100, 101, 174, 175, 176, 250, 251, 1000, 1001])
@pytest.mark.parametrize("step", [1, 7, 100, 5000])
def test_a_cut_text_is_its_beginning_and_its_end(tmp_path: Path, size: int, step: int) -> None:
    text = bytes(at % 251 for at in range(size))
    path = tmp_path / "text"
    with CutFile(path, 100) as file:
        for at in range(0, size, step):
            file.write(text[at : at + step])
        missing = file.finish()
    assert missing == max(size - 100, 0)
    expected = text if size <= 100 else text[:25] + b"\n[%d bytes left out]\n" % missing + text[-75:]
    assert path.read_bytes() == expected


async def test_a_whole_file_is_not_read_beyond_its_limit(tmp_path: Path) -> None:
    given = downloads(lambda _: httpx2.Response(200, content=endless(2**40)))
    with pytest.raises(TooLarge, match="more than 5,000,000 bytes"):
        await given.whole(STORE, tmp_path / "zip", 5_000_000)
    assert (tmp_path / "zip").stat().st_size <= 5_000_000


async def test_redirects_are_followed_without_a_token(tmp_path: Path) -> None:
    answer, asked = moved("https://other.example/a", "/b")
    await downloads(answer).whole(STORE, tmp_path / "file", 100)
    assert (tmp_path / "file").read_bytes() == b"words"
    assert asked == [STORE, "https://other.example/a", "https://other.example/b"]


@pytest.mark.parametrize(
    "target",
    [
        "http://store.example/log",
        "http://127.0.0.1/log",
        "http://localhost:6379/",
        "ftp://store.example/log",
        "file:///etc/passwd",
        "https://user:word@store.example/log",
        "//[",
    ],
)
@pytest.mark.parametrize("hops", [0, 1])
async def test_only_https_is_read(tmp_path: Path, target: str, hops: int) -> None:
    answer, asked = moved(*[target] * hops)
    with pytest.raises((Rejected, Unavailable)):
        await downloads(answer).whole(STORE if hops else target, tmp_path / "file", 100)
    assert len(asked) == hops


async def test_loopback_is_read_for_an_instance_on_loopback(tmp_path: Path) -> None:
    answer, _ = moved()
    await downloads(answer, "http://127.0.0.1:8810").whole("http://localhost:8811/x", tmp_path / "file", 100)
    for base_url in (API, "http://ghe.example", "https://127.0.0.1.evil.example"):
        with pytest.raises(Rejected):
            await downloads(answer, base_url).whole("http://127.0.0.1:8811/x", tmp_path / "file", 100)


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotFound), (410, NotFound), (403, Unavailable), (500, Unavailable)]
)
async def test_what_is_not_there_is_told_without_the_address(
    tmp_path: Path, status: int, error: type[ProviderError]
) -> None:
    with pytest.raises(error) as caught:
        await downloads(lambda _: httpx2.Response(status)).whole(STORE, tmp_path / "file", 100)
    assert "secret" not in str(caught.value)


async def test_a_connection_that_breaks_and_an_endless_chain_are_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="ReadError"):
        given = downloads(lambda _: httpx2.Response(200, content=endless(2**21, broken=True)))
        await given.cut(STORE, tmp_path / "file", 1_000_000)
    answer, asked = moved(*[STORE] * 20)
    with pytest.raises(Unavailable, match="from one address to another"):
        await downloads(answer).whole(STORE, tmp_path / "file", 100)
    assert len(asked) == 3
