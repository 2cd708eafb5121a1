"""What earlier runs tell of this one: outcomes of tests that fail at times, and the lines of green logs."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, Line, OrganizationKey


class TestOutcome(Base):
    """How a test ended in one execution; kept only of tests that did not pass at once in some recent run.

    Rows are added and never changed, so that executions that end at the same time lose nothing.
    """

    __test__ = False
    __tablename__ = "test_outcome"
    __table_args__ = (Index("ix_test_outcome_fingerprint", "organization_id", "fingerprint"),)

    execution_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("execution.id", ondelete="CASCADE"), primary_key=True
    )
    test_key: Mapped[str] = mapped_column(String(16), primary_key=True)
    """A hash of the test's name, in 16 hexadecimal digits."""
    organization_id: Mapped[OrganizationKey]
    outcome: Mapped[str] = mapped_column(String(8))
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    """The cause that it failed of; empty when it passed."""


class GreenLog(Base):
    """The lines of a log of a green execution, as hashes of what is left of them when all that varies is masked."""

    __tablename__ = "green_log"
    __table_args__ = (UniqueConstraint("execution_id", "name"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    execution_id: Mapped[str] = mapped_column(String(32), ForeignKey("execution.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Line(255))
    """The log's name without the numbers in it."""
    lines: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Created]
