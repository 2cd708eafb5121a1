"""history."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "test_outcome",
        sa.Column("execution_id", sa.String(length=32), nullable=False),
        sa.Column("test_key", sa.String(length=16), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["execution.id"], name=op.f("fk_test_outcome_execution_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_test_outcome_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("execution_id", "test_key", name=op.f("pk_test_outcome")),
    )
    op.create_index("ix_test_outcome_organization_id", "test_outcome", ["organization_id"])
    op.create_index("ix_test_outcome_fingerprint", "test_outcome", ["organization_id", "fingerprint"])
    op.create_table(
        "green_log",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("execution_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["execution.id"], name=op.f("fk_green_log_execution_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_green_log_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_green_log")),
        sa.UniqueConstraint("execution_id", "name", name=op.f("uq_green_log_execution_id_name")),
    )
    op.create_index("ix_green_log_organization_id", "green_log", ["organization_id"])
    op.create_index("ix_test_cycle_suite", "test_cycle", ["organization_id", "repository_id", "suite"])


def downgrade() -> None:
    op.drop_index("ix_test_cycle_suite", "test_cycle")
    op.drop_table("green_log")
    op.drop_table("test_outcome")
