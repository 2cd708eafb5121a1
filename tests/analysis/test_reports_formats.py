"""Every sample of every format gives exactly what is written down for it, in whatever pieces it comes."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.analysis import Input, Limits, analyze
from bot.analysis.reports import READERS, Budget, Report
from tests.analysis.samples import LOGS

SAMPLES = Path(__file__).parents[1] / "data" / "reports" / "formats"
EXPECTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
READ = sorted(name for name, wanted in EXPECTED.items() if wanted["reader"])


def readers_of(data: bytes) -> list[str]:
    return [reader.name for reader in READERS if reader.sniff(data[: 64 * 1024])]


def read(data: bytes, size: int = 64 * 1024) -> Report:
    limits = Limits()
    reader = next(reader for reader in READERS if reader.sniff(data[: 64 * 1024]))
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    return reader.read(chunks, limits, Budget(limits), None)


def told(report: Report) -> dict[str, Any]:
    """A report in the form of the expectations."""
    counts = report.counts
    return {
        "counts": [counts.total, counts.passed, counts.failed, counts.errored, counts.skipped, counts.flaky],
        "broken": [
            [item.id, item.message.split("\n")[0][:80], item.file, item.line, item.report_line]
            for item in report.failures
            if not item.flaky
        ],
        "flaky": [item.id for item in report.failures if item.flaky],
        "outside": [[item.id, item.message.split("\n")[0][:80], item.report_line] for item in report.suite_errors],
        "reason": report.reason,
    }


def test_every_sample_has_an_expectation() -> None:
    assert {path.name for path in SAMPLES.iterdir()} - {"README.md", "expected.json"} == EXPECTED.keys()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_one_reader_at_most_knows_a_sample(name: str) -> None:
    wanted = EXPECTED[name]["reader"]
    assert readers_of((SAMPLES / name).read_bytes()) == ([wanted] if wanted else [])


def test_each_reader_has_a_sample() -> None:
    assert {reader.name for reader in READERS} - {EXPECTED[name]["reader"] for name in READ} == {"JUnit XML"}


@pytest.mark.parametrize("name", READ)
def test_sample(name: str) -> None:
    wanted = {key: value for key, value in EXPECTED[name].items() if key != "reader"}
    assert told(read((SAMPLES / name).read_bytes())) == wanted


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pieces_make_no_difference(name: str, size: int) -> None:
    data = (SAMPLES / name).read_bytes()
    assert told(read(data, size)) == told(read(data))


@pytest.mark.parametrize("name", READ)
def test_the_name_of_a_file_says_nothing(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    assert list(analyze([Input.of_bytes("build.log", data)]).failing_tests) == list(
        dict.fromkeys(row[0] for row in EXPECTED[name]["broken"])
    )


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings(name: str, encoding: str) -> None:
    text = (SAMPLES / name).read_bytes().decode("utf-8-sig")
    assert told(read(text.encode(encoding))) == {key: value for key, value in EXPECTED[name].items() if key != "reader"}


@pytest.mark.parametrize("name", sorted(LOGS))
def test_logs_are_no_reports(name: str) -> None:
    assert readers_of(LOGS[name].encode()) == []


@pytest.mark.parametrize(
    "data",
    [
        b'{"level":"info","msg":"started"}\n{"level":"error"}\n',
        b'{"name": "shop", "tests": 3}',
        b"[1, 2, 3]",
        b'{"uuid": "1", "children": ["2"], "befores": [], "afters": []}',
        b"ok, let us begin\nnot ok at all\n",
        b"1..2 is a range\n",
        b"<html><body>ok 1</body></html>",
        b"{",
        b"",
    ],
)
def test_other_things_are_no_reports(data: bytes) -> None:
    assert readers_of(data) == []
