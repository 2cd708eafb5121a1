from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import new_id
from bot.store.database import Database
from bot.store.models import (
    ApiKey,
    AuditEntry,
    Base,
    Installation,
    Integration,
    Job,
    JobState,
    Organization,
    Project,
    Repository,
)

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)


async def _organization(database: Database, name: str = "acme") -> str:
    row = Organization(id=new_id(), name=name)
    async with database.write() as session:
        session.add(row)
    return row.id


async def test_times_come_back_as_utc(database: Database) -> None:
    for given in (NOW, NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))):
        row = Organization(id=new_id(), name=given.isoformat(), created_at=given)
        async with database.write() as session:
            session.add(row)
        async with database.read() as session:
            found = await session.scalar(sa.select(Organization.created_at).where(Organization.id == row.id))
        assert found == NOW
        assert found is not None
        assert found.tzinfo is UTC


async def test_a_time_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive time"):
        async with database.write() as session:
            session.add(Organization(name="acme", created_at=NOW.replace(tzinfo=None)))


async def test_times_are_compared_as_times(database: Database) -> None:
    """SQLite compares text: the same instant must be the same text whatever zone it came in."""
    async with database.write() as session:
        session.add(Organization(name="acme", created_at=NOW.astimezone(timezone(timedelta(hours=-8)))))
    async with database.read() as session:
        query = sa.select(Organization.name).where(Organization.created_at <= NOW)
        assert await session.scalar(query) == "acme"


async def test_what_may_be_there_once(database: Database) -> None:
    one, two = await _organization(database, "one"), await _organization(database, "two")

    def rows(organization_id: str) -> list[Base]:
        return [
            Project(organization_id=organization_id, name="shop"),
            Integration(organization_id=organization_id, provider="github"),
            Repository(organization_id=organization_id, provider="github", external_id="1", path="A", path_key="a"),
        ]

    async with database.write() as session:
        session.add_all([*rows(one), *rows(two)])
        session.add(Installation(organization_id=one, provider="github", external_id="1"))
    again = [
        *rows(one),
        Organization(name="one"),
        # An installation has one owner, whoever asks.
        Installation(organization_id=two, provider="github", external_id="1"),
    ]
    for row in again:
        with pytest.raises(IntegrityError):
            async with database.write() as session:
                session.add(row)


async def test_a_row_needs_its_organization(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            session.add(Project(organization_id="0" * 32, name="shop"))


async def test_an_organization_takes_everything_of_its_own_along(database: Database) -> None:
    gone, left = await _organization(database, "gone"), await _organization(database, "left")
    for owner in (gone, left):
        async with database.write() as session:
            project = Project(id=new_id(), organization_id=owner, name="shop")
            session.add(project)
            await session.flush()
            session.add(
                ApiKey(organization_id=owner, project_id=project.id, prefix="agx_", digest=bytes(32)),
            )
            session.add(AuditEntry(organization_id=owner, actor="a", action="b", details={}))
    async with database.write() as session:
        await session.execute(sa.delete(Organization).where(Organization.id == gone))
    async with database.read() as session:
        for column in (Project.organization_id, ApiKey.organization_id, AuditEntry.organization_id):
            assert list(await session.scalars(sa.select(column))) == [left]


async def _add_job(session: AsyncSession, state: JobState, **columns: str) -> None:
    session.add(Job(function="f", arguments={}, state=state, run_at=NOW, **columns))
    await session.flush()


@pytest.mark.parametrize(
    ("key", "state", "others"),
    [
        ("dedupe_key", JobState.QUEUED, (JobState.RUNNING, JobState.DONE, JobState.DEAD)),
        ("exclusive_key", JobState.RUNNING, (JobState.QUEUED, JobState.DONE, JobState.DEAD)),
    ],
)
async def test_one_job_a_key_in_one_state(
    database: Database, key: str, state: JobState, others: tuple[JobState, ...]
) -> None:
    async with database.write() as session:
        for _ in range(2):
            for other in others:
                await _add_job(session, other, **{key: "k"})
            await _add_job(session, state)
        await _add_job(session, state, **{key: "k"})
        await _add_job(session, state, **{key: "other"})
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            await _add_job(session, state, **{key: "k"})


def test_every_constraint_has_a_name() -> None:
    """An unnamed one could not be altered later."""
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name, f"{constraint} of {table}"


def test_names_fit_into_postgresql() -> None:
    for table in Base.metadata.tables.values():
        names = [part.name for part in table.constraints] + [part.name for part in table.indexes]
        assert max(len(str(name)) for name in names) <= 63


def test_all_that_belongs_to_a_tenant_names_it() -> None:
    for table in Base.metadata.tables.values():
        if table.name not in ("organization", "delivery", "testing_node"):
            assert "organization_id" in table.columns, table.name


def test_foreign_keys_say_what_happens_on_deletion() -> None:
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            assert key.ondelete in ("CASCADE", "SET NULL"), f"{key} of {table}"


def test_foreign_keys_that_delete_are_indexed() -> None:
    """Deleting a row must not read whole tables of others."""
    for table in Base.metadata.tables.values():
        # A unique constraint is an index too; either serves by its first column.
        firsts = {next(iter(index.columns)).name for index in table.indexes}
        firsts |= {
            next(iter(constraint.columns)).name
            for constraint in table.constraints
            if isinstance(constraint, (sa.UniqueConstraint, sa.PrimaryKeyConstraint))
        }
        for key in table.foreign_keys:
            assert key.parent.name in firsts, f"{key.parent} has no index"
