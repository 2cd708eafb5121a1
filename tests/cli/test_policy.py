"""`agnox policy` as it is called by people, editors and hooks."""

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.policy import command

WRONG = 'comment: of\nruns: {workflows: ["ci*"], wait: all}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def agnox(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(command, arguments, input=stdin)


def test_a_good_file(folder: Path) -> None:
    (folder / ".agnox.yml").write_text("comment: off\n")
    result = agnox("check")
    assert (result.exit_code, result.stdout) == (0, ".agnox.yml: good\n")
    assert json.loads(agnox("check", "--format", "json").stdout) == []


def test_mistakes_are_told_as_editors_find_them(folder: Path) -> None:
    (folder / "wrong.yml").write_text(WRONG)
    (folder / "good.yml").write_text("")
    result = agnox("check", "good.yml", "wrong.yml")
    assert (result.exit_code, result.stdout.splitlines()) == (
        2,
        [
            'wrong.yml:1:10: comment: "of" can\'t stand here; did you mean off? '
            "(accepted: always, failures, changes or off)",
            "wrong.yml:2:28: runs.wait: unknown key; did you mean wait_for? "
            "(accepted: the keys workflows, wait_for and read)",
            "good.yml: good",
        ],
    )


def test_mistakes_for_programs(folder: Path) -> None:
    (folder / "wrong.yml").write_text(WRONG)
    result = agnox("check", "--format", "json", "wrong.yml")
    assert result.exit_code == 2
    assert json.loads(result.stdout)[0] == {
        "file": "wrong.yml",
        "line": 1,
        "column": 10,
        "key": "comment",
        "message": '"of" can\'t stand here',
        "accepted": "always, failures, changes or off",
        "nearest": "off",
    }


def test_standard_input() -> None:
    assert agnox("check", "-", stdin=b"comment: off").exit_code == 0
    result = agnox("check", "-", stdin=b"\xff")
    assert (result.exit_code, result.stdout) == (2, "-:1:1: not UTF-8 text\n")
    assert "65,536" in agnox("check", "-", stdin=b" " * 65_537).stdout


@pytest.mark.parametrize(("name", "said"), [("gone.yml", "no such file or directory"), (".", "is a directory")])
def test_a_file_that_is_none(name: str, said: str) -> None:
    for subcommand in ("check", "show"):
        result = agnox(subcommand, name)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"agnox: {name}: {said}\n")
    assert agnox("check").stderr == "agnox: .agnox.yml: no such file or directory\n"


def test_what_holds(folder: Path) -> None:
    assert "default" in agnox("show").stdout
    assert " file" not in agnox("show").stdout
    (folder / ".agnox.yml").write_text("checks: {required: true}\nquarantine: {tests: [a]}\n")
    lines = [line.split() for line in agnox("show").stdout.splitlines()]
    assert ["checks.required", "true", "file"] in lines
    assert ["quarantine.tests", '["a"]', "file"] in lines
    assert ["tests", "-", "default"] in lines
    rows = json.loads(agnox("show", "--format", "json").stdout)
    assert {"key": "checks.required", "value": True, "source": "file"} in rows
    (folder / ".agnox.yml").write_text(WRONG)
    result = agnox("show")
    assert (result.exit_code, result.stdout.count("\n")) == (2, 2)


def test_the_schema() -> None:
    result = agnox("schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["properties"]["version"]["const"] == 1


def test_it_is_a_command_of_agnox() -> None:
    pyproject = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert '\npolicy = "bot.cli.policy:command"\n' in pyproject
    assert EntryPoint("policy", "bot.cli.policy:command", "agnox.commands").load() is command
