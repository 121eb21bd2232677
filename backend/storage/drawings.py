"""Drawings, pages and their text in the database. Every query names the owner.

Knows rows only; not files, formats or HTTP. Deleting a drawing removes its pages and texts by
cascade.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.storage.tables import Drawing, Page, PageText

#: A drawing's row with its pages' rows, by number.
DrawingRows = tuple[Drawing, list[Page]]


async def find(session: AsyncSession, owner: str, drawing_id: str) -> DrawingRows | None:
    """The owner's drawing, or None."""
    row = await session.scalar(
        select(Drawing).where(Drawing.owner == owner, Drawing.id == drawing_id)
    )
    return None if row is None else (row, (await _pages(session, [row])).get(row.id, []))


async def find_content(session: AsyncSession, owner: str, sha256: str) -> DrawingRows | None:
    """The owner's drawing with this content, or None."""
    row = await session.scalar(
        select(Drawing).where(Drawing.owner == owner, Drawing.sha256 == sha256)
    )
    return None if row is None else (row, (await _pages(session, [row])).get(row.id, []))


async def newest(
    session: AsyncSession, owner: str, limit: int, before: tuple[float, str] | None
) -> list[DrawingRows]:
    """The owner's drawings, newest first; `before` is `(created_at, id)` of the last one seen."""
    query = select(Drawing).where(Drawing.owner == owner)
    if before is not None:
        at, drawing_id = before
        same_moment = and_(Drawing.created_at == at, Drawing.id < drawing_id)
        query = query.where(or_(Drawing.created_at < at, same_moment))
    query = query.order_by(Drawing.created_at.desc(), Drawing.id.desc()).limit(limit)
    rows = (await session.scalars(query)).all()
    pages = await _pages(session, rows)
    return [(row, pages.get(row.id, [])) for row in rows]


async def insert(session: AsyncSession, drawing: Drawing, pages: Sequence[Page]) -> None:
    """Add a drawing with its pages; the rows carry the owner and the ids."""
    session.add(drawing)
    await session.flush()
    session.add_all(pages)


async def remove(session: AsyncSession, owner: str, drawing_id: str) -> str | None:
    """Delete the owner's drawing; its content's hash, or None where there is none."""
    owned = Drawing.owner == owner, Drawing.id == drawing_id
    sha256: str | None = await session.scalar(select(Drawing.sha256).where(*owned))
    if sha256 is not None:
        await session.execute(delete(Drawing).where(*owned))
    return sha256


async def content_is_used(session: AsyncSession, sha256: str) -> bool:
    """True while any owner has a drawing with this content."""
    count = await session.scalar(
        select(func.count()).select_from(Drawing).where(Drawing.sha256 == sha256)
    )
    return bool(count)


async def page_text(
    session: AsyncSession, owner: str, drawing_id: str, page: int
) -> list[dict[str, Any]] | None:
    """A page's text items; None where they have not been read yet."""
    items: list[dict[str, Any]] | None = await session.scalar(
        select(PageText.items)
        .join(Drawing, Drawing.id == PageText.drawing_id)
        .where(Drawing.owner == owner, Drawing.id == drawing_id, PageText.number == page)
    )
    return items


async def page_texts(
    session: AsyncSession, owner: str, drawing_id: str
) -> dict[int, list[dict[str, Any]]]:
    """The text items of all pages that have been read, by number."""
    found = await session.execute(
        select(PageText.number, PageText.items)
        .join(Drawing, Drawing.id == PageText.drawing_id)
        .where(Drawing.owner == owner, Drawing.id == drawing_id)
    )
    return {number: items for number, items in found}


async def save_page_text(
    session: AsyncSession,
    owner: str,
    drawing_id: str,
    page: int,
    items: list[dict[str, Any]],
    source: str,
) -> bool:
    """Keep a page's text and where it came from; False when the drawing has gone meanwhile."""
    row = await session.scalar(
        select(Page)
        .join(Drawing, Drawing.id == Page.drawing_id)
        .where(Drawing.owner == owner, Drawing.id == drawing_id, Page.number == page)
    )
    if row is None:
        return False
    row.text_source = source
    await session.merge(PageText(drawing_id=drawing_id, number=page, items=items))
    return True


async def _pages(session: AsyncSession, drawings: Sequence[Drawing]) -> dict[str, list[Page]]:
    found: dict[str, list[Page]] = {}
    wanted = [drawing.id for drawing in drawings]
    query = select(Page).where(Page.drawing_id.in_(wanted)).order_by(Page.drawing_id, Page.number)
    for page in await session.scalars(query):
        found.setdefault(page.drawing_id, []).append(page)
    return found
