"""What came in and what is to be done: deliveries and jobs."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, Line, Text


class DeliveryState(StrEnum):
    RECEIVED = "received"
    HANDLED = "handled"
    IGNORED = "ignored"
    FAILED = "failed"


class Delivery(Base):
    """One inbound webhook call, stored as it came."""

    __tablename__ = "delivery"
    id: Mapped[Key]
    provider: Mapped[str] = mapped_column(String(32))
    dedupe_key: Mapped[str] = mapped_column(Line(255), unique=True)
    event: Mapped[str] = mapped_column(Line(128))
    hook_key: Mapped[str | None] = mapped_column(String(64))
    headers: Mapped[dict[str, str]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.RECEIVED)
    note: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[Created]


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class Job(Base):
    """A function to be run with arguments; written in the transaction that makes it necessary.

    While a job is queued no second one with its `dedupe_key` is added. Of the jobs with one `exclusive_key` only one
    runs at a time.
    A running job is leased: when `lease_until` passes without renewal its worker is taken for dead.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "queue", "state", "run_at"),
        # Not of the jobs that belong to nobody: those are the deliveries, of which there are many.
        Index(
            "ix_job_organization_id",
            "organization_id",
            sqlite_where=text("organization_id IS NOT NULL"),
            postgresql_where=text("organization_id IS NOT NULL"),
        ),
        Index(
            "uq_job_dedupe_key_queued",
            "dedupe_key",
            unique=True,
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "uq_job_exclusive_key_running",
            "exclusive_key",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )

    id: Mapped[Key]
    organization_id: Mapped[str | None] = mapped_column(String(32))
    queue: Mapped[str] = mapped_column(String(64), default="default")
    function: Mapped[str] = mapped_column(String(64))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    on_dead: Mapped[str | None] = mapped_column(String(64))
    """The function of the job that is queued when this one dies, with its arguments and the `reason`."""
    dedupe_key: Mapped[str | None] = mapped_column(Line(255))
    exclusive_key: Mapped[str | None] = mapped_column(Line(255))
    state: Mapped[str] = mapped_column(String(16), default=JobState.QUEUED)
    labels: Mapped[str | None] = mapped_column(Line(512))
    """What its worker must have, as `bot.domain.labels` writes it; only of queues that testing nodes serve."""
    run_at: Mapped[datetime]
    turn_at: Mapped[datetime | None]
    """Its place in the line of such a queue: earlier than `run_at` for what people wait for."""
    attempts: Mapped[int] = mapped_column(default=0)
    first_failed_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Created]
    finished_at: Mapped[datetime | None]
