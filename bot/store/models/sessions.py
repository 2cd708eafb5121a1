"""What reporters stream while tests run."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, Line, OrganizationKey


class IngestSession(Base):
    """A reporter's run; its id in UUID form is the session id on the wire."""

    __tablename__ = "ingest_session"

    OPEN: ClassVar[str] = "OPEN"
    ENDED: ClassVar[str] = "ENDED"
    READ: ClassVar[str] = "READ"

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    execution_id: Mapped[str] = mapped_column(String(32), ForeignKey("execution.id", ondelete="CASCADE"), unique=True)
    project_id: Mapped[str] = mapped_column(String(32), ForeignKey("project.id", ondelete="CASCADE"), index=True)
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
