"""A turn remembers the id that its question was sent under, so that it may be sent again.

Revision 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("ask_id", sa.String(length=64), nullable=True))
    op.create_index("ix_turns_ask_id", "turns", ["ask_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_turns_ask_id", "turns")
    op.drop_column("turns", "ask_id")
