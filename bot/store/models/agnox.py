"""Agnox servers that run tests for an organization, and what runs on them."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, Line, OrganizationKey, Text, Text255


class AgnoxServer(Base):
    """An organization's Agnox server; `key` and `hook_secret` are vault envelopes.

    The key is bound to the address that it is sent to, the secret to the key of its hook.
    """

    __tablename__ = "agnox_server"
    __table_args__ = (UniqueConstraint("organization_id"),)

    provider: ClassVar[str] = "agnox"

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    project_id: Mapped[str] = mapped_column(String(32), ForeignKey("project.id", ondelete="CASCADE"), index=True)
    """Where results go that the server tells us of by itself."""
    base_url: Mapped[str] = mapped_column(Line(2048))
    remote_project: Mapped[Text255] = mapped_column(default="")
    """The server's own project for tests that we have it run; empty: it is only listened to."""
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    hook_key: Mapped[str] = mapped_column(String(64), unique=True)
    hook_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    broken: Mapped[str] = mapped_column(Text, default="")
    """Why the server refuses us, for people; empty while it works."""
    checked_at: Mapped[datetime | None]
    created_at: Mapped[Created]


class AgnoxRun(Base):
    """A run on an Agnox server and the newest execution that came of it."""

    __tablename__ = "agnox_run"
    __table_args__ = (UniqueConstraint("server_id", "task_id"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    server_id: Mapped[str] = mapped_column(String(32), ForeignKey("agnox_server.id", ondelete="CASCADE"))
    execution_id: Mapped[str] = mapped_column(String(32), ForeignKey("execution.id", ondelete="CASCADE"), unique=True)
    task_id: Mapped[str | None] = mapped_column(String(128))
    """The server's own id of it; None until it has answered."""
    remote_cycle: Mapped[Text255] = mapped_column(default="")
    """The server's own id of the cycle, by which it is cancelled."""
    read: Mapped[Text255] = mapped_column(default="")
    """Which end of it was kept: a server may run the same task again."""
    created_at: Mapped[Created]
