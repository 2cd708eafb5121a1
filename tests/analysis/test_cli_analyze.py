"""`agnox analyze` keeps its contract: formats, exit codes, manifests."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli.analyze import command
from tests.analysis.samples import GO, PYTEST

REPORTS = Path(__file__).parents[1] / "data" / "reports"
REPORT = str(REPORTS / "mikepenz-python-report_flaky.xml")
KEYS = [
    "schema", "inputs", "verdict", "counts", "failing_tests", "excerpts", "findings", "engine", "unreadable", "stats",
]  # fmt: skip


def run(*args: str | Path, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args], input=given)


def answer(*args: str | Path) -> dict[str, Any]:
    result = run(*args, "--format", "json")
    assert result.exit_code == 0, result.stderr
    data: dict[str, Any] = json.loads(result.stdout)
    return data


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "build.log"
    path.write_text(PYTEST)
    return path


def test_json_is_the_published_schema(log: Path) -> None:
    data = answer(REPORT, log)
    assert list(data) == KEYS
    assert (data["schema"], data["verdict"], data["engine"]) == ("agnox.analysis/1", "failed", "embedded")
    assert data["inputs"] == [REPORT, str(log)]
    assert data["counts"] == {"total": 4, "passed": 2, "failed": 2, "errored": 0, "skipped": 0, "flaky": 0}
    assert list(data["findings"][0]) == [
        "id", "title", "category", "fix_kind", "confidence", "tests", "cause", "fix", "evidence", "suspects",
        "location",
    ]  # fmt: skip
    assert data["findings"][0]["location"] == {"path": "python/test_sample.py", "line": 10}
    assert list(data["excerpts"][0]) == ["input", "start_line", "end_line", "score", "lines"]
    assert set(data["stats"]) == {"bytes", "lines", "lines_kept", "seconds"}


def test_text_says_the_answer_first() -> None:
    result = run(REPORT)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "2 of 4 tests failed — 2 causes"
    assert "1. AssertionError: assert 'test' == 'xyz'" in lines
    assert f"     {REPORT}:4  E       AssertionError: assert 'test' == 'xyz'" in lines


def test_markdown_keeps_untrusted_text_in_code(tmp_path: Path) -> None:
    path = tmp_path / "r.xml"
    path.write_text(
        "<testsuite><testcase name='a'><failure message='@all `x` &lt;img src=x&gt; ```'/></testcase></testsuite>"
    )
    result = run(path, "--format", "markdown")
    assert result.stdout.startswith("### 1 of 1 test failed — 1 cause\n")
    assert "**1 · ```` @all `x` <img src=x> ``` ````**" in result.stdout


def test_text_has_no_terminal_sequences(tmp_path: Path) -> None:
    path = tmp_path / "build.log"
    path.write_bytes(b"error: \x1b]0;title\x07\x08\x08 rtl \xe2\x80\xae evil\nERROR: Job failed: exit code 1\n")
    shown = run(path).stdout
    assert not {"\x1b", "\x07", "\x08", "\u202e"} & set(shown)


def test_each_path_by_itself(log: Path) -> None:
    result = run(REPORT, log, "--each", "--format", "jsonl")
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["inputs"], second["inputs"]) == ([REPORT], [str(log)])
    assert second["failing_tests"] == ["tests/test_pay.py::test_refund"]
    assert len(json.loads(run(REPORT, log, "--each", "--format", "json").stdout)) == 2


def test_standard_input_and_pipes(tmp_path: Path) -> None:
    assert run("-", given=GO).stdout.startswith("1 test failed — 1 cause\n")
    assert run("-", given=gzip.compress(GO.encode())).stdout.startswith("1 test failed — 1 cause\n")
    reader, writer = os.pipe()
    os.write(writer, GO.encode())
    os.close(writer)
    assert run(f"/dev/fd/{reader}").stdout.startswith("1 test failed — 1 cause\n")
    os.close(reader)


def test_baseline(tmp_path: Path) -> None:
    green, red = tmp_path / "green.log", tmp_path / "red.log"
    green.write_text("error: always there 1\n")
    red.write_text("error: always there 2\nerror: new\nERROR: Job failed: exit code 1\n")
    data = answer("--baseline", green, red)
    assert data["excerpts"][0]["lines"] == [2, 3]


def test_output_file(tmp_path: Path) -> None:
    out = tmp_path / "answer.json"
    result = run(REPORT, "--format", "json", "--output", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(out.read_text())["verdict"] == "failed"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ([], "give PATHs or --manifest FILE"),
        (["nope.xml"], "agnox: nope.xml: no such file or directory"),
        ([REPORT, "nope.xml"], "agnox: nope.xml: no such file or directory"),
        (["."], "agnox: .: is a directory"),
        ([REPORT, "--baseline", "nope.log"], "agnox: nope.log: no such file or directory"),
        ([REPORT, "--manifest", "x"], "give PATHs or --manifest FILE"),
        (["--manifest", "nope.jsonl"], "agnox: nope.jsonl: no such file or directory"),
        (["--manifest", "nope.jsonl", "--each"], "--manifest names its own inputs"),
        ([REPORT, "--output", "no/such/folder/x"], "agnox: no/such/folder/x: no such file or directory"),
        ([str(REPORTS.parent / "contracts" / "gitea.openapi.json")], "JSON"),
    ],
)
def test_unusable_input_is_one_line_and_exit_2(args: list[str], told: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert told in result.stderr


def test_permission_denied(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("bot.cli.analyze._open", denied)
    result = run(log)
    assert (result.exit_code, result.stderr) == (2, f"agnox: {log}: permission denied\n")


def test_an_empty_report_is_exit_2_with_an_answer_in_json(tmp_path: Path) -> None:
    path = tmp_path / "r.xml"
    path.touch()
    result = run(path, "--format", "json")
    assert (result.exit_code, result.stderr) == (2, f"agnox: {path}: empty\n")
    assert json.loads(result.stdout)["unreadable"] == [{"input": 0, "reason": "empty"}]


def test_manifest(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "go.log.gz").write_bytes(gzip.compress(GO.encode()))
    rows = [
        json.dumps({"id": "good", "inputs": ["logs/go.log.gz"], "baseline": "logs/go.log.gz", "set": "ignored"}),
        "",
        "not json",
        json.dumps({"id": 7, "inputs": "logs/go.log.gz"}),
        json.dumps({"id": "missing", "inputs": ["logs/none.log"]}),
        json.dumps(["a", "list"]),
        json.dumps({"id": "last", "inputs": [REPORT]}),
    ]
    manifest = tmp_path / "m.jsonl"
    manifest.write_text("\n".join(rows))
    result = run("--manifest", manifest)
    assert result.exit_code == 0
    assert result.stderr == ""
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["id"], row["verdict"], [item["reason"] for item in row["unreadable"]]) for row in answers] == [
        ("good", "failed", []),
        (None, "unknown", ["line 3 of the manifest: not JSON"]),
        (7, "unknown", ['line 4 of the manifest: "inputs" is not a list of paths']),
        ("missing", "unknown", ["no such file or directory"]),
        (None, "unknown", ["line 6 of the manifest: not a JSON object"]),
        ("last", "failed", []),
    ]
    assert all(list(row) == ["id", *KEYS] for row in answers)


def test_a_manifest_of_nonsense_is_exit_2(tmp_path: Path) -> None:
    manifest = tmp_path / "m.jsonl"
    manifest.write_bytes(b"\xff\xfe\x00nonsense")
    assert (run("--manifest", manifest).exit_code, run("--manifest", REPORT).exit_code) == (2, 2)


def test_help_has_examples() -> None:
    shown = run("--help").stdout
    assert "agnox analyze build.log" in shown
    assert "Exit status" in shown
