"""A job runner by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.queue.functions import Call, JobFunctions
from bot.queue.run import JobRunner
from bot.queue.sweeper import Sweeper
from bot.store import jobs
from bot.store.database import Database
from bot.store.jobs import QueuedJob
from bot.store.models import Job

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Bench:
    """A job runner with a clock that stands still, and functions made by the test."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START
        self.woken: list[QueuedJob] = []
        database.on_enqueued = self.woken.extend

    def runner(self, call: Call, *, limit: float = 60, lease: float = 30, organization_jobs: int = 5) -> JobRunner:
        functions = JobFunctions()
        functions.add(call, name="work", limit=timedelta(seconds=limit))
        return JobRunner(
            self.database,
            functions,
            "context",
            lease=timedelta(seconds=lease),
            organization_jobs=organization_jobs,
            clock=lambda: self.now,
            jitter=lambda: 0.0,
        )

    async def add(self, function: str = "work", **options: Any) -> QueuedJob:
        arguments = options.pop("arguments", {})
        async with self.database.write() as session:
            job_id = await jobs.enqueue(session, function, arguments, now=self.now, **options)
        assert job_id is not None
        return QueuedJob(job_id, organization_id=options.get("organization_id"))

    async def row(self, job: QueuedJob) -> Job:
        async with self.database.read() as session:
            return await session.get_one(Job, job.id)

    def sweeper(self) -> Sweeper:
        return Sweeper(self.database, ["default"], clock=lambda: self.now)


def raising(error: Exception) -> Call:
    async def call(_: object) -> None:
        raise error

    return call
