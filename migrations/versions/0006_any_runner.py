"""Streamed sessions, Agnox servers, labels of testing nodes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_PROJECT_TEXTS = (("executor", 16), ("labels", 512))


def upgrade() -> None:
    _sessions()
    _agnox()
    _nodes()
    _heads()
    _keyed_requests()


def _sessions() -> None:
    op.create_table(
        "ingest_session",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("execution_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("framework", sa.String(length=64), nullable=False),
        sa.Column("total_tests", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("told", sa.String(length=16), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_ingest_session_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["execution.id"], name=op.f("fk_ingest_session_execution_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_ingest_session_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_session")),
        sa.UniqueConstraint("execution_id", name=op.f("uq_ingest_session_execution_id")),
    )
    op.create_index("ix_ingest_session_organization_id", "ingest_session", ["organization_id"])
    op.create_index("ix_ingest_session_project_id", "ingest_session", ["project_id"])
    op.create_table(
        "ingest_chunk",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_ingest_chunk_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["ingest_session.id"], name=op.f("fk_ingest_chunk_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_chunk")),
        sa.UniqueConstraint("session_id", "digest", name=op.f("uq_ingest_chunk_session_id_digest")),
    )
    op.create_index("ix_ingest_chunk_organization_id", "ingest_chunk", ["organization_id"])
    op.create_index("ix_ingest_chunk_session", "ingest_chunk", ["session_id", "received_at"])


def _agnox() -> None:
    op.create_table(
        "agnox_server",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("base_url", sa.String(length=2048), nullable=False),
        sa.Column("remote_project", sa.String(length=255), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("hook_key", sa.String(length=64), nullable=False),
        sa.Column("hook_secret", sa.LargeBinary(), nullable=True),
        sa.Column("broken", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_agnox_server_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_agnox_server_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agnox_server")),
        sa.UniqueConstraint("hook_key", name=op.f("uq_agnox_server_hook_key")),
        sa.UniqueConstraint("organization_id", name=op.f("uq_agnox_server_organization_id")),
    )
    op.create_index("ix_agnox_server_organization_id", "agnox_server", ["organization_id"])
    op.create_index("ix_agnox_server_project_id", "agnox_server", ["project_id"])
    op.create_table(
        "agnox_run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("server_id", sa.String(length=32), nullable=False),
        sa.Column("execution_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=128), nullable=True),
        sa.Column("remote_cycle", sa.String(length=255), nullable=False),
        sa.Column("read", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_agnox_run_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["agnox_server.id"], name=op.f("fk_agnox_run_server_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["execution.id"], name=op.f("fk_agnox_run_execution_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agnox_run")),
        sa.UniqueConstraint("execution_id", name=op.f("uq_agnox_run_execution_id")),
        sa.UniqueConstraint("server_id", "task_id", name=op.f("uq_agnox_run_server_id_task_id")),
    )
    op.create_index("ix_agnox_run_organization_id", "agnox_run", ["organization_id"])


def _nodes() -> None:
    op.create_table(
        "testing_node",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_testing_node")),
    )
    op.create_table(
        "log_chunk",
        sa.Column("execution_id", sa.String(length=32), nullable=False),
        sa.Column("begin", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["execution.id"], name=op.f("fk_log_chunk_execution_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_log_chunk_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("execution_id", "begin", name=op.f("pk_log_chunk")),
    )
    op.create_index("ix_log_chunk_organization_id", "log_chunk", ["organization_id"])
    with op.batch_alter_table("project", schema=None) as batch_op:
        for name, length in _PROJECT_TEXTS:
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    with op.batch_alter_table("project", schema=None) as batch_op:
        for name, _ in _PROJECT_TEXTS:
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("labels", sa.String(length=512), nullable=True))
        batch_op.add_column(sa.Column("turn_at", sa.DateTime(timezone=True), nullable=True))


def _heads() -> None:
    with op.batch_alter_table("pull_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("head_at", sa.DateTime(timezone=True), nullable=True))


def _keyed_requests() -> None:
    op.create_table(
        "keyed_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_keyed_request_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyed_request")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_keyed_request_organization_id_key")),
    )
    op.create_index("ix_keyed_request_organization_id", "keyed_request", ["organization_id"])


def downgrade() -> None:
    _no_keyed_requests()
    _no_heads()
    _no_nodes()
    _no_agnox()
    _no_sessions()


def _no_nodes() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_column("turn_at")
        batch_op.drop_column("labels")
    with op.batch_alter_table("project", schema=None) as batch_op:
        for name, _ in _PROJECT_TEXTS:
            batch_op.drop_column(name)
    op.drop_table("log_chunk")
    op.drop_table("testing_node")


def _no_agnox() -> None:
    op.drop_table("agnox_run")
    op.drop_table("agnox_server")


def _no_sessions() -> None:
    op.drop_table("ingest_chunk")
    op.drop_table("ingest_session")


def _no_keyed_requests() -> None:
    op.drop_table("keyed_request")


def _no_heads() -> None:
    with op.batch_alter_table("pull_request", schema=None) as batch_op:
        batch_op.drop_column("head_at")
