"""Alembic's entry: runs the revisions on the connection that `migrate.py` hands over.

To write a new revision after changing `tables.py`, see CONTRIBUTING.md.
"""

from __future__ import annotations

from alembic import context

from backend.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter most things in place: Alembic copies the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
