"""What people and rules decided about failures."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, Line, OrganizationKey, Text, Text255


class Quarantined(Base):
    """A test, or several by a pattern, whose failures fail no check of a repository; rows are ended, never deleted."""

    __tablename__ = "quarantined"
    __table_args__ = (Index("ix_quarantined_repository", "repository_id", "ended_at"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    repository_id: Mapped[str] = mapped_column(String(32), ForeignKey("repository.id", ondelete="CASCADE"))
    test: Mapped[str] = mapped_column(Line(1024))
    automatic: Mapped[bool]
    """Put here by the policy's rule, not by a person."""
    by: Mapped[Text255] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    until: Mapped[datetime | None]
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[Text255] = mapped_column(default="")
    """Who or what took it out: a person, its time, green runs."""


class IgnoredFinding(Base):
    """A cause that somebody said has nothing to do with a pull request."""

    __tablename__ = "ignored_finding"
    __table_args__ = (UniqueConstraint("pull_request_id", "fingerprint"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    pull_request_id: Mapped[str] = mapped_column(String(32), ForeignKey("pull_request.id", ondelete="CASCADE"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[Text255] = mapped_column(default="")
    created_at: Mapped[Created]
