"""Applies people's corrections and the balloon numbers to a stored table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from backend.extraction.tables.table import Field, Row, Table
from backend.storage.extractions import BalloonRow, CorrectionRow, StoredExtraction

#: The column of a correction that removes a whole row, and its value.
ROW, REMOVED = "row", "removed"


def as_seen(stored: StoredExtraction) -> Table:
    """Return the table with its corrections, without the rows that a person removed."""
    table = Table.from_json(stored.result)
    if table.kind == "dimensions":
        table = _with_numbers(table, stored.balloons)
    return with_corrections(table, stored.corrections)


def with_corrections(table: Table, corrections: Iterable[CorrectionRow]) -> Table:
    """Return the table with `corrections` applied: the latest one of each cell."""
    by_row: dict[str, list[CorrectionRow]] = {}
    for one in corrections:
        by_row.setdefault(one.row, []).append(one)
    rows = [
        _corrected(row, by_row.get(row.id, ()))
        for row in table.rows
        if not any(one.column == ROW and one.value == REMOVED for one in by_row.get(row.id, ()))
    ]
    return replace(table, rows=tuple(rows))


def _corrected(row: Row, corrections: Iterable[CorrectionRow]) -> Row:
    for one in corrections:
        before = row.cells.get(one.column)
        cell = Field(
            one.value,
            "corrected",
            before.box if before else row.box,
            row.page,
            "person",
            was=before.value if before else None,
            by=one.by,
            at=one.at,
        )
        row = row.with_cell(one.column, cell)
    return row


def _with_numbers(table: Table, balloons: Iterable[BalloonRow]) -> Table:
    """Give each dimension the number of its balloon, and sort by these numbers."""
    numbers = {balloon.row: balloon.number for balloon in balloons}
    rows = [
        row.with_cell("number", replace(row.cells["number"], value=str(numbers[row.id])))
        if row.id in numbers
        else row
        for row in table.rows
    ]
    rows.sort(key=lambda row: numbers.get(row.id, len(numbers)))
    return replace(table, rows=tuple(rows))
