"""Writes a page as Markdown: title block, tables, dimensions, notes, and every other line
of text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.extraction.tables.sheet_page import SheetPage
from backend.extraction.tables.table import COLUMNS, Field, Row, Table

_SOURCES = {"vector": "exact text", "ocr": "recognised text, check by eye", "none": "no text"}
NO_TEXT = "The sheet has no text."


def transcript_table(page: SheetPage, parts: Sequence[Table]) -> Table:
    """Return every run as a row; `markdown` is the whole page, with `parts` in front."""
    number = page.text.page
    rows = []
    for run in page.runs:
        cells = {"text": page.field([run])}
        if (zone := page.zones.at(run.box)) is not None:
            cells["zone"] = Field(zone, "computed", run.box, number, "computed")
        rows.append(Row(page.row_id("text", run.text, run.box), number, cells, run.box))
    notes = () if rows else (NO_TEXT,)
    return Table(
        "text", COLUMNS["text"], tuple(rows), notes, markdown="\n".join(_lines(page, parts))
    )


def _lines(page: SheetPage, parts: Sequence[Table]) -> Iterable[str]:
    text = page.text
    yield f"## Page {text.page}"
    yield ""
    yield f"{text.width:g} × {text.height:g} px, {_SOURCES[text.text_source]}."
    for part in parts:
        yield ""
        yield f"### {part.kind.replace('_', ' ').capitalize()}"
        yield ""
        yield from _table(part)
    yield ""
    yield "### All text"
    yield ""
    for run in page.runs:
        yield f"- {_escaped(run.text)}"
    yield ""


def _table(part: Table) -> Iterable[str]:
    columns = [column for column in part.columns if any(row.value(column) for row in part.rows)]
    rows = [row for row in part.rows if part.kind != "title_block" or row.value("value")]
    if not columns or not rows:
        yield from part.notes or ("None.",)
        return
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(_cell(row, column) for column in columns) + " |"


def _cell(row: Row, column: str) -> str:
    return _escaped(row.value(column) or "")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
