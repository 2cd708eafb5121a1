"""The queries on the job table, on both databases."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from bot.store import jobs
from bot.store.database import Database
from bot.store.jobs import NotDead, QueuedJob
from bot.store.models import Job, JobState, Organization
from tests.waiting import until

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)


async def add(database: Database, function: str = "work", *, now: datetime = NOW, **options: object) -> str:
    async with database.write() as session:
        job_id = await jobs.enqueue(session, function, {"n": 1}, now=now, **options)  # type: ignore[arg-type]
    assert job_id is not None
    return job_id


async def take(database: Database, job_id: str, *, token: str = "me", now: datetime = NOW) -> Job:
    async with database.write() as session:
        job = await jobs.claim(session, job_id, token=token, lease=LEASE, now=now)
    assert job is not None
    return job


async def row(database: Database, job_id: str) -> Job:
    async with database.read() as session:
        return await session.get_one(Job, job_id)


async def test_a_job_is_written_with_its_times_and_keys(database: Database) -> None:
    job_id = await add(database, queue="tests", dedupe_key="d", exclusive_key="e", delay=timedelta(seconds=2))
    job = await row(database, job_id)
    assert (job.function, job.arguments, job.queue, job.state) == ("work", {"n": 1}, "tests", "queued")
    assert (job.run_at, job.created_at, job.attempts) == (NOW + timedelta(seconds=2), NOW, 0)
    assert (job.dedupe_key, job.exclusive_key) == ("d", "e")


async def test_an_equal_job_is_added_only_when_none_is_queued(database: Database) -> None:
    first = await add(database, dedupe_key="d", delay=timedelta(seconds=5))
    async with database.write() as session:
        assert await jobs.enqueue(session, "work", {"n": 2}, dedupe_key="d", now=NOW) is None
    kept = await row(database, first)
    assert (kept.arguments, kept.run_at) == ({"n": 1}, NOW + timedelta(seconds=5))
    await take(database, first, now=NOW + timedelta(seconds=5))
    assert await add(database, dedupe_key="d") != first
    assert len({await add(database) for _ in range(2)}) == 2


async def test_who_finds_an_equal_job_is_seen_by_it(database: Database) -> None:
    """A job claimed while the other transaction is open must not have looked before that one committed."""
    job_id = await add(database, dedupe_key="d")

    async def run() -> Sequence[str]:
        await take(database, job_id)
        async with database.read() as session:
            return (await session.scalars(select(Organization.name))).all()

    async def ran_or_waits() -> bool:
        async with database.read() as session:
            waiting: int | None = await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        return running.done() or waiting == 1

    async with database.write() as session:
        session.add(Organization(name="news"))
        assert await jobs.enqueue(session, "work", {}, dedupe_key="d", now=NOW) is None
        running = asyncio.create_task(run())
        if not database.is_sqlite:
            await until(ran_or_waits)
    assert await running == ["news"]


async def test_a_commit_announces_what_it_queued(database: Database) -> None:
    told: list[QueuedJob] = []
    database.on_enqueued = told.extend
    async with database.write() as session:
        first = await jobs.enqueue(session, "a", {}, organization_id="o", now=NOW)
        second = await jobs.enqueue(session, "b", {}, queue="tests", delay=LEASE, now=NOW)
        assert told == []
    assert told == [QueuedJob(first or "", "default", "o", NOW), QueuedJob(second or "", "tests", None, NOW + LEASE)]


async def test_a_rollback_announces_nothing(database: Database) -> None:
    told: list[QueuedJob] = []
    database.on_enqueued = told.extend
    with pytest.raises(ZeroDivisionError):
        async with database.write() as session:
            await jobs.enqueue(session, "a", {}, now=NOW)
            raise ZeroDivisionError
    async with database.write():
        pass
    assert told == []


async def test_a_runner_that_fails_to_listen_does_not_hurt_the_caller(database: Database) -> None:
    def deaf(_: Sequence[QueuedJob]) -> None:
        raise RuntimeError("deaf")

    database.on_enqueued = deaf
    assert await row(database, await add(database))


async def test_a_job_is_claimed_once_and_not_before_its_time(database: Database) -> None:
    job_id = await add(database, delay=timedelta(seconds=1))
    async with database.write() as session:
        assert await jobs.claim(session, job_id, token="early", lease=LEASE, now=NOW) is None
    later = NOW + timedelta(seconds=1)
    job = await take(database, job_id, token="first", now=later)
    assert (job.state, job.lease_owner, job.lease_until, job.attempts) == ("running", "first", later + LEASE, 1)
    async with database.write() as session:
        assert await jobs.claim(session, job_id, token="second", lease=LEASE, now=later) is None


async def test_of_many_who_claim_at_once_one_gets_the_job(database: Database) -> None:
    job_id = await add(database)

    async def claim(token: str) -> Job | None:
        async with database.write() as session:
            return await jobs.claim(session, job_id, token=token, lease=LEASE, now=NOW)

    won = await asyncio.gather(*(claim(str(n)) for n in range(8)))
    assert sum(job is not None for job in won) == 1


async def test_an_exclusive_key_runs_once_at_a_time(database: Database) -> None:
    holder = await add(database, exclusive_key="e")
    waiting = await add(database, exclusive_key="e", now=NOW + timedelta(seconds=1))
    free = await add(database, exclusive_key="f", now=NOW + timedelta(seconds=2))
    job = await take(database, holder)
    later = NOW + timedelta(seconds=5)
    async with database.write() as session:
        assert await jobs.claim(session, waiting, token="t", lease=LEASE, now=later) is None
    async with database.read() as session:
        assert [each.id for each in await jobs.due(session, "default", now=later, limit=9)] == [free]
    async with database.write() as session:
        assert await jobs.finish(session, job, JobState.DONE, now=later)
        assert [each.id for each in await jobs.heirs(session, job, of_organization=False, now=later)] == [waiting]
    await take(database, waiting, now=later)


async def test_two_claims_of_one_exclusive_key_at_once(database: Database) -> None:
    ids = [await add(database, exclusive_key="e") for _ in range(6)]

    async def claim(job_id: str) -> bool:
        try:
            async with database.write() as session:
                return await jobs.claim(session, job_id, token=job_id, lease=LEASE, now=NOW) is not None
        except IntegrityError:
            return False

    assert sum(await asyncio.gather(*map(claim, ids))) == 1


async def test_who_lost_the_lease_can_do_nothing(database: Database) -> None:
    job_id = await add(database)
    old = await take(database, job_id, token="old")
    async with database.write() as session:
        assert await jobs.put_back(session, old, run_at=NOW, counted=True, now=NOW)
    await take(database, job_id, token="new")
    async with database.write() as session:
        assert not await jobs.renew(session, old, lease_until=NOW + LEASE)
        assert not await jobs.finish(session, old, JobState.DONE, now=NOW)
        assert not await jobs.put_back(session, old, run_at=NOW, counted=True, now=NOW)
    assert (await row(database, job_id)).lease_owner == "new"


async def test_a_job_put_back_keeps_count_only_when_told(database: Database) -> None:
    job_id = await add(database)
    for counted, attempts in ((True, 1), (False, 1), (True, 2)):
        job = await take(database, job_id)
        async with database.write() as session:
            assert await jobs.put_back(session, job, run_at=NOW, counted=counted, error="e", now=NOW)
        job = await row(database, job_id)
        assert (job.state, job.attempts, job.lease_owner, job.error) == ("queued", attempts, None, "e")


async def test_a_job_put_back_gives_way_to_an_equal_one(database: Database) -> None:
    old = await take(database, await add(database, dedupe_key="d"))
    new = await add(database, dedupe_key="d")
    told: list[QueuedJob] = []
    database.on_enqueued = told.extend
    async with database.write() as session:
        assert await jobs.put_back(session, old, run_at=NOW, counted=True, now=NOW)
    ended = await row(database, old.id)
    assert (ended.state, ended.error) == ("done", "superseded by an equal job")
    assert (await row(database, new)).state == "queued"
    assert told == []


async def test_due_jobs_come_in_the_order_of_their_time(database: Database) -> None:
    late = await add(database, now=NOW + timedelta(seconds=2))
    early = await add(database)
    await add(database, queue="tests")
    await add(database, organization_id="noisy")
    at = NOW + timedelta(seconds=3)
    await add(database, now=at, delay=LEASE)
    async with database.read() as session:
        found = await jobs.due(session, "default", now=at, limit=9, without={"noisy"})
        assert [job.id for job in found] == [early, late]
        assert len(await jobs.due(session, "default", now=at, limit=1)) == 1
        assert await jobs.next_run_at(session, "default", now=at) == at + LEASE
        assert await jobs.next_run_at(session, "tests", now=at) is None


async def test_a_noisy_organization_does_not_hide_what_is_overdue(database: Database) -> None:
    for _ in range(5):
        await add(database, organization_id="noisy")
    quiet = await add(database, organization_id="quiet", now=NOW + timedelta(seconds=1))
    at = NOW + timedelta(seconds=9)
    async with database.read() as session:
        found = await jobs.overdue(session, "default", before=at, each=2, limit=3)
        assert [job.organization_id for job in found] == ["noisy", "noisy", "quiet"]
        assert found[-1].id == quiet
        assert await jobs.overdue(session, "default", before=NOW - LEASE, each=2, limit=3) == []


async def test_an_abandoned_job_is_found_after_its_lease(database: Database) -> None:
    job = await take(database, await add(database))
    async with database.write() as session:
        assert not await jobs.any_abandoned(session, ["default"], now=NOW + LEASE)
        assert await jobs.any_abandoned(session, ["default"], now=NOW + LEASE * 2)
        assert not await jobs.any_abandoned(session, ["tests"], now=NOW + LEASE * 2)
        assert [each.id for each in await jobs.abandoned(session, ["default"], now=NOW + LEASE * 2)] == [job.id]
        assert await jobs.renew(session, job, lease_until=NOW + LEASE * 3)
    async with database.write() as session:
        assert not await jobs.abandoned(session, ["default"], now=NOW + LEASE * 2)


async def test_only_old_jobs_that_are_done_are_purged(database: Database) -> None:
    old, dead, fresh = [await take(database, await add(database)) for _ in range(3)]
    waiting = await add(database)
    async with database.write() as session:
        await jobs.finish(session, old, JobState.DONE, now=NOW)
        await jobs.finish(session, dead, JobState.DEAD, now=NOW)
        await jobs.finish(session, fresh, JobState.DONE, now=NOW + LEASE)
        await jobs.purge(session, ["default"], before=NOW + LEASE)
    async with database.read() as session:
        assert set(await session.scalars(select(Job.id))) == {dead.id, fresh.id, waiting}


async def test_a_dead_job_is_revived_as_if_new(database: Database) -> None:
    job = await take(database, await add(database, dedupe_key="d"))
    with pytest.raises(NotDead, match="running"):
        async with database.write() as session:
            await jobs.revive(session, job.id, now=NOW)
    async with database.write() as session:
        await jobs.finish(session, job, JobState.DEAD, error="why", now=NOW)
    twin = await add(database, dedupe_key="d")
    with pytest.raises(NotDead, match="queued already"):
        async with database.write() as session:
            await jobs.revive(session, job.id, now=NOW)
    assert (await row(database, job.id)).state == "dead"
    await take(database, twin)
    told: list[QueuedJob] = []
    database.on_enqueued = told.extend
    async with database.write() as session:
        await jobs.revive(session, job.id, now=NOW + LEASE)
    assert [each.id for each in told] == [job.id]
    revived = await row(database, job.id)
    assert (revived.state, revived.attempts, revived.error, revived.finished_at) == ("queued", 0, "", None)
    with pytest.raises(LookupError):
        async with database.write() as session:
            await jobs.revive(session, "nothing", now=NOW)


async def test_writers_wait_for_each_other(database: Database) -> None:
    async with database.write() as session:
        organization = Organization(name="0")
        session.add(organization)

    async def count() -> None:
        async with database.write() as session:
            found = await session.get_one(Organization, organization.id, with_for_update=True)
            found.name = str(int(found.name) + 1)

    await asyncio.gather(*(count() for _ in range(20)))
    async with database.read() as session:
        assert (await session.get_one(Organization, organization.id)).name == "20"
