"""`agnox policy`: a repository's `.agnox.yml`, checked and explained where it is written."""

import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.context import format_option, show_list

if TYPE_CHECKING:
    from bot.domain.policy import Mistake, Policy

FILE = ".agnox.yml"

CHECK_EPILOG = """\b
Examples:
  agnox policy check
  agnox policy check --format json services/*/.agnox.yml
  git show main:.agnox.yml | agnox policy check -

Exit status: 0 when nothing is wrong, 2 when something is.
"""


@click.group(name="policy", short_help="What a repository asks for in its .agnox.yml.")
def command() -> None:
    """The policy of a repository: its file .agnox.yml on the base branch."""


@command.command(epilog=CHECK_EPILOG, short_help="Say what is wrong with a policy, and where.")
@click.argument("files", metavar="[FILE]...", nargs=-1)
@format_option
def check(files: tuple[str, ...], shape: str) -> None:
    """Say what is wrong with each FILE, as FILE:LINE:COLUMN and what would be right.

    FILE is .agnox.yml in this folder by default, - is standard input.
    """
    found = {name: _read(name)[1] for name in files or (FILE,)}
    _tell(shape, found)
    if shape == "text":
        for name, mistakes in found.items():
            if not mistakes:
                click.echo(f"{name}: good")
    sys.exit(2 if any(found.values()) else 0)


@command.command(short_help="Print the JSON Schema of policies.")
def schema() -> None:
    """Print the JSON Schema of .agnox.yml, which editors take to complete and to check it."""
    from bot.domain import policy

    click.echo(resources.files(policy).joinpath(policy.SCHEMA).read_text(encoding="utf-8"), nl=False)


@command.command(short_help="Show every value that holds, and where it comes from.")
@click.argument("file", metavar="[FILE]", required=False)
@format_option
def show(file: str | None, shape: str) -> None:
    """Show every value that holds with FILE, and where it comes from.

    FILE is .agnox.yml in this folder by default, - is standard input; without any the defaults are shown.
    """
    from bot.domain.policy import Policy, effective

    name = file or FILE
    read, mistakes = (Policy(), ()) if file is None and not Path(FILE).exists() else _read(name)
    if read is None:
        _tell(shape, {name: mistakes})
        sys.exit(2)
    rows = [asdict(row) for row in effective(read)]
    if shape == "text":
        rows = [{**row, "value": _written(row["value"])} for row in rows]
    show_list(shape, rows, columns=["key", "value", "source"], empty="")


def _written(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _read(name: str) -> "tuple[Policy | None, Sequence[Mistake]]":
    """Gives the policy, or what is wrong with it; ends with status 2 where there is no such file."""
    from bot.domain.policy import LARGEST, PolicyErrors, parse

    try:
        with contextlib.nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as stream:
            return parse(stream.read(LARGEST + 1)), ()
    except OSError as error:
        click.echo(f"agnox: {name}: {(error.strerror or str(error)).lower()}", err=True)
        sys.exit(2)
    except PolicyErrors as error:
        return None, error.mistakes


def _tell(shape: str, found: "Mapping[str, Sequence[Mistake]]") -> None:
    if shape == "json":
        rows = [{"file": name, **asdict(mistake)} for name, mistakes in found.items() for mistake in mistakes]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for name, mistakes in found.items():
        for mistake in mistakes:
            click.echo(f"{name}:{mistake.line}:{mistake.column}: {mistake.text}")
