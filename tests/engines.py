"""One memory of compiled statements for all databases of a test process, and none of them on a slow disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.store import database


class Engines:
    """Makes engines that know what the first of their kind has learned.

    Each test has a database of its own and so an engine, which would compile every statement again and, on
    PostgreSQL, ask the server what it is. Connections, pools and options stay each engine's own.
    """

    def __init__(self) -> None:
        self._first: dict[str, Engine] = {}

    def create(self, url: str, **options: Any) -> AsyncEngine:
        """Takes the place of SQLAlchemy's function of the same purpose."""
        kind = url.partition(":")[0]
        first = self._first.get(kind)
        if first is None or first.dialect.server_version_info is None:  # it has not been connected
            made = create_async_engine(url, query_cache_size=5_000, **options)
            self._first[kind] = made.sync_engine
            return made
        made = create_async_engine(url, _initialize=False, **options)
        engine = made.sync_engine
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
        if (prepare := first.dialect.on_connect_url(engine.url)) is not None:
            event.listen(engine.pool, "connect", lambda connection, _record: prepare(connection))
        return made


@contextmanager
def light_engines() -> Iterator[None]:
    """Has `Database` make its engines so, and SQLite wait for no disk: nothing here has to survive a power cut."""
    prepare = database._prepare_sqlite

    def prepare_lightly(connection: Any, record: object) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=OFF").close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_async_engine", Engines().create)
        patch.setattr(database, "_prepare_sqlite", prepare_lightly)
        yield
