"""Files by patterns, and which of them a run has written."""

import os
from pathlib import Path

import pytest

from agnox.files import find_files, shown_name, stamps, written_since
from agnox.running.boundedlog import BoundedLog


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["a/b/TEST-1.xml"], ["a/b/TEST-1.xml"]),
        (["**/TEST-*.xml"], ["TEST-0.xml", "a/b/TEST-1.xml", "a/b/TEST-2.xml"]),
        (["a/*/TEST-?.xml", "a/b/*.xml"], ["a/b/TEST-1.xml", "a/b/TEST-2.xml"]),
        (["a"], ["a/b/TEST-1.xml", "a/b/TEST-2.xml"]),
        (["report[1].xml"], ["report[1].xml"]),
        (["none/**/*.xml", "**/*.trx", ""], []),
    ],
)
def test_patterns(patterns: list[str], found: list[str]) -> None:
    make("TEST-0.xml", "a/b/TEST-1.xml", "a/b/TEST-2.xml", "a/b/notes.txt", "report[1].xml")
    assert [str(path) for path in find_files(patterns)] == found


def test_a_link_that_leads_nowhere_is_no_file() -> None:
    Path("gone.xml").symlink_to("nowhere")
    assert find_files(["*.xml", "gone.xml"]) == []


def test_only_what_was_written_since_counts() -> None:
    make("old.xml", "same-size.xml", "grown.xml")
    before = stamps(find_files(["*.xml"]))
    told = Path("same-size.xml").stat()
    Path("same-size.xml").write_text("SAME-SIZE.XML")
    os.utime("same-size.xml", ns=(told.st_atime_ns, told.st_mtime_ns + 1))
    Path("grown.xml").write_text("grown.xml and more")
    make("new.xml")
    written = written_since(before, find_files(["*.xml"]))
    assert [str(path) for path in written] == ["grown.xml", "new.xml", "same-size.xml"]


def test_names_are_told_from_the_working_folder() -> None:
    assert shown_name(Path.cwd() / "a" / "b.xml") == "a/b.xml"
    assert shown_name(Path("/srv/b.xml")) == "/srv/b.xml"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ([], b""),
        ([b"abc"], b"abc"),
        ([b"0123456789", b"abc", b"def"], b"0123456789abcdef"),
        ([b"0123456789" + b"a" * 8, b"b" * 8], b"0123456789" + b"a" * 8 + b"b" * 8),
        (
            [b"0123456789", *(letter * 8 for letter in (b"a", b"b", b"c", b"d"))],
            b"0123456789\n[agnox: 16 bytes left out]\n" + b"c" * 8 + b"d" * 8,
        ),
    ],
)
def test_a_long_log_keeps_its_beginning_and_its_end(tmp_path: Path, written: list[bytes], kept: bytes) -> None:
    log = BoundedLog(tmp_path / "work", head=10, tail=8)
    for data in written:
        log.write(data)
    path = log.finish()
    assert path.read_bytes() == kept
    assert list(path.parent.iterdir()) == [path]
