"""Language models: who may ask which, what was spent, and what was answered."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, Line, OrganizationKey, Text, Text255


class LlmAccess(Base):
    """An organization's own model; `key` is a vault envelope, bound to the address that it is sent to."""

    __tablename__ = "llm_access"
    __table_args__ = (UniqueConstraint("organization_id"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    provider: Mapped[str] = mapped_column(String(32))
    model: Mapped[Text255]
    base_url: Mapped[str] = mapped_column(Line(2048), default="")
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    budget_tokens: Mapped[int | None] = mapped_column(BigInteger)
    """Tokens a day; None: no limit."""
    budget_micros: Mapped[int | None] = mapped_column(BigInteger)
    """Money a day, in millionths of the currency of the prices; None: no limit."""
    price_input: Mapped[int] = mapped_column(BigInteger, default=0)
    """Of a million tokens, in millionths as well."""
    price_output: Mapped[int] = mapped_column(BigInteger, default=0)
    broken: Mapped[str] = mapped_column(Text, default="")
    """Why the last call came to nothing, for people; empty while it works."""
    checked_at: Mapped[datetime | None]
    created_at: Mapped[Created]


class LlmCall(Base):
    """One request to a model; before it is settled its numbers are what was set aside for it."""

    __tablename__ = "llm_call"
    __table_args__ = (Index("ix_llm_call_day", "organization_id", "day"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    day: Mapped[date]
    """By UTC."""
    provider: Mapped[str] = mapped_column(String(32))
    model: Mapped[Text255]
    shared: Mapped[bool] = mapped_column(default=False)
    """Whether it went to the instance's model, not to the organization's own."""
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    micros: Mapped[int] = mapped_column(BigInteger, default=0)
    """What it costs, in millionths of the currency of the prices."""
    settled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Created]


class LlmAnswer(Base):
    """What a model said of certain causes, as far as it was proven; `key` also names the model and the question."""

    __tablename__ = "llm_answer"
    __table_args__ = (UniqueConstraint("organization_id", "key"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    key: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]]
    uses: Mapped[int] = mapped_column(default=0)
    """How often it has saved a call."""
    created_at: Mapped[Created]
