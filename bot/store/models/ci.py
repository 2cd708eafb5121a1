"""What the hosts' own CI runs, and what their merge queues ask of us."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, Line, OrganizationKey, Text, Text255


class CiRun(Base):
    """A run of a workflow or pipeline of a host's own CI, as the host told it last."""

    __tablename__ = "ci_run"
    __table_args__ = (
        UniqueConstraint("repository_id", "external_id"),
        Index("ix_ci_run_head", "repository_id", "head_sha"),
    )

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    repository_id: Mapped[str] = mapped_column(String(32), ForeignKey("repository.id", ondelete="CASCADE"))
    external_id: Mapped[Text255]
    name: Mapped[Text255]
    sha: Mapped[str] = mapped_column(String(64))
    """What was built: a head or its merge into the base."""
    head_sha: Mapped[str] = mapped_column(String(64), default="")
    """The head that its result belongs to; empty until that is known."""
    pull_request_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("pull_request.id", ondelete="SET NULL"), index=True
    )
    branch: Mapped[Text255] = mapped_column(default="")
    source: Mapped[str] = mapped_column(Line(512), default="")
    """The fork that the branch is in: its path, else `#` and its id, else `?`; empty when it is in no fork."""
    cause: Mapped[str] = mapped_column(String(16))
    default_branch: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int]
    url: Mapped[str] = mapped_column(Line(2048), default="")
    started_at: Mapped[datetime | None]
    host_updated_at: Mapped[datetime | None]
    """The host's own time of this state, to recognise deliveries that come out of order."""
    read: Mapped[str] = mapped_column(String(64), default="")
    """Which attempt was read; empty when none was."""
    unread: Mapped[str] = mapped_column(Text, default="")
    """Why it was not read, for people."""
    created_at: Mapped[Created]


class MergeGroup(Base):
    """Pull requests that a merge queue has merged for a try, and that wait for our verdict."""

    __tablename__ = "merge_group"
    __table_args__ = (UniqueConstraint("repository_id", "sha"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    repository_id: Mapped[str] = mapped_column(String(32), ForeignKey("repository.id", ondelete="CASCADE"))
    sha: Mapped[str] = mapped_column(String(64))
    base_ref: Mapped[Text255]
    numbers: Mapped[list[int]] = mapped_column(JSON, default=list)
    created_at: Mapped[Created]
