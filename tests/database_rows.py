"""Rows for tests that need a drawing in the database and no file."""

from __future__ import annotations

import hashlib

from backend.storage.database import Database
from backend.storage.drawings import DrawingRow, DrawingStore


async def add_drawing(
    database: Database,
    drawing_id: str,
    owner: str = "local",
    *,
    name: str = "sheet.pdf",
    sha256: str | None = None,
) -> None:
    """A drawing without pages."""
    content = sha256 or hashlib.sha256(drawing_id.encode()).hexdigest()
    row = DrawingRow(drawing_id, name, "pdf", "application/pdf", 1, content, [], 0.0, [])
    await DrawingStore(database).add(owner, row, [])
