"""What is taken out of containers, and what containers may be told; no engine is needed."""

import io
import os
import tarfile
import time
from pathlib import Path

import pytest

from bot.node.docker.collecting import TooMuch, take_reports
from bot.node.docker.leftovers import is_left_over, labels
from bot.node.docker.options import DockerOptions
from bot.node.reports import find_reports
from bot.node.values import ReportLimits

LIMITS = ReportLimits(file_bytes=1000, total_bytes=100_000, entries=50)


def archive(*members: tuple[str, bytes | str | None], mtime: float = 1_700_000_000) -> bytes:
    """A tar of files (bytes), links (text) and pipes (None)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.mtime = mtime
            if isinstance(content, bytes):
                entry.size = len(content)
                made.addfile(entry, io.BytesIO(content))
                continue
            entry.type, entry.linkname = (tarfile.FIFOTYPE, "") if content is None else (tarfile.SYMTYPE, content)
            made.addfile(entry)
    return buffer.getvalue()


def pieces(data: bytes, size: int = 700) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def test_only_reports_come_out_and_only_below_the_folder(tmp_path: Path) -> None:
    target = tmp_path / "work"
    target.mkdir()
    data = archive(
        ("work/junit.xml", b"<a/>"),
        ("work/deep/TEST-b.XML", b"<b/>"),
        ("work/../../evil.xml", b"x"),
        ("/work//etc/../../evil2.xml", b"x"),
        ("work/link.xml", "/etc/passwd"),
        ("work/pipe.xml", None),
        ("work/notes.txt", b"x"),
        ("work/large.xml", b"x" * 1001),
        ("work/junit.xml", b"again"),
        ("work/junit.xml/below.xml", b"x"),
        ("evil3.xml", b"x"),
    )
    take_reports(pieces(data), target, LIMITS)
    found = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"work/junit.xml": b"<a/>", "work/deep/TEST-b.XML": b"<b/>"}


def test_a_folder_that_holds_too_much_is_read_in_part(tmp_path: Path) -> None:
    many = archive(*((f"work/{number}.xml", b"x") for number in range(60)))
    with pytest.raises(TooMuch):
        take_reports(pieces(many), tmp_path, LIMITS)
    assert len(list(tmp_path.iterdir())) == 50
    large = archive(("work/a.xml", b"x"), ("work/core", b"x" * 500_000))
    with pytest.raises(TooMuch):
        take_reports(pieces(large), tmp_path / "other", LIMITS)
    assert (tmp_path / "other/a.xml").exists()


@pytest.mark.parametrize("data", [b"", b"no tar at all" * 100, archive(("work/a.xml", b"x" * 900))[:700]])
def test_a_broken_archive_is_the_engines_fault(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="archive can't be read"):
        take_reports([data], tmp_path, LIMITS)


def test_what_came_with_a_checkout_is_no_report_though_engines_tell_whole_seconds(tmp_path: Path) -> None:
    seconds, nanoseconds = 1_700_000_000, 123_456_789
    name = b"junit-old.xml"
    entry = seconds.to_bytes(4, "big") + nanoseconds.to_bytes(4, "big") + bytes(44)
    entry = bytes(8) + entry + len(name).to_bytes(2, "big") + name + b"\0"
    data = archive(("work/.git/index", b"DIRC" + bytes(8) + entry), ("work/junit-old.xml", b"<a/>"), mtime=seconds)
    work = tmp_path / "work"
    take_reports(pieces(data), work, LIMITS)
    assert find_reports(tmp_path / "results", work, LIMITS)[0] == ()
    os.utime(work / "junit-old.xml", (seconds + 1, seconds + 1))
    assert [report.name for report in find_reports(tmp_path / "results", work, LIMITS)[0]] == ["junit-old.xml"]


@pytest.mark.parametrize("network", ["host", "container:other", "", "a b", "-x"])
def test_a_network_that_is_not_the_containers_own_is_refused(network: str) -> None:
    with pytest.raises(ValueError, match="AGNOX_DOCKER_NETWORK"):
        DockerOptions(network=network)


def test_images_are_allowed_by_patterns() -> None:
    assert DockerOptions().allows("anything")
    some = DockerOptions(images=frozenset({"ghcr.io/acme/*", "python:3.*"}))
    allowed = [some.allows(image) for image in ("ghcr.io/acme/a:1", "python:3.12", "python:2", "evil/ghcr.io/acme/a")]
    assert allowed == [True, True, False, False]


def test_a_container_is_left_over_when_its_process_or_its_time_is_gone() -> None:
    now = time.time()
    mine = labels("e1", now + 60)
    assert not is_left_over(mine, "e2", now)
    assert is_left_over(mine, "e1", now)
    assert is_left_over(mine, "", now + 61)
    assert is_left_over({**mine, "io.agnox.owner": mine["io.agnox.owner"] + "1"}, "", now)
    assert not is_left_over({**mine, "io.agnox.owner": "elsewhere:1/1:1"}, "", now)
    assert is_left_over({}, "", now)
