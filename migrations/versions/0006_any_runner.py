"""Streamed sessions, Agnox servers, labels of testing nodes."""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sessions()
    _agnox()
    _nodes()


def _sessions() -> None:
    pass


def _agnox() -> None:
    pass


def _nodes() -> None:
    pass


def downgrade() -> None:
    _no_nodes()
    _no_agnox()
    _no_sessions()


def _no_nodes() -> None:
    pass


def _no_agnox() -> None:
    pass


def _no_sessions() -> None:
    pass
