"""Drawings, pages and their text in the database.

Every query names the owner. Does not know files, formats or HTTP. Deleting a drawing deletes its
pages and texts by cascade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select, tuple_, update

from backend.storage.database import Database
from backend.storage.tables import drawings, page_texts, pages

#: The text items of a page, as JSON values.
Items = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page's canvas, and where its text comes from."""

    number: int
    width: int
    height: int
    dpi: float | None
    label: str | None
    text_source: str


@dataclass(frozen=True, slots=True)
class DrawingRow:
    """A drawing with its pages, by number."""

    id: str
    name: str
    format: str
    media_type: str
    bytes: int
    sha256: str
    warnings: Sequence[str]
    created_at: float
    pages: Sequence[PageRow]


_DRAWINGS = select(
    drawings.c.id,
    drawings.c.name,
    drawings.c.format,
    drawings.c.media_type,
    drawings.c.bytes,
    drawings.c.sha256,
    drawings.c.warnings,
    drawings.c.created_at,
).where(drawings.c.owner == bindparam("owner"))
_ONE = _DRAWINGS.where(drawings.c.id == bindparam("drawing"))
_BY_CONTENT = _DRAWINGS.where(drawings.c.sha256 == bindparam("sha256"))
_NEWEST = _DRAWINGS.order_by(drawings.c.created_at.desc(), drawings.c.id.desc())
_PAGES = (
    select(
        pages.c.drawing_id,
        pages.c.number,
        pages.c.width,
        pages.c.height,
        pages.c.dpi,
        pages.c.label,
        pages.c.text_source,
    )
    .where(pages.c.drawing_id.in_(bindparam("drawings", expanding=True)))
    .order_by(pages.c.drawing_id, pages.c.number)
)
_TEXTS = (
    select(page_texts.c.number, page_texts.c["items"])
    .join(drawings, drawings.c.id == page_texts.c.drawing_id)
    .where(drawings.c.owner == bindparam("owner"), drawings.c.id == bindparam("drawing"))
)
_TEXT = (
    select(page_texts.c["items"])
    .join(drawings, drawings.c.id == page_texts.c.drawing_id)
    .where(
        drawings.c.owner == bindparam("owner"),
        drawings.c.id == bindparam("drawing"),
        page_texts.c.number == bindparam("page"),
    )
)


class DrawingStore:
    """Reads and writes drawings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, owner: str, drawing_id: str) -> DrawingRow | None:
        """The owner's drawing, or None."""
        found = await self._drawings(_ONE, {"owner": owner, "drawing": drawing_id})
        return found[0] if found else None

    async def find_content(self, owner: str, sha256: str) -> DrawingRow | None:
        """The owner's drawing with this content, or None."""
        found = await self._drawings(_BY_CONTENT, {"owner": owner, "sha256": sha256})
        return found[0] if found else None

    async def newest(
        self, owner: str, limit: int, before: tuple[float, str] | None
    ) -> list[DrawingRow]:
        """The owner's drawings, newest first; `before` is `(created_at, id)` of the last seen."""
        query = _NEWEST.limit(limit)
        if before is not None:
            query = query.where(tuple_(drawings.c.created_at, drawings.c.id) < tuple_(*before))
        return await self._drawings(query, {"owner": owner})

    async def add(self, owner: str, drawing: DrawingRow, texts: Sequence[Items]) -> None:
        """Insert a drawing with its pages and the texts of its first pages, as far as known."""
        values = asdict(drawing) | {"owner": owner, "warnings": list(drawing.warnings)}
        rows = [row | {"drawing_id": drawing.id} for row in values.pop("pages")]
        known = [
            {"drawing_id": drawing.id, "number": page.number, "items": items}
            for page, items in zip(drawing.pages, texts, strict=False)
        ]

        def write(sql: Connection) -> None:
            sql.execute(insert(drawings), values)
            for table, entries in ((pages, rows), (page_texts, known)):
                if entries:
                    sql.execute(insert(table), entries)

        await self._database.write(write, durable=True)

    async def remove(self, owner: str, drawing_id: str) -> bool:
        """Delete the owner's drawing; False if there is none."""
        deletion = delete(drawings).where(drawings.c.owner == owner, drawings.c.id == drawing_id)
        return await self._database.write(
            lambda sql: bool(sql.execute(deletion).rowcount), durable=True
        )

    async def has_content(self, sha256: str) -> bool:
        """True while any owner has a drawing with this content."""
        used = select(drawings.c.id).where(drawings.c.sha256 == sha256).limit(1)
        return await self._database.read(lambda sql: sql.scalar(used) is not None)

    async def page_text(self, owner: str, drawing_id: str, page: int) -> Items | None:
        """A page's text items; None if they have not been read yet."""
        key = {"owner": owner, "drawing": drawing_id, "page": page}
        items: Items | None = await self._database.read(lambda sql: sql.scalar(_TEXT, key))
        return items

    async def page_texts(self, owner: str, drawing_id: str) -> dict[int, Items]:
        """The text items of all pages that have been read, by number."""
        key = {"owner": owner, "drawing": drawing_id}
        return await self._database.read(
            lambda sql: {number: items for number, items in sql.execute(_TEXTS, key)}
        )

    async def save_page_text(
        self, owner: str, drawing_id: str, page: int, items: Items, source: str
    ) -> bool:
        """Store a page's text and its source; False if the drawing has been deleted."""
        owned = select(drawings.c.id).where(drawings.c.owner == owner, drawings.c.id == drawing_id)
        mark = (
            update(pages)
            .where(pages.c.drawing_id.in_(owned), pages.c.number == page)
            .values(text_source=source)
        )
        row = {"drawing_id": drawing_id, "number": page}
        old = delete(page_texts).filter_by(**row)

        def write(sql: Connection) -> bool:
            if not sql.execute(mark).rowcount:
                return False
            sql.execute(old)
            sql.execute(insert(page_texts), row | {"items": items})
            return True

        return await self._database.write(write)

    async def _drawings(
        self, query: Select[*tuple[Any, ...]], values: dict[str, Any]
    ) -> list[DrawingRow]:
        return await self._database.read(lambda sql: _with_pages(sql, query, values))


def _with_pages(
    sql: Connection, query: Select[*tuple[Any, ...]], values: dict[str, Any]
) -> list[DrawingRow]:
    rows = sql.execute(query, values).all()
    found: dict[str, list[PageRow]] = {row.id: [] for row in rows}
    for drawing_id, *page in sql.execute(_PAGES, {"drawings": list(found)}) if found else ():
        found[drawing_id].append(PageRow(*page))
    return [DrawingRow(**row._mapping, pages=found[row.id]) for row in rows]
