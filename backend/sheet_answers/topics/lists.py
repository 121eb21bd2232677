"""Answers questions about the parts list, notes, revisions and views."""

from __future__ import annotations

import re
from collections.abc import Sequence

from backend.extraction.tables.table import Kind, Row
from backend.sheet_answers.names import name_of
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.question import Question
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.sheet import Sheet
from backend.sheet_answers.vocabulary.written import PART_WORDS

MOST_ROWS = 30
_PART_COLUMNS = ("description", "part_number", "standard", "material", "mass", "remark")
_REVISION_COLUMNS = ("description", "zone", "date", "name")


def answer_parts(reply: Reply, sheet: Sheet, item: str | None, *, count: bool = False) -> None:
    """List the parts, or the row of one item."""
    rows = sheet.rows("bom")
    if not rows:
        _none(reply, sheet, "bom")
        return
    if item is not None:
        _one_item(reply, sheet, rows, item)
        return
    reply.line(phrase(reply.language, "items", count=len(rows)))
    pieces = [row.value("quantity") for row in rows]
    if count and all(value and value.isdigit() for value in pieces):
        total = sum(int(value) for value in pieces if value)
        reply.say(phrase(reply.language, "pieces", count=total))
    for row in rows[:MOST_ROWS]:
        reply.line("- ")
        _part(reply, sheet, row)
    if len(rows) > MOST_ROWS:
        reply.line(phrase(reply.language, "and_more", count=len(rows) - MOST_ROWS))


def named_parts(sheet: Sheet, asked: Question) -> list[Row]:
    """Return the parts list rows that the question names by one of their words, in any language."""
    text = asked.text.casefold()
    words = [word.casefold().rstrip("s") for word in asked.unknown if len(word) > 3]
    groups = [pattern for pattern in PART_WORDS if pattern.search(text)]
    return [
        row
        for row in sheet.rows("bom")
        if any(word in cells or (cells.find(word[:-1]) >= 0 and len(word) > 6)
               for word in words for cells in (_cells(row),))
        or any(pattern.search(row.value("description") or "") for pattern in groups)
    ]  # fmt: skip


def _cells(row: Row) -> str:
    columns = ("description", "part_number", "standard")
    return " ".join(row.value(column) or "" for column in columns).casefold()


def answer_named_parts(reply: Reply, sheet: Sheet, asked: Question, rows: Sequence[Row]) -> None:
    """Answer rows of the parts list, the quantity first if the question asks for it."""
    for row in rows[:MOST_ROWS]:
        reply.line("- " if len(rows) > 1 else "")
        quantity = row.cells.get("quantity")
        counted = asked.has("measure", "count") and quantity is not None and quantity.value
        if counted and quantity is not None:
            reply.cell(quantity, sheet.drawing)
            reply.say(" × ")
        _part(reply, sheet, row, with_quantity=not counted)


def answer_notes(reply: Reply, sheet: Sheet) -> None:
    """List all notes of the sheet."""
    _listed(reply, sheet, "notes", "text")


def answer_views(reply: Reply, sheet: Sheet) -> None:
    """List the names of the views, without parts that are no views."""
    rows = [
        row for row in sheet.rows("views") if row.value("kind") in ("view", "section", "detail")
    ]
    if not rows:
        _none(reply, sheet, "views")
    for row in rows[:MOST_ROWS]:
        reply.line("- ")
        name = row.cells["name"]
        reply.cell(name, sheet.drawing)
        zone = row.value("zone")
        reply.say(phrase(reply.language, "in_zone", zone=zone) if zone else "")


def answer_revisions(reply: Reply, sheet: Sheet, wanted: str | None) -> None:
    """List the revision table, or the rows of one revision."""
    rows = sheet.rows("revisions")
    if not rows:
        _none(reply, sheet, "revisions")
        return
    if wanted is not None:
        chosen = [
            row for row in rows if (row.value("revision") or "").casefold() == wanted.casefold()
        ]
        if not chosen:
            reply.denies = sheet.complete
            reply.line(phrase(reply.language, "no_revision", name=wanted))
            return
        rows = chosen
    for row in rows[:MOST_ROWS]:
        reply.line("- " if len(rows) > 1 else "")
        first = row.cells.get("revision")
        if first is not None and first.value:
            reply.cell(first, sheet.drawing)
            reply.say(": ")
        _columns(reply, sheet, row, _REVISION_COLUMNS)


def revision_named(question: str, sheet: Sheet) -> str | None:
    """Return the revision that a question names: one in the table, as a word of its own."""
    known = {row.value("revision") or "" for row in sheet.rows("revisions")} - {""}
    words = re.findall(r"[A-Za-z0-9]+", question)
    upper = [word for word in words if word in known and (word.isupper() or word.isdigit())]
    if upper:
        return str(upper[-1])
    said = re.search(r"(?:rev(?:ision)?|index|stand|리비전)\.?\s*([A-Z]|\d{1,2})\b", question,
                     re.IGNORECASE)  # fmt: skip
    return str(said[1]).upper() if said else None


def _one_item(reply: Reply, sheet: Sheet, rows: Sequence[Row], item: str) -> None:
    for row in rows:
        if (row.value("item") or "").lstrip("0") == item.lstrip("0"):
            reply.line(phrase(reply.language, "item", item=item))
            _part(reply, sheet, row, with_item=False)
            return
    reply.denies = sheet.complete
    reply.line(phrase(reply.language, "no_item", item=item))


def _part(
    reply: Reply,
    sheet: Sheet,
    row: Row,
    *,
    with_item: bool = True,
    with_quantity: bool = True,
) -> None:
    item = row.cells.get("item")
    if with_item and item is not None and item.value:
        reply.cell(item, sheet.drawing)
        reply.say(": ")
    _columns(reply, sheet, row, _PART_COLUMNS)
    quantity = row.cells.get("quantity")
    if with_quantity and quantity is not None and quantity.value:
        before, after = phrase(reply.language, "quantity", value="\0").split("\0")
        reply.say(before)
        reply.cell(quantity, sheet.drawing)
        reply.say(after)


def _columns(reply: Reply, sheet: Sheet, row: Row, columns: Sequence[str]) -> None:
    first = True
    for column in columns:
        cell = row.cells.get(column)
        if cell is not None and cell.value:
            reply.say("" if first else ", ")
            reply.cell(cell, sheet.drawing)
            reply.qualify(cell)
            first = False


def _listed(reply: Reply, sheet: Sheet, kind: Kind, column: str) -> None:
    rows = sheet.rows(kind)
    if not rows:
        _none(reply, sheet, kind)
    for row in rows[:MOST_ROWS]:
        cell = row.cells.get(column)
        if cell is not None and cell.value:
            reply.line("- ")
            reply.cell(cell, sheet.drawing)
            reply.qualify(cell)
    if len(rows) > MOST_ROWS:
        reply.line(phrase(reply.language, "and_more", count=len(rows) - MOST_ROWS))


def _none(reply: Reply, sheet: Sheet, kind: str) -> None:
    reply.denies = sheet.complete
    reply.certain = reply.certain and sheet.complete
    key = "no_rows" if sheet.complete else "no_rows_read"
    reply.line(phrase(reply.language, key, what=name_of(reply.language, kind)))
    if sheet.recognised:
        reply.line(phrase(reply.language, "maybe_missing"))
