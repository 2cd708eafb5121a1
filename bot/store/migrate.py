"""The database's schema: which revision it has, and the steps to another.

Alembic is imported only where steps are taken; a server that starts on a current database never loads it.
"""

import asyncio
import importlib.resources
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from sqlalchemy import Connection, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database

_FILE = re.compile(r"(\d{4})_\w+\.py")
_ADVISORY_LOCK = 0x61676E6F78  # "agnox"


class SchemaError(Exception):
    """The database does not have the schema that this version works with; the message says what to do."""


def revisions() -> list[str]:
    """Lists the revisions that this version knows, oldest first; the last is the one it needs."""
    files = (importlib.resources.files("migrations") / "versions").iterdir()
    return sorted(found[1] for file in files if (found := _FILE.fullmatch(file.name)))


async def current(database: Database) -> str | None:
    """Reads the revision of a database; None when it has none of our tables."""
    async with database.engine.connect() as connection:
        if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
            return None
        revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


async def check(database: Database) -> None:
    """Raises SchemaError unless the database has the revision that this version needs."""
    found, known = await current(database), revisions()
    if found == known[-1]:
        return
    if found is None:
        raise SchemaError("the database has no tables yet: run `agnox db upgrade`")
    if found in known:
        raise SchemaError(f"the database is at revision {found}, {known[-1]} is needed: run `agnox db upgrade`")
    raise SchemaError(
        f"the database is at revision {found}, which this version of Agnox does not know (its own is {known[-1]}): "
        "run the version that upgraded it, or use that version's `agnox db downgrade`"
    )


async def prepare(database: Database, *, upgrade: bool) -> None:
    """Checks the schema at the start of a server and, if it may, upgrades it first. Raises SchemaError."""
    try:
        if upgrade:
            make_folder(database.url)
            if await current(database) in (None, *revisions()[:-1]):
                await _upgrade_apart(database.url)
        await check(database)
    except (OSError, DBAPIError) as error:
        name = database.engine.url.render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise SchemaError(f"the database {name} can't be used: {reason}") from error


async def upgrade(url: str, revision: str = "head") -> None:
    """Takes the steps up to a revision, all or none; concurrent calls wait for each other. Raises SchemaError."""
    make_folder(url)
    await _run(url, "upgrade", revision)


async def downgrade(url: str, revision: str) -> None:
    """Takes the steps down to a revision (`base`: no tables), all or none. Raises SchemaError."""
    await _run(url, "downgrade", revision)


def make_folder(url: str) -> None:
    """Makes the folder of a SQLite file, for the owner only. Raises OSError."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


@asynccontextmanager
async def migration_connection(url: str) -> AsyncIterator[AsyncConnection]:
    """Opens the one transaction in which all steps are taken."""
    database = Database(url, pool_size=1)
    if database.is_sqlite:
        event.listen(database.engine.sync_engine, "connect", _without_foreign_keys)
    try:
        async with database.engine.execution_options(write=True).begin() as connection:
            if not database.is_sqlite:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            yield connection
            if database.is_sqlite and (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first():
                raise SchemaError("a migration left rows that point nowhere; nothing was changed")
    finally:
        await database.aclose()


def _without_foreign_keys(connection: Any, _record: object) -> None:
    # To alter a table, SQLite drops it and makes it anew; with foreign keys on, its children's rows would go with it.
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()


async def _run(url: str, verb: str, revision: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    def take_steps(connection: Connection) -> None:
        config = Config()
        folder = str(importlib.resources.files("migrations"))
        config.set_main_option("script_location", folder.replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        getattr(command, verb)(config, revision)

    try:
        async with migration_connection(url) as connection:
            await connection.run_sync(take_steps)
    except (CommandError, DBAPIError) as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise SchemaError(f"{verb} to revision {revision}: {reason}") from error


async def _upgrade_apart(url: str) -> None:
    # A process of its own, so that its memory is gone afterwards. The URL may hold a password: not on its command line.
    arguments = [sys.executable, "-P", "-m", __name__]
    done = await anyio.run_process(arguments, input=url.encode(), check=False)
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise SchemaError(lines[-1] if lines else f"the upgrade ended with exit status {done.returncode}")


def _main() -> None:
    try:
        asyncio.run(upgrade(sys.stdin.read()))
    except SchemaError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main()
