"""`agnox db`: the schema of the database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from bot.cli.context import Failure, format_option, load_settings, show

if TYPE_CHECKING:
    from bot.store.database import Database

T = TypeVar("T")


@click.group(name="db", short_help="The schema of the database.")
def command() -> None:
    """The schema of the database. `agnox serve` upgrades by itself only where it is the only process."""


@command.command(short_help="Bring the schema up to date.")
@format_option
def upgrade(shape: str) -> None:
    """Bring the schema up to date, or make it. All steps are taken, or none."""
    from bot.store import migrate

    _show_change(shape, lambda database: migrate.upgrade(database.url))


@command.command(short_help="Take the schema back to an earlier revision.")
@click.argument("revision")
@click.confirmation_option(prompt="A downgrade can delete data. Go on?")
@format_option
def downgrade(revision: str, shape: str) -> None:
    """Take the schema back to an earlier REVISION, or to `base`: no tables at all."""
    from bot.store import migrate

    _show_change(shape, lambda database: migrate.downgrade(database.url, revision))


@command.command(short_help="Tell the revision of the schema.")
@format_option
def current(shape: str) -> None:
    """Tell the revision that the database has and the one that this version needs."""
    from bot.store import migrate

    show(shape, {"revision": _on_database(migrate.current), "needed": migrate.revisions()[-1]})


@command.command(short_help="Check that the schema is the one needed.")
def check() -> None:
    """Check that the schema is the one that this version needs: exit status 0 if so, else 1."""
    from bot.store import migrate

    _on_database(migrate.check)


def _show_change(shape: str, work: "Callable[[Database], Awaitable[None]]") -> None:
    from bot.store import migrate

    async def change(database: "Database") -> tuple[str | None, str | None]:
        before = await migrate.current(database)
        await work(database)
        return before, await migrate.current(database)

    before, after = _on_database(change)
    show(shape, {"before": before, "revision": after})


def _on_database(work: "Callable[[Database], Awaitable[T]]") -> T:
    """Runs an async function on the database, whatever its schema. Raises Failure."""
    return asyncio.run(_open_and_run(load_settings().effective_database_url, work))


async def _open_and_run(url: str, work: "Callable[[Database], Awaitable[T]]") -> T:
    from sqlalchemy.exc import ArgumentError, DBAPIError

    from bot.store.database import Database
    from bot.store.migrate import SchemaError, make_folder

    try:
        database = Database(url)
        make_folder(database.url)
    except (ArgumentError, ValueError) as error:
        raise Failure(f"AGNOX_DATABASE_URL: {error}") from None
    except OSError as error:
        raise Failure(f"the folder of the database can't be made: {error.strerror}") from None
    try:
        return await work(database)
    except SchemaError as error:
        raise Failure(str(error)) from None
    except (OSError, DBAPIError) as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        name = database.engine.url.render_as_string(hide_password=True)
        raise Failure(f"the database {name} can't be used: {reason}") from error
    finally:
        await database.aclose()
