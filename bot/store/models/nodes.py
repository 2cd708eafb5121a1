"""Who runs tests, and what of their output is seen while they run."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, OrganizationKey, Text, Text255


class TestingNode(Base):
    """A process that takes test runs; one that was not seen for the length of a lease is taken for dead."""

    __test__ = False
    __tablename__ = "testing_node"

    id: Mapped[Key]
    name: Mapped[Text255]
    """Host and process id, for people."""
    labels: Mapped[list[str]] = mapped_column(JSON)
    """What it has, `executor:NAME` of each executor that it may use included."""
    seen_at: Mapped[datetime]


class LogChunk(Base):
    """A piece of the masked output of an execution that is under way; gone soon after its end."""

    __tablename__ = "log_chunk"

    execution_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("execution.id", ondelete="CASCADE"), primary_key=True
    )
    begin: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """How many characters came before it."""
    end: Mapped[int] = mapped_column(BigInteger)
    organization_id: Mapped[OrganizationKey]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Created]
