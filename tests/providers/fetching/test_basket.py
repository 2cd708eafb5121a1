"""What is taken of one run, within its limits."""

import zipfile
from pathlib import Path

import pytest

from providers.clock import Clock
from providers.errors import (
    Forbidden,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Suspended,
    Unauthenticated,
    Unavailable,
)
from providers.fetching.basket import Basket, PassingNote
from providers.runs import FetchLimits, FileKind

pytestmark = pytest.mark.anyio


async def test_paths_are_ours_and_names_are_one_line(tmp_path: Path) -> None:
    basket = Basket(tmp_path, FetchLimits())
    basket.write(FileKind.LOG, "../../etc/passwd\nroot", b"said", "job")
    (file,) = basket.files
    assert file.path.parent == tmp_path
    assert "\n" not in file.name
    assert [basket.place(suffix).suffix for suffix in (".XML", "./x", ".verylongsuffix", "")] == [".xml", "", "", ""]


async def test_a_text_over_the_limit_is_cut_and_told(tmp_path: Path) -> None:
    basket = Basket(tmp_path, FetchLimits(file=10))
    basket.write(FileKind.LOG, "a.log", b"x" * 25)
    assert basket.files[0].path.read_bytes() == b"x" * 10
    assert basket.notes == ["a.log is cut after 10 bytes"]


async def test_a_full_basket_takes_nothing_more(tmp_path: Path) -> None:
    basket = Basket(tmp_path, FetchLimits(total=5_000))
    basket.write(FileKind.LOG, "a.log", b"x" * 3_000)
    assert basket.full

    async def never(path: Path, limit: int) -> int:
        raise AssertionError

    assert await basket.text("b.log", never, what="log of b") is False
    assert basket.notes == ["The log of b is left out: the files of this run are over the limit"]


@pytest.mark.parametrize("error", [NotFound("gone"), Forbidden("no"), Rejected("odd"), Unavailable("away")])
async def test_a_part_that_cannot_be_had_is_a_note_and_leaves_no_file(tmp_path: Path, error: ProviderError) -> None:
    basket = Basket(tmp_path, FetchLimits())

    async def fails(path: Path, limit: int) -> int:
        path.write_bytes(b"half")
        raise error

    assert await basket.text("a.log", fails, what="log of a") is False
    (note,) = basket.notes
    assert note == f"The log of a could not be had: {error}"
    # What is gone is gone; who is away may be back.
    assert isinstance(note, PassingNote) is isinstance(error, Unavailable)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error", [RateLimited("wait", retry_at=Clock(lambda: 0.0).after(1)), Suspended("gone"), Unauthenticated("who?")]
)
async def test_what_holds_for_all_is_raised(tmp_path: Path, error: ProviderError) -> None:
    with pytest.raises(type(error)):
        async with Basket(tmp_path, FetchLimits()).noting("list"):
            raise error


async def test_notes_are_as_many_as_people_read(tmp_path: Path) -> None:
    basket = Basket(tmp_path, FetchLimits())
    for at in range(60):
        basket.note(f"{at}\n" * 400)
    assert len(basket.notes) == 51
    assert basket.notes[-1] == "and 10 more that could not be had"
    assert all(len(note) <= 300 and "\n" not in note for note in basket.notes)


async def test_an_archive_is_unpacked_below_its_name(tmp_path: Path) -> None:
    archive = tmp_path / "in.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("tests/a.xml", "b.log", "../c.xml"):
            packed.writestr(name, "<a/>")
    folder = tmp_path / "out"
    folder.mkdir()
    basket = Basket(folder, FetchLimits())
    await basket.unpack(archive, "artifact tests", within="tests", job="unit")
    assert [(file.kind, file.name, file.job) for file in basket.files] == [
        (FileKind.REPORT, "tests/a.xml", "unit"),
        (FileKind.LOG, "tests/b.log", "unit"),
    ]
    assert basket.notes == ["In the artifact tests: ../c.xml: its path leads out of the archive"]
