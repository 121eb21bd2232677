"""Conversions between database rows or JSON and the value types of `backend/drawing.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from backend.drawing import DrawingInfo, PageInfo, TextItem, TextSource
from backend.geometry import Box
from backend.storage.drawings import DrawingRow, PageRow
from backend.storage.pagination import cursor_of


@dataclass(frozen=True, slots=True)
class StoredDrawing:
    """A drawing's info plus fields that only the server needs."""

    info: DrawingInfo
    format: str
    created_at: float

    @property
    def cursor(self) -> str:
        """The `before` value that continues a list after this drawing."""
        return cursor_of(self.created_at, self.info.id)


def stored_drawing(row: DrawingRow) -> StoredDrawing:
    """Build a drawing from its database row."""
    info = DrawingInfo(
        id=row.id,
        name=row.name,
        media_type=row.media_type,
        bytes=row.bytes,
        sha256=row.sha256,
        pages=tuple(_page_info(page) for page in row.pages),
        warnings=tuple(row.warnings),
    )
    return StoredDrawing(info, row.format, row.created_at)


def drawing_row(drawing: StoredDrawing) -> DrawingRow:
    """Build the database row for a drawing."""
    info = drawing.info
    return DrawingRow(
        id=info.id,
        name=info.name,
        format=drawing.format,
        media_type=info.media_type,
        bytes=info.bytes,
        sha256=info.sha256,
        warnings=info.warnings,
        created_at=drawing.created_at,
        pages=[
            PageRow(page.number, page.width, page.height, page.dpi, page.label, page.text_source)
            for page in info.pages
        ],
    )


def page_info(number: int, canvas: Mapping[str, Any]) -> PageInfo:
    """Build a page from an ingest worker's result."""
    label = canvas["label"]
    return PageInfo(
        number,
        canvas["width"],
        canvas["height"],
        canvas["text_source"],
        canvas["dpi"],
        None if label is None else label[:255],
    )


def text_items(values: Sequence[Mapping[str, Any]]) -> list[TextItem]:
    """Build text items from JSON values: a database row or a worker's result."""
    return [_text_item(value) for value in values]


def _text_item(value: Mapping[str, Any]) -> TextItem:
    cell = value.get("cell")
    boxes = {"box": Box(*value["box"]), "cell": None if cell is None else Box(*cell)}
    return TextItem(**{**value, **boxes})


def text_values(items: Sequence[TextItem]) -> list[dict[str, Any]]:
    """Convert text items to JSON values."""
    return [item.values() for item in items]


def _page_info(row: PageRow) -> PageInfo:
    source = cast(TextSource, row.text_source)
    return PageInfo(row.number, row.width, row.height, source, row.dpi, row.label)
