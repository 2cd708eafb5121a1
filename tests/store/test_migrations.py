import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import anyio
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from bot.domain.ids import new_id
from bot.store import migrate
from bot.store.database import Database
from bot.store.models import Base, Installation, Organization

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def empty(database: Database, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without tables."""
    if database.is_sqlite:
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    else:
        async with database.engine.begin() as connection:
            for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
                await connection.execute(sa.text(statement))
    yield database
    await database.aclose()


@pytest.fixture
async def newest(database: Database) -> Database:
    """A database at the newest revision, made from the models, as the migrations give the same."""
    async with database.engine.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        await connection.execute(sa.text("INSERT INTO alembic_version VALUES (:it)"), {"it": migrate.revisions()[-1]})
    return database


def _tables(connection: sa.Connection) -> dict[str, Any]:
    """All that the database itself tells of its tables."""
    inspector = sa.inspect(connection)

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return sorted((key, told(part)) for key, part in value.items())
        if isinstance(value, sa.types.TypeEngine):
            return value.compile(connection.dialect)
        return str(value)

    def parts(rows: Iterable[Any]) -> list[str]:
        return sorted(repr(told(dict(row))) for row in rows)

    return {
        table: {
            "columns": parts(inspector.get_columns(table)),
            "primary key": parts([inspector.get_pk_constraint(table)]),
            "foreign keys": parts(inspector.get_foreign_keys(table)),
            "uniques": parts(inspector.get_unique_constraints(table)),
            "checks": parts(inspector.get_check_constraints(table)),
            "indexes": parts(inspector.get_indexes(table)),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


async def _read(database: Database) -> dict[str, Any]:
    async with database.engine.connect() as connection:
        return await connection.run_sync(_tables)


async def test_the_migrations_give_what_the_models_say(database: Database) -> None:
    from_models = await _read(database)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
    await migrate.upgrade(database.url)
    assert await _read(database) == from_models
    assert any("where" in index and "queued" in index for index in from_models["job"]["indexes"])


async def test_autogenerate_finds_no_difference(empty: Database) -> None:
    await migrate.upgrade(empty.url)

    def differences(connection: sa.Connection) -> Any:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return compare_metadata(context, Base.metadata)

    async with empty.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_up_down_up(empty: Database) -> None:
    await migrate.upgrade(empty.url)
    first = await _read(empty)
    assert await migrate.current(empty) == migrate.revisions()[-1]
    await migrate.downgrade(empty.url, "base")
    assert await _read(empty) == {}
    assert await migrate.current(empty) is None
    await migrate.upgrade(empty.url)
    assert await _read(empty) == first


async def test_every_single_step_goes_down_and_up_again(empty: Database) -> None:
    for revision in migrate.revisions():
        await migrate.upgrade(empty.url, revision)
        before = await _read(empty)
        await migrate.downgrade(empty.url, "-1")
        await migrate.upgrade(empty.url, revision)
        assert await _read(empty) == before


async def test_an_upgrade_to_where_one_is_changes_nothing(newest: Database) -> None:
    async with newest.write() as session:
        session.add(Organization(name="acme"))
    await migrate.upgrade(newest.url)
    async with newest.read() as session:
        assert await session.scalar(sa.select(Organization.name)) == "acme"


async def test_two_that_upgrade_at_once_wait_for_each_other(empty: Database) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(migrate.upgrade, empty.url)
    await migrate.check(empty)


async def test_a_step_that_fails_leaves_nothing_behind(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Operations, "create_table", _fail_at(Operations.create_table, 5))
    with pytest.raises(ZeroDivisionError):
        await migrate.upgrade(empty.url)
    assert await _read(empty) == {}
    assert await migrate.current(empty) is None


def _fail_at(real: Any, at: int) -> Any:
    calls = []

    def fail(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) == at:
            raise ZeroDivisionError
        return real(*args, **kwargs)

    return fail


async def test_altering_a_table_keeps_the_rows_that_point_to_it(newest: Database) -> None:
    """SQLite alters a table by dropping it; with foreign keys on, that would delete every installation."""
    organization = Organization(id=new_id(), name="acme")
    async with newest.write() as session:
        session.add(organization)
        await session.flush()
        session.add(Installation(organization_id=organization.id, provider="github", external_id="1"))

    def alter(connection: sa.Connection) -> None:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("organization") as batch:
            batch.alter_column("name", type_=sa.String(300))

    async with migrate.migration_connection(newest.url) as connection:
        await connection.run_sync(alter)
    async with newest.read() as session:
        assert await session.scalar(sa.select(Installation.organization_id)) == organization.id


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_rows_that_point_nowhere_stop_a_migration(newest: Database) -> None:
    with pytest.raises(migrate.SchemaError, match="point nowhere"):
        async with migrate.migration_connection(newest.url) as connection:
            await connection.execute(
                sa.insert(Installation).values(organization_id="0" * 32, provider="github", external_id="1")
            )
    async with newest.read() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(Installation)) == 0


async def test_check_names_the_command(empty: Database) -> None:
    with pytest.raises(migrate.SchemaError, match="no tables yet: run `agnox db upgrade`"):
        await migrate.check(empty)
    await migrate.upgrade(empty.url)
    await migrate.check(empty)
    await _set_revision(empty, "9999")
    with pytest.raises(migrate.SchemaError, match=r"at revision 9999.*does not know"):
        await migrate.check(empty)


async def test_an_old_schema_names_the_command(newest: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    known = migrate.revisions()
    monkeypatch.setattr(migrate, "revisions", lambda: [*known, "9998"])
    with pytest.raises(migrate.SchemaError, match=f"at revision {known[-1]}, 9998 is needed: run `agnox db upgrade`"):
        await migrate.check(newest)


async def _set_revision(database: Database, revision: str) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


async def test_a_revision_that_is_not_there_is_told(empty: Database) -> None:
    with pytest.raises(migrate.SchemaError, match="nonesuch"):
        await migrate.upgrade(empty.url, "nonesuch")


async def test_a_server_prepares_its_database(empty: Database) -> None:
    with pytest.raises(migrate.SchemaError, match="agnox db upgrade"):
        await migrate.prepare(empty, upgrade=False)
    await migrate.prepare(empty, upgrade=True)
    assert await migrate.current(empty) == migrate.revisions()[-1]
    await migrate.prepare(empty, upgrade=False)
    await _set_revision(empty, "9999")
    with pytest.raises(migrate.SchemaError, match="does not know"):
        await migrate.prepare(empty, upgrade=True)


async def test_why_an_upgrade_failed_is_told(database: Database) -> None:
    """Tables that no migration made; the reason comes through from the other process too."""
    with pytest.raises(migrate.SchemaError, match=r"^upgrade to revision head: .*already exists$"):
        await migrate.upgrade(database.url)
    with pytest.raises(migrate.SchemaError, match=r"^upgrade to revision head: .*already exists$"):
        await migrate.prepare(database, upgrade=True)


async def test_the_folder_of_a_new_database_is_private(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'agnox.db'}")
    await migrate.prepare(database, upgrade=True)
    await database.aclose()
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_server_on_a_new_database_never_loads_alembic(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from bot.store import migrate; from bot.store.database import Database\n"
        "database = Database(sys.argv[1])\n"
        "asyncio.run(migrate.prepare(database, upgrade=True))\n"
        "assert 'sqlalchemy' in sys.modules\n"
        "print([name for name in sys.modules if name.startswith('alembic')])"
    )
    arguments = [sys.executable, "-c", code, f"sqlite:///{tmp_path / 'agnox.db'}"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_named_bot_does_not_get_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "__init__.py").write_text("raise SystemExit('the wrong bot')")
    code = (
        "import sys; sys.path.remove(''); import asyncio; from bot.store import migrate\n"
        "from bot.store.database import Database\n"
        "asyncio.run(migrate.prepare(Database(sys.argv[1]), upgrade=True))"
    )
    arguments = [sys.executable, "-c", code, f"sqlite:///{tmp_path / 'agnox.db'}"]
    subprocess.run(arguments, check=True, cwd=tmp_path)


def test_revisions_are_those_of_alembic() -> None:
    script = ScriptDirectory.from_config(Config(ROOT / "alembic.ini"))
    assert [step.revision for step in script.walk_revisions()][::-1] == migrate.revisions()
    assert script.get_heads() == [migrate.revisions()[-1]]


def test_developers_can_use_alembic_itself(tmp_path: Path) -> None:
    environment = {**os.environ, "AGNOX_DATABASE_URL": f"sqlite:///{tmp_path / 'agnox.db'}"}
    for arguments in (["upgrade", "head"], ["check"]):
        subprocess.run([sys.executable, "-m", "alembic", *arguments], cwd=ROOT, env=environment, check=True)
    refused = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head", "--sql"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert refused.returncode
    assert "not supported" in refused.stdout + refused.stderr


async def test_a_migration_leaves_logging_alone(empty: Database) -> None:
    before = [*logging.root.handlers]
    await migrate.upgrade(empty.url)
    assert logging.root.handlers == before
