"""The inbox on both databases: what it acknowledges is kept, once, and reads back as the models wrote it."""

import asyncio
import dataclasses
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text

import bot.store.inbox as module
from bot.domain.ids import is_id
from bot.store.database import Database
from bot.store.inbox import Inbox, InboxUnavailable, Incoming, Receipt, Row, Unstorable, Writer
from bot.store.models import Delivery, DeliveryState, Job, JobState

pytestmark = pytest.mark.anyio

# An hour east, so that a zone that is lost or not converted shows.
AT = datetime(2026, 11, 23, 14, 5, 6, 70, tzinfo=timezone(timedelta(hours=1)))


def incoming(key: str = "guid-1", **changes: object) -> Incoming:
    first = Incoming(
        "github", key, "issue_comment", {"x-github-event": "issue_comment", "user-agent": "\xe9"}, b"{}\x00\xff"
    )
    return dataclasses.replace(first, **changes)  # type: ignore[arg-type]


class Batches:
    """Counts the transactions of the writer that it stands before."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.sizes: list[int] = []

    async def store(self, rows: Sequence[Row], at: datetime) -> Mapping[str, str]:
        self.sizes.append(len(rows))
        return await self._writer.store(rows, at)

    async def aclose(self) -> None:
        await self._writer.aclose()


@pytest.fixture
def batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> Batches:
    counted = Batches(module._writer(database))
    monkeypatch.setattr(module, "_writer", lambda _: counted)
    return counted


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
async def inbox(database: Database, woken: list[str], batches: Batches) -> AsyncIterator[Inbox]:
    async with Inbox(database, wake=woken.extend, clock=lambda: AT) as inbox:
        yield inbox


async def kept(database: Database) -> tuple[Sequence[Delivery], Sequence[Job]]:
    async with database.read() as session:
        deliveries = (await session.scalars(select(Delivery).order_by(Delivery.id))).all()
        return deliveries, (await session.scalars(select(Job).order_by(Job.id))).all()


async def test_a_delivery_and_its_job_read_back_as_if_the_models_had_written_them(
    inbox: Inbox, database: Database, woken: list[str]
) -> None:
    receipt = await inbox.put(incoming(hook_key="h" * 64))
    async with database.write() as session:
        session.add(
            Delivery(
                id="d" * 32,
                provider="github",
                dedupe_key="guid-2",
                event="issue_comment",
                hook_key="h" * 64,
                headers={"x-github-event": "issue_comment", "user-agent": "\xe9"},
                body=b"{}\x00\xff",
                received_at=AT,
            )
        )
        session.add(
            Job(id="e" * 32, function="handle_delivery", arguments={"delivery_id": "x"}, run_at=AT, created_at=AT)
        )
    deliveries, jobs = await kept(database)
    raw, model = ({k: v for k, v in vars(row).items() if not k.startswith("_")} for row in deliveries)
    assert raw.pop("id") == receipt.delivery_id and is_id(receipt.delivery_id) and not receipt.duplicate
    assert (raw.pop("dedupe_key"), model.pop("id"), model.pop("dedupe_key")) == ("guid-1", "d" * 32, "guid-2")
    assert raw == model
    assert raw["received_at"] == AT and raw["state"] == DeliveryState.RECEIVED

    raw, model = ({k: v for k, v in vars(row).items() if not k.startswith("_")} for row in jobs)
    assert [raw.pop("id")] == woken and model.pop("id") == "e" * 32
    assert raw.pop("arguments") == {"delivery_id": receipt.delivery_id} and model.pop("arguments")
    assert raw == model
    assert raw["queue"] == "default" and raw["state"] == JobState.QUEUED and raw["run_at"] == AT


async def test_columns_hold_the_same_raw_form_as_the_models_write(inbox: Inbox, database: Database) -> None:
    # Queries compare and sort times in the database, so equal values must be equal there and not only after reading.
    await inbox.put(incoming())
    async with database.write() as session:
        session.add(Delivery(provider="p", dedupe_key="k", event="e", headers={}, body=b"", received_at=AT))
    async with database.read() as session:
        count = "SELECT count(DISTINCT received_at) FROM delivery"
        assert await session.scalar(text(count)) == 1
        due = select(Job.id).where(Job.run_at <= AT, Job.run_at > AT - timedelta(microseconds=1))
        assert len((await session.scalars(due)).all()) == 1


async def test_deliveries_that_come_during_a_commit_share_the_next_one(
    inbox: Inbox, database: Database, batches: Batches, woken: list[str]
) -> None:
    receipts = await asyncio.gather(*(inbox.put(incoming(f"guid-{n}")) for n in range(300)))
    deliveries, jobs = await kept(database)
    assert {receipt.delivery_id for receipt in receipts} == {row.id for row in deliveries}
    assert len(deliveries) == len(jobs) == 300
    assert {job.arguments["delivery_id"] for job in jobs} == {row.id for row in deliveries}
    assert batches.sizes == [300]
    assert sorted(woken) == [job.id for job in jobs]


async def test_a_duplicate_is_told_and_makes_no_second_job(
    inbox: Inbox, database: Database, batches: Batches, woken: list[str]
) -> None:
    same = await asyncio.gather(*(inbox.put(incoming("same")) for _ in range(5)), inbox.put(incoming("other")))
    later = await inbox.put(incoming("same", body=b"changed"))
    assert batches.sizes == [6, 1]
    firsts = [receipt for receipt in same[:5] if not receipt.duplicate]
    assert len(firsts) == 1 and not same[5].duplicate
    assert {receipt.delivery_id for receipt in same[:5]} == {firsts[0].delivery_id}
    assert later.duplicate and later.delivery_id == firsts[0].delivery_id
    deliveries, jobs = await kept(database)
    assert len(deliveries) == len(jobs) == len(woken) == 2
    assert {row.body for row in deliveries} == {b"{}\x00\xff"}


async def test_one_bad_row_does_not_fail_the_others(inbox: Inbox, database: Database, database_kind: str) -> None:
    # No database takes half a surrogate pair; only PostgreSQL minds the length.
    bad = ["\ud800"] if database_kind == "sqlite" else ["\ud800", "long" * 100, "nul\x00"]
    puts = [inbox.put(incoming(key)) for key in ["a", *bad, "b"]]
    first, *middle, last = await asyncio.gather(*puts, return_exceptions=True)
    assert [type(result) for result in middle] == [Unstorable] * len(bad)
    deliveries, jobs = await kept(database)
    assert isinstance(first, Receipt) and isinstance(last, Receipt)
    assert {row.id for row in deliveries} == {first.delivery_id, last.delivery_id}
    assert len(jobs) == 2
    assert not (await inbox.put(incoming("c"))).duplicate


async def test_what_is_put_before_the_end_is_stored_and_nothing_after(database: Database, woken: list[str]) -> None:
    inbox = Inbox(database, wake=woken.extend)
    with pytest.raises(InboxUnavailable):
        await inbox.put(incoming())
    async with inbox:
        puts = [asyncio.create_task(inbox.put(incoming(f"guid-{n}"))) for n in range(20)]
        await asyncio.sleep(0)
    assert not [put for put in puts if not put.done() or put.result().duplicate]
    with pytest.raises(InboxUnavailable):
        await inbox.put(incoming("late"))
    assert len((await kept(database))[0]) == len(woken) == 20


@pytest.mark.parametrize("bounds", [{"capacity": 3}, {"capacity_bytes": 12}])
async def test_more_than_can_wait_is_refused_at_once(database: Database, bounds: dict[str, int]) -> None:
    async with Inbox(database, wake=lambda _: None, **bounds) as inbox:  # type: ignore[arg-type]
        results = await asyncio.gather(*(inbox.put(incoming(f"{n}")) for n in range(5)), return_exceptions=True)
        assert [isinstance(result, InboxUnavailable) for result in results] == [False] * 3 + [True] * 2
        assert not (await inbox.put(incoming("later"))).duplicate


async def test_a_caller_that_goes_away_leaves_the_others_alone(inbox: Inbox, database: Database) -> None:
    gone, stays = (asyncio.create_task(inbox.put(incoming(key))) for key in ("gone", "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    assert not (await stays).duplicate
    assert len((await kept(database))[0]) == 2


async def test_nothing_is_acknowledged_without_its_table_and_all_is_well_again_after(
    inbox: Inbox, database: Database, woken: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE job RENAME TO away"))
    results = await asyncio.gather(*(inbox.put(incoming(f"{n}")) for n in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [InboxUnavailable] * 3
    assert "3 deliveries could not be stored" in caplog.text
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO job"))
    assert (await kept(database))[0] == [] and woken == []
    assert not (await inbox.put(incoming("0"))).duplicate


async def test_a_runner_that_cannot_be_woken_does_not_stop_the_inbox(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def wake(_jobs: Sequence[str]) -> None:
        raise OSError("Redis is away")

    async with Inbox(database, wake=wake) as inbox:
        assert not (await inbox.put(incoming("a"))).duplicate
        assert not (await inbox.put(incoming("b"))).duplicate
    assert "1 jobs could not be announced" in caplog.text


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_a_lost_connection_is_made_anew(inbox: Inbox, database: Database) -> None:
    await inbox.put(incoming("before"))
    async with database.engine.begin() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        await connection.execute(text(f"{others} AND datname = current_database()"))
    with pytest.raises(InboxUnavailable):
        await inbox.put(incoming("during"))
    assert not (await inbox.put(incoming("during"))).duplicate
    assert len((await kept(database))[0]) == 2


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_database_locked_for_too_long_is_an_outage(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.inbox_sqlite.BUSY_MILLISECONDS", 50)
    other = sqlite3.connect(tmp_path / "agnox.db", isolation_level=None)
    async with Inbox(database, wake=lambda _: None) as inbox:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InboxUnavailable):
            await inbox.put(incoming())
        other.execute("COMMIT")
        assert not (await inbox.put(incoming())).duplicate
    other.close()


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_sqlite_commits_reach_the_disk(database: Database, tmp_path: Path) -> None:
    from bot.store.inbox_sqlite import _connect

    connection = _connect(str(tmp_path / "agnox.db"))
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


async def test_a_database_in_memory_is_refused() -> None:
    database = Database("sqlite://")
    with pytest.raises(ValueError, match="in memory"):
        async with Inbox(database, wake=lambda _: None):
            pass
    await database.aclose()
