"""hooks and commands."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment_command",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("repository_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.String(length=255), nullable=False),
        sa.Column("comment_kind", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_comment_command_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_comment_command_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_command")),
        sa.UniqueConstraint(
            "repository_id",
            "number",
            "comment_kind",
            "comment_id",
            name=op.f("uq_comment_command_repository_id_number_comment_kind_comment_id"),
        ),
    )
    op.create_index("ix_comment_command_organization_id", "comment_command", ["organization_id"])

    with op.batch_alter_table("installation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("integration_id", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_installation_integration_id"), ["integration_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_installation_integration_id"), "integration", ["integration_id"], ["id"], ondelete="CASCADE"
        )

    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account_id", sa.String(length=255), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("account", sa.String(length=255), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("renewing_until", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("pull_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pushes", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("pull_request", schema=None) as batch_op:
        batch_op.alter_column("pushes", server_default=None)
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.alter_column("account_id", server_default=None)
        batch_op.alter_column("account", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("pull_request", schema=None) as batch_op:
        batch_op.drop_column("pushes")

    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.drop_column("renewing_until")
        batch_op.drop_column("checked_at")
        batch_op.drop_column("expires_at")
        batch_op.drop_column("account")
        batch_op.drop_column("account_id")

    with op.batch_alter_table("installation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_installation_integration_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_installation_integration_id"))
        batch_op.drop_column("integration_id")

    with op.batch_alter_table("comment_command", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_command_organization_id"))

    op.drop_table("comment_command")
