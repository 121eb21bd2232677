"""Turns and answers record whether the model or the sheet itself answers.

Revision 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("answered_by", sa.String(length=8), nullable=True))
    op.add_column(
        "turns",
        sa.Column("answered_by", sa.String(length=8), nullable=False, server_default="model"),
    )


def downgrade() -> None:
    op.drop_column("turns", "answered_by")
    op.drop_column("messages", "answered_by")
