"""What Alembic runs: the migrations on the connection it is given, else on the database of the settings."""

import asyncio
from collections.abc import Iterable
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations.ops import MigrationScript
from alembic.util import CommandError
from sqlalchemy import Connection, TypeDecorator

from bot.settings import Settings
from bot.store.migrate import migration_connection, revisions
from bot.store.models import Base


def _render(kind: str, item: Any, _autogenerate: AutogenContext) -> str | Literal[False]:
    # A migration names the database's own types: it must not change when a class of ours does.
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def _number(_context: MigrationContext, _revision: Any, directives: Iterable[MigrationScript]) -> None:
    for script in directives:
        script.rev_id = f"{len(revisions()) + 1:04}"


def _migrate(connection: Connection) -> None:
    # Batch mode: SQLite can't alter a table, Alembic copies it there.
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=_render,
        process_revision_directives=_number,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _connect() -> None:
    async with migration_connection(Settings().effective_database_url) as connection:
        await connection.run_sync(_migrate)


if context.is_offline_mode():
    raise CommandError("migrations need a connection: --sql is not supported")
given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(_connect())
else:
    _migrate(given)
