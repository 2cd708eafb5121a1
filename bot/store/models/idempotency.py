"""Requests that carried an idempotency key, and what they were answered."""

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, OrganizationKey


class KeyedRequest(Base):
    """A request under its sender's own key; `status` is None while it is under way."""

    __tablename__ = "keyed_request"
    __table_args__ = (UniqueConstraint("organization_id", "key"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    key: Mapped[str] = mapped_column(String(255))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what was asked, and of whom for."""
    status: Mapped[int | None]
    answer: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    created_at: Mapped[Created]
