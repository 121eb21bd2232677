"""Between rows of the database and the plain values of `sheet.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from backend.drawing import DrawingFacts, PageFacts, TextItem, TextSource
from backend.storage.drawings import DrawingRow, PageRow
from backend.storage.pagination import cursor_of


@dataclass(frozen=True, slots=True)
class StoredDrawing:
    """A drawing's facts with what only the server needs."""

    facts: DrawingFacts
    format: str
    created_at: float

    @property
    def cursor(self) -> str:
        """The `before` of what follows it in a list."""
        return cursor_of(self.created_at, self.facts.id)


def stored_drawing(row: DrawingRow) -> StoredDrawing:
    """From a row."""
    facts = DrawingFacts(
        id=row.id,
        name=row.name,
        media_type=row.media_type,
        bytes=row.bytes,
        sha256=row.sha256,
        pages=tuple(_page_facts(page) for page in row.pages),
        warnings=tuple(row.warnings),
    )
    return StoredDrawing(facts, row.format, row.created_at)


def drawing_row(drawing: StoredDrawing) -> DrawingRow:
    """To a row."""
    facts = drawing.facts
    return DrawingRow(
        id=facts.id,
        name=facts.name,
        format=drawing.format,
        media_type=facts.media_type,
        bytes=facts.bytes,
        sha256=facts.sha256,
        warnings=facts.warnings,
        created_at=drawing.created_at,
        pages=[
            PageRow(page.number, page.width, page.height, page.dpi, page.label, page.text_source)
            for page in facts.pages
        ],
    )


def page_facts(number: int, canvas: Mapping[str, Any]) -> PageFacts:
    """From what an ingest worker answered about a page."""
    label = canvas["label"]
    return PageFacts(
        number,
        canvas["width"],
        canvas["height"],
        canvas["text_source"],
        canvas["dpi"],
        None if label is None else label[:255],
    )


def text_items(values: Sequence[Mapping[str, Any]]) -> list[TextItem]:
    """From JSON values, of a row or of a worker's answer."""
    return [_text_item(value) for value in values]


def _text_item(value: Mapping[str, Any]) -> TextItem:
    cell = value.get("cell")
    boxes = {"box": tuple(value["box"]), "cell": None if cell is None else tuple(cell)}
    return TextItem(**{**value, **boxes})


def text_values(items: Sequence[TextItem]) -> list[dict[str, Any]]:
    """To JSON values."""
    return [item.values() for item in items]


def _page_facts(row: PageRow) -> PageFacts:
    source = cast(TextSource, row.text_source)
    return PageFacts(row.number, row.width, row.height, source, row.dpi, row.label)
