"""Downloads from signed addresses, which never see a token."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from providers.errors import NotFound, ProviderError, Rejected, TooLarge, Unavailable
from providers.fetching.storage import Storage

pytestmark = pytest.mark.anyio

FAR, SIGNED = "https://git.example", "https://store.example/x?sig=key"


async def download(
    path: Path,
    answer: Callable[[httpx2.Request], httpx2.Response],
    url: str = SIGNED,
    *,
    base_url: str = FAR,
    limit: int = 100,
) -> int:
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        return await Storage(http, "The store", base_url).whole(url, path, limit)


async def test_a_file_is_written_without_saying_who_we_are(tmp_path: Path) -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, content=b"content")

    assert await download(tmp_path / "a", answer) == 7
    assert (tmp_path / "a").read_bytes() == b"content"
    assert {"authorization", "cookie", "private-token"}.isdisjoint(asked[0].headers)


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotFound), (410, NotFound), (403, Unavailable), (500, Unavailable), (304, Unavailable)]
)
async def test_refusals_are_told_apart_and_never_name_the_address(
    tmp_path: Path, status: int, error: type[ProviderError]
) -> None:
    with pytest.raises(error) as refused:
        await download(tmp_path / "a", lambda _: httpx2.Response(status))
    assert "sig" not in str(refused.value)


async def test_more_than_the_limit_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        await download(tmp_path / "a", lambda _: httpx2.Response(200, content=b"x" * 101))
    assert (tmp_path / "a").stat().st_size <= 100


@pytest.mark.parametrize(
    "url",
    ["http://store.example/x", "http://127.0.0.1/x", "ftp://store.example/x", "https://me:pw@store.example/x", "x"],
)
async def test_only_safe_addresses_are_asked(tmp_path: Path, url: str) -> None:
    def never(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError(request.url)

    with pytest.raises(Rejected):
        await download(tmp_path / "a", never, url)


async def test_a_redirect_is_held_to_the_same(tmp_path: Path) -> None:
    def on(location: str) -> Callable[[httpx2.Request], httpx2.Response]:
        def answer(request: httpx2.Request) -> httpx2.Response:
            if request.url.path == "/x":
                return httpx2.Response(302, headers={"location": location})
            return httpx2.Response(200, content=b"there")

        return answer

    assert await download(tmp_path / "a", on("https://other.example/y")) == 5
    for location in ("http://169.254.169.254/y", "/x"):
        with pytest.raises(Rejected):
            await download(tmp_path / "a", on(location))


async def test_on_loopback_plain_http_will_do_for_a_host_that_is_there(tmp_path: Path) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=b"near")

    assert await download(tmp_path / "a", answer, "http://127.0.0.1:9/x", base_url="http://localhost:9") == 4
    with pytest.raises(Rejected):
        await download(tmp_path / "a", answer, "http://10.0.0.1/x", base_url="http://localhost:9")


async def test_a_store_that_cannot_be_reached_is_away(tmp_path: Path) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with pytest.raises(Unavailable):
        await download(tmp_path / "a", answer)
