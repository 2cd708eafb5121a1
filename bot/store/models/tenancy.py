"""Who we work for: organizations, their keys, projects and connections to git hosts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Created, Key, Line, OrganizationKey, Text, Text255


class Organization(Base):
    """The tenant: owns everything that carries its id."""

    __tablename__ = "organization"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(Line(255), unique=True)
    policy: Mapped[str] = mapped_column(Text, default="")
    """What holds where a repository's `.agnox.yml` says nothing, in the same language; empty for our own defaults."""
    created_at: Mapped[Created]


class Project(Base):
    """What an organization tests under one name."""

    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    name: Mapped[Text255]
    rerun_url: Mapped[str] = mapped_column(Line(2048), default="")
    """Where a runner is told to run its tests again, by a signed request; empty where it can't be told."""
    rerun_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The key of those signatures, as a vault envelope."""
    executor: Mapped[str] = mapped_column(String(16), default="")
    """What its tests are run by on testing nodes; empty: what fits each request."""
    labels: Mapped[str] = mapped_column(Line(512), default="")
    """What a testing node must have to run them, as `bot.domain.labels` writes it."""
    created_at: Mapped[Created]


class ApiKey(Base):
    """A client's key: only its SHA-256 is kept, `prefix` is there to recognise and find it."""

    __tablename__ = "api_key"

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    project_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("project.id", ondelete="CASCADE"), index=True)
    name: Mapped[Text255] = mapped_column(default="")
    prefix: Mapped[str] = mapped_column(String(16), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[Created]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Integration(Base):
    """An organization's own access to a git host; `token` is a vault envelope of its credential, never plain."""

    __tablename__ = "integration"
    __table_args__ = (UniqueConstraint("organization_id", "provider"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    provider: Mapped[str] = mapped_column(String(32))
    enabled: Mapped[bool] = mapped_column(default=True)
    base_url: Mapped[str] = mapped_column(Line(2048), default="")
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    account_id: Mapped[Text255] = mapped_column(default="")
    """Whose credential it is, by the host's id: what this account writes is ours."""
    account: Mapped[Text255] = mapped_column(default="")
    expires_at: Mapped[datetime | None]
    """When the credential ends, if the host tells."""
    checked_at: Mapped[datetime | None]
    renewing_until: Mapped[datetime | None]
    """Somebody is having the credential replaced; after that time they are taken for dead."""
    broken: Mapped[str] = mapped_column(Text, default="")
    """Why the host refuses us, for people; empty while it works."""
    created_at: Mapped[Created]


class Installation(Base):
    """What a git host granted us: a GitHub App installation, a project or group hook, a service hook."""

    __tablename__ = "installation"
    __table_args__ = (UniqueConstraint("provider", "external_id"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    integration_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("integration.id", ondelete="CASCADE"), index=True
    )
    """Whose credential speaks for it; None where the grant brings its own, as a GitHub App's does."""
    provider: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[Text255]
    """The host's id of the grant; for a hook its key."""
    account_id: Mapped[Text255] = mapped_column(default="")
    account: Mapped[Text255] = mapped_column(default="")
    """Whose grant it is; for a hook where it hangs: a repository's path, a group, a project."""
    hook_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    hook_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    permissions: Mapped[dict[str, str]] = mapped_column(default=dict)
    broken: Mapped[str] = mapped_column(Text, default="")
    """Why the host refuses us, for people; empty while it works."""
    missing: Mapped[str] = mapped_column(Text, default="")
    """Permissions that we need and were not granted, in the host's words; empty when nothing is missing."""
    missing_told_on: Mapped[str] = mapped_column(String(32), default="")
    """The pull request on which that is told, so that it is told once."""
    suspended_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[Created]

    @property
    def active(self) -> bool:
        return self.suspended_at is None and self.deleted_at is None


class Repository(Base):
    """A repository that an organization may be answered on; keyed by the host's id, which survives renames."""

    __tablename__ = "repository"
    __table_args__ = (
        UniqueConstraint("organization_id", "provider", "external_id"),
        Index("ix_repository_path", "organization_id", "provider", "path_key"),
    )

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    installation_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("installation.id", ondelete="SET NULL"), index=True
    )
    provider: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[Text255]
    path: Mapped[str] = mapped_column(Line(512))
    path_key: Mapped[str] = mapped_column(Line(512))
    """`path` in lower case: hosts compare paths without case."""
    default_branch: Mapped[Text255] = mapped_column(default="")
    """Empty until a host has told it."""
    reconciled_at: Mapped[datetime | None]
    """When its pull requests were last held against what we know of them."""
    removed_at: Mapped[datetime | None]
    created_at: Mapped[Created]


class PullRequest(Base):
    """A pull request and the head it has now, as far as the host told us."""

    __tablename__ = "pull_request"
    __table_args__ = (
        UniqueConstraint("repository_id", "number"),
        Index("ix_pull_request_head", "repository_id", "head_sha"),
    )

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    repository_id: Mapped[str] = mapped_column(String(32), ForeignKey("repository.id", ondelete="CASCADE"))
    number: Mapped[int]
    head_sha: Mapped[str] = mapped_column(String(64))
    head_ref: Mapped[Text255] = mapped_column(default="")
    base_ref: Mapped[Text255] = mapped_column(default="")
    merge_sha: Mapped[str] = mapped_column(String(64), default="")
    from_fork: Mapped[bool] = mapped_column(default=False)
    open: Mapped[bool] = mapped_column(default=True)
    pushes: Mapped[int] = mapped_column(default=0)
    """How often its head changed: a head may come back, and is another push then."""
    head_at: Mapped[datetime | None]
    """When its head became known to us, or a little later; None for a head known before this was kept."""
    title: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Line(2048), default="")
    allowed_sha: Mapped[str] = mapped_column(String(64), default="")
    """The head from a fork that a maintainer lets run."""
    allowed_by: Mapped[Text255] = mapped_column(default="")
    host_updated_at: Mapped[str] = mapped_column(String(40), default="")
    """The host's own time of this state, to recognise deliveries that come out of order."""
    created_at: Mapped[Created]


class CommentCommand(Base):
    """What somebody asked of us in a comment; one row a comment, so that it is obeyed once."""

    __tablename__ = "comment_command"
    __table_args__ = (UniqueConstraint("repository_id", "number", "comment_kind", "comment_id"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationKey]
    repository_id: Mapped[str] = mapped_column(String(32), ForeignKey("repository.id", ondelete="CASCADE"))
    number: Mapped[int]
    comment_id: Mapped[Text255]
    comment_kind: Mapped[str] = mapped_column(String(16))
    account: Mapped[Text255] = mapped_column(default="")
    head_sha: Mapped[str] = mapped_column(String(64), default="")
    """The head that it was about."""
    outcome: Mapped[str] = mapped_column(Text, default="")
    """What came of it, for people; empty until it is settled."""
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What the report says of each command: `command`, `outcome`, and the fingerprints of `findings` told in full."""
    created_at: Mapped[Created]


class AuditEntry(Base):
    """Who changed what; written in the same transaction as the change."""

    __tablename__ = "audit_entry"

    id: Mapped[Key]
    organization_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("organization.id", ondelete="CASCADE"), index=True
    )
    actor: Mapped[Text255]
    action: Mapped[Text255]
    subject: Mapped[str] = mapped_column(Line(512), default="")
    details: Mapped[dict[str, str]] = mapped_column(default=dict)
    created_at: Mapped[Created]
