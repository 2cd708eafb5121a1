"""CI runs, quarantine, organization policies."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NEW_COLUMNS = {
    "comment_command": (("head_sha", sa.String(length=64), ""), ("answers", sa.JSON(), "[]")),
    "execution": (("outcome", sa.String(length=16), ""), ("selection", sa.JSON(), "[]"), ("healed", sa.JSON(), "[]")),
    "installation": (("missing", sa.Text(), ""), ("missing_told_on", sa.String(length=32), "")),
    "organization": (("policy", sa.Text(), ""),),
    "project": (("rerun_url", sa.String(length=2048), ""), ("rerun_secret", sa.LargeBinary(), None)),
    "pull_request": (("allowed_sha", sa.String(length=64), ""), ("allowed_by", sa.String(length=255), "")),
    "repository": (
        ("default_branch", sa.String(length=255), ""),
        ("reconciled_at", sa.DateTime(timezone=True), None),
    ),
    "test_cycle": (
        ("asked_at", sa.DateTime(timezone=True), None),
        ("asked_by", sa.String(length=255), ""),
        ("unasked", sa.Text(), ""),
    ),
}
"""By table: name, type and what old rows get; None where they may be null."""


def _key(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _time(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "ci_run",
        _text("id", 32),
        _text("organization_id", 32),
        _text("repository_id", 32),
        _text("external_id", 255),
        _text("name", 255),
        _text("sha", 64),
        _text("head_sha", 64),
        sa.Column("pull_request_id", sa.String(length=32), nullable=True),
        _text("branch", 255),
        _text("source", 512),
        _text("cause", 16),
        sa.Column("default_branch", sa.Boolean(), nullable=False),
        _text("state", 16),
        _text("outcome", 16),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _text("url", 2048),
        _time("started_at"),
        _time("host_updated_at"),
        _text("read", 64),
        sa.Column("unread", sa.Text(), nullable=False),
        _time("created_at", nullable=False),
        _key("ci_run", "organization_id", "organization"),
        _key("ci_run", "repository_id", "repository"),
        _key("ci_run", "pull_request_id", "pull_request", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ci_run")),
        sa.UniqueConstraint("repository_id", "external_id", name=op.f("uq_ci_run_repository_id_external_id")),
    )
    op.create_index("ix_ci_run_head", "ci_run", ["repository_id", "head_sha"])
    op.create_index("ix_ci_run_organization_id", "ci_run", ["organization_id"])
    op.create_index("ix_ci_run_pull_request_id", "ci_run", ["pull_request_id"])
    op.create_table(
        "merge_group",
        _text("id", 32),
        _text("organization_id", 32),
        _text("repository_id", 32),
        _text("sha", 64),
        _text("base_ref", 255),
        sa.Column("numbers", sa.JSON(), nullable=False),
        _time("created_at", nullable=False),
        _key("merge_group", "organization_id", "organization"),
        _key("merge_group", "repository_id", "repository"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_group")),
        sa.UniqueConstraint("repository_id", "sha", name=op.f("uq_merge_group_repository_id_sha")),
    )
    op.create_index("ix_merge_group_organization_id", "merge_group", ["organization_id"])
    op.create_table(
        "quarantined",
        _text("id", 32),
        _text("organization_id", 32),
        _text("repository_id", 32),
        _text("test", 1024),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        _text("by", 255),
        sa.Column("reason", sa.Text(), nullable=False),
        _time("until"),
        _time("created_at", nullable=False),
        _time("ended_at"),
        _text("ended_by", 255),
        _key("quarantined", "organization_id", "organization"),
        _key("quarantined", "repository_id", "repository"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined")),
    )
    op.create_index("ix_quarantined_organization_id", "quarantined", ["organization_id"])
    op.create_index("ix_quarantined_repository", "quarantined", ["repository_id", "ended_at"])
    op.create_table(
        "ignored_finding",
        _text("id", 32),
        _text("organization_id", 32),
        _text("pull_request_id", 32),
        _text("fingerprint", 64),
        sa.Column("title", sa.Text(), nullable=False),
        _text("by", 255),
        _time("created_at", nullable=False),
        _key("ignored_finding", "organization_id", "organization"),
        _key("ignored_finding", "pull_request_id", "pull_request"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ignored_finding")),
        sa.UniqueConstraint(
            "pull_request_id", "fingerprint", name=op.f("uq_ignored_finding_pull_request_id_fingerprint")
        ),
    )
    op.create_index("ix_ignored_finding_organization_id", "ignored_finding", ["organization_id"])

    for table, columns in _NEW_COLUMNS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, kind, old in columns:
                batch_op.add_column(sa.Column(name, kind, nullable=old is None, server_default=old))
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _, old in columns:
                if old is not None:
                    batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("test_cycle", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ci_run_id", sa.String(length=32), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_test_cycle_ci_run_id"), ["ci_run_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_test_cycle_ci_run_id"), "ci_run", ["ci_run_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("test_cycle", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_test_cycle_ci_run_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_test_cycle_ci_run_id"), type_="unique")
        batch_op.drop_column("ci_run_id")
    for table, columns in reversed(_NEW_COLUMNS.items()):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _, _ in columns:
                batch_op.drop_column(name)
    for table in ("ignored_finding", "quarantined", "merge_group", "ci_run"):
        op.drop_table(table)
