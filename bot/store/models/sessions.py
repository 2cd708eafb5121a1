"""What reporters stream while tests run, and answers that are given again to the same request."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, Line, OrganizationKey, Text


class IngestSession(Base):
    """A reporter's run; its id in UUID form is the session id on the wire."""

    __tablename__ = "ingest_session"

    OPEN: ClassVar[str] = "OPEN"
    ENDED: ClassVar[str] = "ENDED"
    READ: ClassVar[str] = "READ"

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    execution_id: Mapped[str] = mapped_column(String(32), ForeignKey("execution.id", ondelete="CASCADE"), unique=True)
    project_id: Mapped[str] = mapped_column(String(32), ForeignKey("project.id", ondelete="CASCADE"))
    framework: Mapped[str] = mapped_column(Line(64))
    total_tests: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    """OPEN until the reporter ends it, ENDED until its events are read."""
    told: Mapped[str] = mapped_column(String(16), default="")
    """The reporter's own word on how it ended."""
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ended_at: Mapped[datetime | None]
    created_at: Mapped[Created]


class IngestChunk(Base):
    """A batch of events: masked JSON lines, compressed with zlib. The same batch again has the same digest."""

    __tablename__ = "ingest_chunk"
    __table_args__ = (
        UniqueConstraint("session_id", "digest"),
        Index("ix_ingest_chunk_session", "session_id", "received_at"),
    )

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    session_id: Mapped[str] = mapped_column(String(32), ForeignKey("ingest_session.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    ends: Mapped[int]
    """Attempts at a test that end in it."""
    size: Mapped[int]
    """Bytes before compression."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[Created]


class KeptAnswer(Base):
    """What was answered to a request with an idempotency key; `request` is a digest of its address and body."""

    __tablename__ = "kept_answer"
    __table_args__ = (UniqueConstraint("organization_id", "key"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    key: Mapped[str] = mapped_column(String(64))
    """A digest of what the client sent as its key."""
    request: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    """0 while the first request is at work."""
    answer: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Created]
