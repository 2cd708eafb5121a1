"""Compressed, damaged and hostile streams."""

import gzip
import io
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from bot.analysis import Input, Limits, analyze
from bot.analysis.inputs import CHUNK, CutError, Source
from bot.analysis.lines import Lines

BODY = b"<testsuite>" + b"<testcase name='a'/>" * 5000 + b"</testsuite>"


@pytest.mark.parametrize("data", [BODY, gzip.compress(BODY), gzip.compress(BODY[:70]) + gzip.compress(BODY[70:])])
def test_gzip_is_found_by_content(data: bytes) -> None:
    analysis = analyze([Input.of_bytes("report", data)])
    assert (analysis.counts.total, analysis.verdict, analysis.stats.bytes) == (5000, "passed", len(BODY))


def test_truncated_gzip_is_told_and_what_was_read_counts() -> None:
    cases = b"".join(b"<testcase name='%d'/>" % (n * 7919) for n in range(5000))
    data = gzip.compress(b"<testsuite><testcase name='a'><failure/></testcase>" + cases + b"</testsuite>")
    analysis = analyze([Input.of_bytes("r.xml.gz", data[: len(data) // 2])])
    assert (analysis.verdict, analysis.counts.failed) == ("failed", 1)
    assert analysis.unreadable[0].reason.startswith(
        "truncated gzip data: it ends before its end marker; read before it: "
    )


def test_damaged_gzip_is_told() -> None:
    data = bytearray(gzip.compress(b"line\n" * 100_000, compresslevel=1))
    data[300:340] = bytes(40)
    analysis = analyze([Input.of_bytes("b.log.gz", bytes(data))])
    assert analysis.verdict == "unknown"
    assert "gzip data" in analysis.unreadable[0].reason


def test_a_bomb_stops_at_the_cap() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    source = Source(Input.of_bytes("bomb", data), 1_000_000)
    sizes: list[int] = []
    with pytest.raises(CutError, match="larger than"):
        sizes.extend(len(chunk) for chunk in source.chunks())
    assert sum(sizes) == 1_000_000
    assert max(sizes) <= CHUNK


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("r.xml", b"\x89PNG\r\n\x1a\n" + bytes(50), "binary data (it looks like a PNG image)"),
        ("build.log", bytes(range(256)) * 20, "binary data"),
        ("logs.zip", b"PK\x03\x04" + bytes(50), "binary data (it looks like a zip archive)"),
        ("r.json", b"not json at all", "neither JSON nor a report"),
        ("r.json", b'{"name": "shop"}', "JSON, but no test report that is known"),
        ("r.json", b'{"numTotalTests": 3}', "nothing in it tells of a test"),
        ("empty.log", b"", "empty"),
        ("bom.xml", b"\xef\xbb\xbf \n", "empty"),
    ],
)
def test_what_cannot_be_read_is_told(name: str, data: bytes, told: str) -> None:
    analysis = analyze([Input.of_bytes(name, data)])
    assert told in analysis.unreadable[0].reason
    assert (analysis.verdict, analysis.usable) == ("unknown", False)


@pytest.mark.parametrize("data", [b'{"level":"info"}\n{"level":"error"}\n', b"[INFO] ok\n", b"<notice> hello\n"])
def test_logs_that_start_like_something_else_are_logs(data: bytes) -> None:
    assert analyze([Input.of_bytes("build.log", data)]).usable


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    paths = [tmp_path / "nope.xml", tmp_path]
    analysis = analyze([Input(path.name, lambda path=path: path.open("rb")) for path in paths])  # type: ignore[misc]
    assert [item.reason for item in analysis.unreadable] == ["no such file or directory", "is a directory"]


def test_what_is_unread_never_passes() -> None:
    good = Input.of_bytes("r.xml", BODY)
    assert analyze([good]).verdict == "passed"
    assert analyze([good, Input.of_bytes("x.xml", b"<Recipe/>")]).verdict == "unknown"


def test_a_log_over_its_cap() -> None:
    analysis = analyze([Input.of_bytes("b.log", b"line\n" * 1000)], limits=replace(Limits(), log_bytes=1000))
    assert analysis.stats.lines == 200
    assert analysis.unreadable[0].reason == "larger than 1000 bytes: only the first 1000 bytes were read"


def test_lines_do_not_depend_on_the_pieces() -> None:
    data = "a\nbä\u2028c\r\n\n\x0cd".encode()
    expected = [(1, "a"), (2, "bä\u2028c\r"), (3, ""), (4, "\x0cd")]
    for size in range(1, len(data) + 1):
        stream = io.BytesIO(data)
        assert list(Lines(iter(lambda: stream.read(size), b""), 100)) == expected  # noqa: B023
