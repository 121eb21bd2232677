"""The stored drawings of all owners: database rows as values, with a cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cachetools import LRUCache

from backend.drawings.drawing_records import StoredDrawing, drawing_row, stored_drawing
from backend.errors import NotFound
from backend.storage.database import Database
from backend.storage.drawings import DrawingStore
from backend.storage.pagination import place_of

#: Drawings whose rows stay in memory, so that tiles need no query.
CACHED_DRAWINGS = 1024


class DrawingRepository:
    """The drawings of all owners."""

    def __init__(self, database: Database) -> None:
        self._rows = DrawingStore(database)
        self._cached: LRUCache[tuple[str, str], StoredDrawing] = LRUCache(CACHED_DRAWINGS)

    async def find(self, owner: str, drawing_id: str) -> StoredDrawing:
        """The owner's drawing. Raises `NotFound`."""
        key = (owner, drawing_id)
        if (cached := self._cached.get(key)) is not None:
            return cached
        found = await self._rows.find(owner, drawing_id)
        if found is None:
            raise _not_found()
        stored = self._cached[key] = stored_drawing(found)
        return stored

    def forget(self, owner: str, drawing_id: str) -> None:
        """Drop the cached info after a change in the database."""
        self._cached.pop((owner, drawing_id), None)

    async def find_content(self, owner: str, sha256: str) -> StoredDrawing | None:
        """The owner's drawing with this content, or None."""
        found = await self._rows.find_content(owner, sha256)
        return None if found is None else stored_drawing(found)

    async def newest(self, owner: str, limit: int, before: str | None) -> list[StoredDrawing]:
        """The owner's drawings, newest first, after the one identified by `before`: its cursor or
        its id. Raises `BadRequest`, `NotFound`."""
        place = place_of(before) if before else None
        if before and place is None:
            place = (await self.find(owner, before)).created_at, before
        found = await self._rows.newest(owner, limit, place)
        return [stored_drawing(each) for each in found]

    async def add(
        self, owner: str, drawing: StoredDrawing, texts: Sequence[list[dict[str, Any]]]
    ) -> None:
        """Insert a drawing, with its first pages' texts if known."""
        await self._rows.add(owner, drawing_row(drawing), texts)

    async def remove(self, owner: str, drawing_id: str) -> None:
        """Delete the owner's drawing. Raises `NotFound`."""
        if not await self._rows.remove(owner, drawing_id):
            raise _not_found()
        self.forget(owner, drawing_id)

    async def has_content(self, sha256: str) -> bool:
        """Whether any owner has a drawing with this content."""
        return await self._rows.has_content(sha256)


def _not_found() -> NotFound:
    return NotFound("Drawing not found. It may have been deleted.")
