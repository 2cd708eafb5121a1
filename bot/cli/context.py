"""What the commands share: the settings, the database, and how they print."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.settings import Settings
    from bot.store.database import Database

T = TypeVar("T")

Row = Mapping[str, Any]

_CELL = 60


class Failure(click.ClickException):
    """A command can't do what was asked: one line, exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"agnox: {self.format_message()}", file=file, err=file is None)


format_option = click.option(
    "--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)


def load_settings() -> "Settings":
    """Reads the settings. Raises Failure that names each variable that is wrong."""
    from pydantic import ValidationError

    from bot.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        raise Failure("; ".join(_mistake(*item["loc"], item["msg"]) for item in error.errors())) from None


def _mistake(name: object, *inside: object) -> str:
    variable = f"AGNOX_{str(name).upper().removeprefix('AGNOX_')}"
    return f"{variable}: {str(inside[-1]).removeprefix('Value error, ')}"


def run(work: "Callable[[Database, Settings], Awaitable[T]]") -> T:
    """Runs an async function on the configured database and gives what it returns.

    Raises Failure when the database can't be reached or has no tables.
    """
    return asyncio.run(_run(work))


async def _run(work: "Callable[[Database, Settings], Awaitable[T]]") -> T:
    settings = load_settings()
    database = await _open(settings.effective_database_url)
    try:
        return await work(database, settings)
    finally:
        await database.aclose()


async def _open(url: str) -> "Database":
    from sqlalchemy import inspect, make_url

    from bot.store.database import Database

    parsed, database = make_url(url), Database(url)
    name = parsed.render_as_string(hide_password=True)
    # SQLite would make an empty file.
    if database.is_sqlite and parsed.database and not Path(parsed.database).exists():
        raise Failure(f"there is no database at {parsed.database}: run `agnox db upgrade` first")
    try:
        async with database.engine.connect() as connection:
            ready = await connection.run_sync(lambda sync: inspect(sync).has_table("organization"))
    except Exception as error:
        await database.aclose()
        raise Failure(f"the database {name} can't be reached: {_one_line(error)}") from error
    if not ready:
        await database.aclose()
        raise Failure(f"the database {name} has no tables: run `agnox db upgrade` first")
    return database


async def organization_id(session: "AsyncSession", name: str) -> str:
    """Gives the id of an organization named by its name or id. Raises Failure when there is none."""
    from sqlalchemy import or_, select

    from bot.store.models import Organization

    found = await session.scalar(
        select(Organization.id).where(or_(Organization.name == name, Organization.id == name)).limit(1)
    )
    if found is None:
        raise Failure(f"there is no organization {name!r}")
    return found


def show(shape: str, row: Row) -> None:
    """Prints one thing: a line a field, or a JSON object."""
    if shape == "json":
        _echo_json(dict(row))
        return
    width = max(map(len, row))
    for key, value in row.items():
        lines = _text(value).splitlines() or [""]
        click.echo(f"{key:<{width}}  {_printable(lines[0])}".rstrip())
        for line in lines[1:]:
            click.echo(f"{'':<{width}}  {_printable(line)}".rstrip())


def show_list(shape: str, rows: Sequence[Row], *, columns: Sequence[str], empty: str) -> None:
    """Prints many: a table of some columns or `empty`, or a JSON list of everything."""
    if shape == "json":
        _echo_json([dict(row) for row in rows])
        return
    if not rows:
        click.echo(empty)
        return
    table = [[column.upper().replace("_", " ") for column in columns]]
    table += [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[at]) for line in table) for at in range(len(columns))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _echo_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_json))


def _json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _text(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False, default=_json)
    return str(value)


def _cell(value: object) -> str:
    text = _printable(" ".join(_text(value).split()))
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def _printable(text: str) -> str:
    """Keeps what others wrote from steering the terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _one_line(error: BaseException) -> str:
    return (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0]
