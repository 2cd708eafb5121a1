"""Names of tests come from reports that anybody can have written: in a shell they are words, whatever is in them."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.selection import select

PIECES = ("'", '"', "`", "$(touch pwned)", "; touch pwned;", "&& touch pwned", "|", "\\", "\n", "{a,b}", "*", "~", "!")
WORDS = (
    "#",
    "$HOME",
    "--option",
    "-x",
    "@file",
    "::",
    "[",
    "]",
    "(",
    ")",
    " ",
    "é",
    "\u2028",
    "a",
    "Test",
    ".py",
    "%s",
)
BYTES = ("\x00", "\x1b", "\ud800", "=", "<", ">", "/")
HOSTILE = st.lists(st.sampled_from((*PIECES, *WORDS, *BYTES)), min_size=1, max_size=12).map("".join)
NAMES = st.one_of(
    HOSTILE,
    HOSTILE.map(lambda text: f"tests/test_a.py::test_x[{text}]"),
    HOSTILE.map(lambda text: f"a.B::{text}"),
    HOSTILE.map(lambda text: f"a.B::test({text})"),
    st.text(max_size=30),
)
COMMANDS = (
    "pytest -q tests",
    "go test ./...",
    "mvn test",
    "gradle test",
    "jest",
    "playwright test",
    "mocha",
    "rspec",
    "dotnet test",
    "cargo test",
    "phpunit",
    "ctest",
    "unittest",
)
OURS = (
    *("--rootdir=.", "-run", "-Dtest=", "-DfailIfNoTests=", "-Dsurefire.", "-Dfailsafe.", "-Dit.test=", "-k", "-R"),
    *("--tests", "--testNamePattern=", "--grep=", "--example=", "--filter", "--"),
)
RUNNER = '#!/bin/sh\nfor word in "$@"; do printf \'%s\\0\' "$word" >> argv; done\nexit 0\n'


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a fake of each tool, which notes its arguments."""
    folder = tmp_path_factory.mktemp("bin")
    for command in COMMANDS:
        tool = folder / command.split()[0]
        tool.write_text(RUNNER)
        tool.chmod(0o755)
    return folder


def run(command: str, folder: Path, tools: Path) -> list[str]:
    """Runs a command as a testing node does; gives what the tool got."""
    (folder / "argv").write_bytes(b"")
    environment = {"PATH": f"{tools}:{os.defpath}", "HOME": "/nowhere"}
    subprocess.run(["/bin/sh", "-c", command], cwd=folder, env=environment, check=True, timeout=10)
    return (folder / "argv").read_bytes().decode().split("\0")[:-1]


@pytest.fixture(scope="module")
def workdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@settings(max_examples=150, deadline=None)
@given(command=st.sampled_from(COMMANDS), tests=st.lists(NAMES, min_size=1, max_size=4))
def test_no_name_does_anything_but_stand_there(command: str, tests: list[str], tools: Path, workdir: Path) -> None:
    selection = select(command, tests)
    plain = command.split()[1:]
    got = run(selection.command, workdir, tools)
    assert sorted(each.name for each in workdir.iterdir()) == ["argv"]
    if selection.unselected:
        assert got == plain
        return
    added = [word for word in got if word not in plain]
    assert added
    options = [word for word in added if word.startswith(("-", "@"))]
    assert all(word.startswith(OURS) for word in options), "a name was taken for an option"


@settings(max_examples=50, deadline=None)
@given(text=HOSTILE.filter(lambda text: text.isprintable() and text.isascii()))
def test_a_name_arrives_as_it_is(text: str, tools: Path, workdir: Path) -> None:
    test = f"tests/test_a.py::test_x[{text}]"
    assert run(select("pytest", [test]).command, workdir, tools) == ["--rootdir=.", test]


def test_where_pytest_finds_no_such_test_it_runs_all(tools: Path, workdir: Path) -> None:
    (tools / "pytest").write_text(RUNNER.replace("exit 0", '[ "$1" != --rootdir=. ] || exit "$CODE"'))
    command = select("pytest tests", ["a.py::b"]).command
    assert run(f"export CODE=4; {command}", workdir, tools) == ["--rootdir=.", "a.py::b", "tests"]
    assert run(f"set -e; export CODE=4; {command}", workdir, tools) == ["--rootdir=.", "a.py::b", "tests"]
    with pytest.raises(subprocess.CalledProcessError) as ended:
        run(f"export CODE=1; {command}", workdir, tools)
    assert ended.value.returncode == 1
    (tools / "pytest").write_text(RUNNER)
