"""The `agnox` command: what it says of its subcommands, and of those it does not have."""

from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint

import click
import pytest
from click.testing import CliRunner, Result

from agnox import command

Agnox = Callable[..., Result]


@click.command(short_help="Look at it.")
def look() -> None:
    """Look at it well."""
    click.echo("looked")


@pytest.fixture
def installed() -> list[EntryPoint]:
    """The entry points that the command finds."""
    return [EntryPoint("look", f"{__name__}:look", command.GROUP)]


@pytest.fixture
def agnox(monkeypatch: pytest.MonkeyPatch, installed: Sequence[EntryPoint]) -> Agnox:
    monkeypatch.setattr(command, "entry_points", lambda group: [each for each in installed if each.group == group])
    return lambda *arguments: CliRunner().invoke(command.cli, arguments, prog_name="agnox")


def test_help_lists_what_is_installed(agnox: Agnox) -> None:
    result = agnox("--help")
    assert result.exit_code == 0
    assert "look  Look at it." in result.stdout
    assert command.MORE not in result.stdout


def test_a_subcommand_runs(agnox: Agnox) -> None:
    result = agnox("look")
    assert (result.exit_code, result.stdout) == (0, "looked\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lok"], "No such command 'lok'. Did you mean 'look'?"),
        (["fly"], "No such command 'fly'."),
        (["look", "--hepl"], "No such option '--hepl'. Did you mean '--help'?"),
    ],
)
def test_a_mistyped_word_is_told_with_the_nearest_one(agnox: Agnox, arguments: list[str], said: str) -> None:
    result = agnox(*arguments)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"Error: {said}"


@pytest.mark.parametrize("target", ["not.a.module:command", f"{__name__}:missing", f"{__name__}:__name__"])
def test_a_broken_subcommand_leaves_the_others_alone(agnox: Agnox, installed: list[EntryPoint], target: str) -> None:
    installed.append(EntryPoint("burst", target, command.GROUP))
    told = agnox("--help")
    assert told.exit_code == 0
    assert "burst  Can't be loaded: " in told.stdout
    assert "look   Look at it." in told.stdout
    for asked in (["burst"], ["burst", "--anything", "more"], ["burst", "--help"]):
        result = agnox(*asked)
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: the command 'burst' can't be loaded: ")
        assert result.stderr.count("\n") == 1


def test_alone_it_says_where_more_comes_from(agnox: Agnox, installed: list[EntryPoint]) -> None:
    installed.clear()
    told = agnox("--help")
    assert (told.exit_code, command.MORE in told.stdout) == (0, True)
    refused = agnox("serve")
    assert (refused.exit_code, command.MORE in refused.stderr) == (2, True)
