"""Exports tables as CSV, XLSX and JSON. Text from a drawing stays text, never a formula.

XLSX cells have the string type, whatever their first character; a CSV cell that a spreadsheet would
take for a formula gets a leading apostrophe.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from backend.extraction.tables.table import NUMERIC, Row, Table

#: The columns after a table's own: the page, and the cells to check before trusting the row.
PAGE, CHECK = "page", "check"

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
#: The first characters of a spreadsheet formula; tabs and line ends can hide one.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_SURE = ("found", "computed", "corrected", "missing")
#: The most characters that a spreadsheet cell can hold.
_LONGEST = 32_767
_WIDEST = 60

Cell = str | int | float | None


def header(table: Table) -> list[str]:
    """Return the columns of every export of the table."""
    return [*table.columns, PAGE, CHECK]


def rows_of(table: Table) -> list[list[str | None]]:
    """Return the cells under the header as text; None for empty ones."""
    return [
        [*(row.value(column) for column in table.columns), str(row.page), _check(row)]
        for row in table.rows
    ]


def to_json(table: Table) -> bytes:
    """Return the table with all data of every field."""
    return json.dumps(table.to_json(), ensure_ascii=False, indent=1).encode()


def to_csv(head: Sequence[str], rows: Iterable[Sequence[str | None]]) -> bytes:
    """Return UTF-8 with a byte order mark, by which spreadsheets detect the encoding."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def to_xlsx(
    title: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    *,
    numeric: Iterable[str] = (),
    above: Sequence[Sequence[str]] = (),
    notes: Sequence[str] = (),
) -> bytes:
    """Return a workbook: a sheet with the `above` lines, the heading and the rows, and one with
    notes.
    """
    book = Workbook()
    sheet: Worksheet = book.worksheets[0]
    sheet.title = title[:31]
    line = 1
    for words in above:
        for column, text in enumerate(words, 1):
            _write(sheet, line, column, text)
        line += 1
    for column, text in enumerate(head, 1):
        _write(sheet, line, column, text)
        sheet.cell(line, column).font = Font(bold=True)
    sheet.freeze_panes = sheet.cell(line + 1, 1)
    widths = [len(text) for text in head]
    columns = {place for place, name in enumerate(head) if name in set(numeric)}
    for cells in rows:
        line += 1
        for place, cell in enumerate(cells):
            _write(sheet, line, place + 1, cell, number=place in columns)
            widths[place] = max(widths[place], len(cell or ""))
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = min(width + 2, _WIDEST)
    if notes:
        beside = book.create_sheet("Notes")
        for place, note in enumerate(notes, 1):
            _write(beside, place, 1, note)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def table_xlsx(table: Table) -> bytes:
    """Return the table as a workbook; numbers are numbers, everything else is text."""
    return to_xlsx(
        table.kind, header(table), rows_of(table), numeric=NUMERIC | {PAGE}, notes=table.notes
    )


def table_csv(table: Table) -> bytes:
    """Return the table as CSV."""
    return to_csv(header(table), rows_of(table))


def cell_value(column: str, text: str | None) -> Cell:
    """Return the spreadsheet value of a cell: a number in a numeric column, else the text."""
    if text is None or (column not in NUMERIC | {PAGE} or not _NUMBER.fullmatch(text)):
        return _printable(text) if text is not None else None
    return float(text) if "." in text else int(text)


def _write(
    sheet: Worksheet, line: int, column: int, text: str | None, number: bool = False
) -> None:
    if text is None:
        return
    cell: Any = sheet.cell(line, column)
    if number and _NUMBER.fullmatch(text):
        cell.value = float(text) if "." in text else int(text)
        decimals = len(text.partition(".")[2])
        form = "0" + ("." + "0" * decimals if decimals else "")
        cell.number_format = f"+{form};-{form};0" if text[0] in "+-" else form
        return
    cell.value = _printable(text)
    cell.data_type = "s"
    cell.quotePrefix = True


def _printable(text: str) -> str:
    clean: str = ILLEGAL_CHARACTERS_RE.sub("", text)
    return clean[:_LONGEST]


def _safe(cell: str | None) -> str:
    if cell is None:
        return ""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _check(row: Row) -> str | None:
    """List the columns whose value is uncertain, each with the reason."""
    doubtful = [f"{name}: {cell.status}" for name, cell in row.cells.items()
                if cell.status not in _SURE]  # fmt: skip
    recognised = any(cell.source == "ocr" for cell in row.cells.values())
    return ", ".join([*doubtful, *(["recognised text"] if recognised else [])]) or None
