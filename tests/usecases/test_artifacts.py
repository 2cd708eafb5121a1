"""Files are masked, compressed and bounded on their way in."""

import gzip
from functools import partial
from pathlib import Path

import anyio
import pytest

from bot.usecases.artifacts import TooLarge, Unstorable, pack, secret_values
from bot.usecases.errors import Invalid
from bot.usecases.receive_results import Upload, pack_all, receive_results
from tests.usecases.conftest import Desk
from tests.waiting import until

TOKEN = "ghp_" + "aB3" * 12


def upload(folder: Path, name: str, content: bytes) -> Upload:
    path = folder / name
    path.write_bytes(content)
    return Upload("report", name, path)


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_a_file_is_masked_whether_gzip_or_not(wrap: type[bytes], tmp_path: Path) -> None:
    plain = f"one {TOKEN}\r\ntwo p&amp;ssw&quot;rd\n\nno end".encode() * 40_000
    content, size = pack(upload(tmp_path, "a.xml", wrap(plain)).path, ['p&ssw"rd'], len(plain))
    assert size == len(plain)
    assert gzip.decompress(content) == plain.replace(TOKEN.encode(), b"***").replace(b"p&amp;ssw&quot;rd", b"***")


def test_a_file_over_its_limit_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = upload(tmp_path, "a.xml", gzip.compress(b"\n" * 50_000_000))
    with pytest.raises(TooLarge, match="limit of 1000 bytes"):
        pack(bomb.path, (), 1000)


def test_broken_gzip_is_told(tmp_path: Path) -> None:
    whole = gzip.compress(TOKEN.encode() * 1000)
    with pytest.raises(Unstorable, match="gzip data is broken"):
        pack(upload(tmp_path, "a.xml", whole[:-9]).path, (), 100_000)


def test_all_files_together_are_bounded_by_what_they_unpack_to(tmp_path: Path) -> None:
    files = [upload(tmp_path, f"{n}.xml", gzip.compress(b"x" * 1000)) for n in range(5)]
    assert [file["size"] for file in pack_all(files[:4], (), 1000)] == [1000] * 4
    with pytest.raises(Invalid, match=r"report '4.xml' .* all files together are over the limit of 4000 bytes"):
        pack_all(files, (), 1000)


def test_one_file_over_its_own_limit_is_not_blamed_on_the_others(tmp_path: Path) -> None:
    files = [upload(tmp_path, "a.xml", b"x"), upload(tmp_path, "b.xml", b"x" * 1001)]
    with pytest.raises(Invalid, match=r"'b.xml' can't be taken: it is over the limit of 1000 bytes"):
        pack_all(files, (), 1000)


def test_files_packed_before_count(tmp_path: Path) -> None:
    files = [upload(tmp_path, "a.xml", b"x" * 600)]
    assert pack_all(files, (), 1000, [{"size": 3400}])
    with pytest.raises(Invalid, match="all files together"):
        pack_all(files, (), 1000, [{"size": 3401}])


@pytest.mark.anyio
async def test_uploads_are_packed_one_at_a_time_and_leave_the_other_threads_alone(desk: Desk, tmp_path: Path) -> None:
    file = upload(tmp_path, "a.log", b"1 failed")
    async with anyio.create_task_group() as uploading, desk.services.packing:
        uploading.start_soon(partial(receive_results, desk.services, desk.caller, None, [file]))
        await until(lambda: desk.services.packing.statistics().tasks_waiting == 1)
        assert await anyio.to_thread.run_sync(str, 1) == "1"
    assert desk.services.packing.statistics().tasks_waiting == 0


def test_a_name_tells_a_secret() -> None:
    secret = {
        name: f"value of {name}"
        for name in (
            "SHOP_TOKEN",
            "DB_PASS",
            "PGPASSWORD",
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_PAT",
            "APIKEY",
            "npm_token",
        )
    }
    plain = {name: f"value of {name}" for name in ("PATH", "PYTHONPATH", "MONKEY", "AUTHOR", "COMPASS", "SHARD")}
    address = {"DATABASE_URL": "postgresql://shop:hunter22@db/shop", "BASE_URL": "https://shop.example.com"}
    assert secret_values(secret | plain | address) == [*secret.values(), address["DATABASE_URL"]]
