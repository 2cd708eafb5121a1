"""What was tested and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.cycle import CycleState
from bot.store.base import Base, Created, Key, Line, OrganizationKey, Text, Text255


class TestCycle(Base):
    """One request to have a revision tested, with the CI context it came with at its root."""

    __test__ = False
    __tablename__ = "test_cycle"
    __table_args__ = (
        Index("ix_test_cycle_pull_request", "pull_request_id", "head_sha"),
        Index("ix_test_cycle_revision", "repository_id", "head_sha"),
        Index("ix_test_cycle_suite", "organization_id", "repository_id", "suite"),
    )

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    project_id: Mapped[str] = mapped_column(String(32), ForeignKey("project.id", ondelete="CASCADE"), index=True)
    suite: Mapped[Text255]
    """Which line of tests this is; a newer cycle of the same suite and head takes the place of an older one."""
    state: Mapped[str] = mapped_column(String(16), default=CycleState.PENDING)
    ci_context: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    request: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What of the tests to run may lie open: the folder, the environment's kind. Empty when the CI ran them itself."""
    variables: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The whole request as a vault envelope of JSON: image, command, addresses and variables may hold secrets."""
    page_key: Mapped[str] = mapped_column(String(64), unique=True)
    """The unguessable part of the address of its page."""
    ci_run_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("ci_run.id", ondelete="SET NULL"), unique=True)
    """The run of the host's own CI that this was read from."""
    repository_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("repository.id", ondelete="SET NULL"))
    pull_request_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("pull_request.id", ondelete="SET NULL"))
    head_sha: Mapped[str] = mapped_column(String(64), default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why it is not known where its result belongs on the host; empty when it is."""
    refusal: Mapped[str] = mapped_column(Text, default="")
    """Why the host would not take its result; empty when it did."""
    asked_at: Mapped[datetime | None]
    """When who ran it was asked to run it again; None as soon as that is known to have come to nothing."""
    asked_by: Mapped[Text255] = mapped_column(default="")
    """Who wanted that, as it stands in the audit log."""
    unasked: Mapped[str] = mapped_column(Text, default="")
    """Why who ran it would not run it again, for people."""
    superseded_by: Mapped[str | None] = mapped_column(String(32))
    """The later cycle of the same suite and head that ran all its tests again."""
    created_at: Mapped[Created]
    finished_at: Mapped[datetime | None]


class Execution(Base):
    """One attempt inside a cycle."""

    __tablename__ = "execution"
    __table_args__ = (UniqueConstraint("cycle_id", "attempt"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    cycle_id: Mapped[str] = mapped_column(String(32), ForeignKey("test_cycle.id", ondelete="CASCADE"))
    attempt: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(16), default=CycleState.PENDING)
    exit_code: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(String(16), default="")
    """The CI's own word on how it ended, where that ran the tests."""
    selection: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The tests that alone are run; empty for all."""
    healed: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Tests that passed in it and failed in an earlier execution on the same head."""
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why there is no whole result, for people: a time limit, a command that is not there, a report cut short."""
    notes: Mapped[str] = mapped_column(Text, default="")
    """What people should know although the result is whole: a log cut in the middle."""
    counts: Mapped[dict[str, int]] = mapped_column(default=dict)
    analysis: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The analysis in the form of `agnox analyze --format json`."""
    requested_by: Mapped[Text255] = mapped_column(default="")
    created_at: Mapped[Created]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Artifact(Base):
    """A log or report of an execution: masked, then compressed with gzip."""

    __tablename__ = "artifact"
    __table_args__ = (UniqueConstraint("execution_id", "kind", "name"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    execution_id: Mapped[str] = mapped_column(String(32), ForeignKey("execution.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Line(512))
    size: Mapped[int]
    """Bytes before compression."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Created]


class TestResult(Base):
    """One test case in one execution."""

    __test__ = False
    __tablename__ = "test_result"
    __table_args__ = (Index("ix_test_result_execution", "execution_id", "status"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    execution_id: Mapped[str] = mapped_column(String(32), ForeignKey("execution.id", ondelete="CASCADE"))
    test: Mapped[str] = mapped_column(Line(1024))
    status: Mapped[str] = mapped_column(String(16))
    flaky: Mapped[bool] = mapped_column(default=False)
    seconds: Mapped[float | None]
    message: Mapped[str] = mapped_column(Text, default="")


class Finding(Base):
    """What the analysis says of one failure cluster; `fingerprint` is the same for the same cause elsewhere."""

    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_fingerprint", "organization_id", "fingerprint"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    execution_id: Mapped[str] = mapped_column(String(32), ForeignKey("execution.id", ondelete="CASCADE"), index=True)
    rank: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(32))
    content: Mapped[dict[str, Any]]


class Publication(Base):
    """One thing of ours on a git host: its kind, its id there, and a hash of what it says.

    `subject` is what it stands on: a pull request's id for a comment, an execution's for a check.
    `writing` is set before a call and cleared after it, so that a crash between the two is seen.
    """

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("subject", "kind"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    subject: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[Text255] = mapped_column(default="")
    url: Mapped[str] = mapped_column(Line(2048), default="")
    state: Mapped[str] = mapped_column(Text, default="")
    """The provider's own note on what stands there, given back to it with the next write."""
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    writing: Mapped[bool] = mapped_column(default=False)
    settled: Mapped[bool] = mapped_column(default=False)
    """It says a final verdict: nothing more is to come for this subject."""
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why the host would not take it, for people."""
    created_at: Mapped[Created]
    updated_at: Mapped[Created]
