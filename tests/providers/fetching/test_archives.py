"""Zips that a stranger made: nothing in them is believed."""

import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from providers.fetching import archives
from providers.fetching.archives import Room, can_be_report, unpack

WIDE = Room(1_000_000, 10_000_000, 100)
XML = b"<testsuite/>"


def packed(folder: Path, files: Mapping[str, bytes] | Mapping[zipfile.ZipInfo, bytes]) -> Path:
    path = folder / "in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def opened(archive: Path, room: Room = WIDE) -> tuple[dict[str, bytes], list[str]]:
    """What came out by its name, and what was left out."""
    folder = archive.parent / "out"
    folder.mkdir()
    numbers = iter(range(1_000))
    found, notes = unpack(archive, lambda suffix: folder / f"{next(numbers)}{suffix}", room)
    assert {each.path for each in found} == set(folder.iterdir())
    assert all(each.size == each.path.stat().st_size for each in found)
    return {each.name: each.path.read_bytes() for each in found}, notes


def test_reports_and_logs_come_out_and_nothing_else(tmp_path: Path) -> None:
    files = {"a/junit.xml": XML, "b.trx": b"<TestRun/>", "c.log": b"said", "d.exe": b"MZ", "package.json": b"{}"}
    assert opened(packed(tmp_path, files)) == ({"a/junit.xml": XML, "b.trx": b"<TestRun/>", "c.log": b"said"}, [])


@pytest.mark.parametrize("name", ["../up.xml", "a/../../up.xml", "/root.xml", "C:/windows.xml", "..\\up.xml"])
def test_no_path_leads_out(tmp_path: Path, name: str) -> None:
    found, notes = opened(packed(tmp_path, {name: XML, "in.xml": XML}))
    assert list(found) == ["in.xml"]
    assert [note.endswith("its path leads out of the archive") for note in notes] == [True]


def test_links_are_not_followed(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert opened(packed(tmp_path, {link: b"/etc/passwd"})) == ({}, ["link.xml: a link"])


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    found, notes = opened(packed(tmp_path, {"bomb.xml": bytes(3_000_000)}), Room(10**9, 10**9, 100))
    assert (found, notes) == ({}, ["bomb.xml: it grows like a zip bomb"])


def test_what_an_entry_says_of_its_size_counts_for_nothing(tmp_path: Path) -> None:
    path = packed(tmp_path, {"small.xml": b"x" * 5_000})
    told, true = (1_000).to_bytes(4, "little"), (5_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(true, told))
    found, notes = opened(path)
    assert sum(map(len, found.values())) <= 1_000
    assert found == {} and len(notes) == 1


@pytest.mark.parametrize(
    ("room", "kept"),
    [(Room(1_500, 10**6, 9), ["a.xml"]), (Room(10**6, 2_500, 9), ["a.xml"]), (Room(10**6, 10**6, 1), ["a.xml"])],
)
def test_the_room_is_kept(tmp_path: Path, room: Room, kept: list[str]) -> None:
    found, notes = opened(packed(tmp_path, {"a.xml": b"x" * 1_000, "b.xml": b"y" * 2_000}), room)
    assert list(found) == kept
    assert len(notes) == 1


def test_too_many_entries_are_no_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ENTRIES", 2)
    assert opened(packed(tmp_path, {f"{at}.xml": XML for at in range(3)})) == ({}, ["it holds 3 files"])


def test_a_long_list_of_entries_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "DIRECTORY", 1_000)
    found, (note,) = opened(packed(tmp_path, {f"{at:040}.xml": XML for at in range(40)}))
    assert found == {}
    assert "its list of files is too long" in note


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(60)])
def test_what_is_no_archive_is_said_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "in.zip"
    path.write_bytes(content)
    found, notes = opened(path)
    assert found == {}
    assert all("can't be read" in note for note in notes)


def test_a_damaged_entry_costs_the_others_nothing(tmp_path: Path) -> None:
    path = packed(tmp_path, {"a.xml": b"a" * 900 + bytes(range(256)), "b.xml": XML})
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"a.xml") + 20] ^= 0xFF
    path.write_bytes(whole)
    found, notes = opened(path)
    assert found == {"b.xml": XML}
    assert [note.startswith("a.xml: can't be unpacked") for note in notes] == [True]


@pytest.mark.parametrize(
    ("name", "can"),
    [
        ("TEST-a.xml", True),
        ("r.JSON", True),
        ("go.jsonl", True),
        ("cobertura.xml", False),
        ("x/node_modules/a.json", False),
        ("pom.xml", False),
        ("a.zip", False),
        ("noname", False),
    ],
)
def test_names_tell_what_can_be_a_report(name: str, can: bool) -> None:
    assert can_be_report(name) is can
