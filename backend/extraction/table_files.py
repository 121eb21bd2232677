"""Tables as files: CSV, XLSX, JSON. Text of a drawing is always text there, never a formula.

XLSX cells get the type of a string whatever they begin with; a CSV cell that a spreadsheet would
take for a formula gets an apostrophe in front.
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

#: What follows a table's own columns: the page, and what to look at before trusting the row.
PAGE, CHECK = "page", "check"

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
#: What a spreadsheet begins a formula with; tabs and line ends can hide one.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_SURE = ("found", "computed", "corrected", "missing")
#: A cell of a spreadsheet holds no more characters.
_LONGEST = 32_767
_WIDEST = 60

Cell = str | int | float | None


def header(table: Table) -> list[str]:
    """The columns of every export of the table."""
    return [*table.columns, PAGE, CHECK]


def rows_of(table: Table) -> list[list[str | None]]:
    """The cells under the header, as text; None where there is nothing."""
    return [
        [*(row.value(column) for column in table.columns), str(row.page), _check(row)]
        for row in table.rows
    ]


def to_json(table: Table) -> bytes:
    """The table with all that is known of every field."""
    return json.dumps(table.to_json(), ensure_ascii=False, indent=1).encode()


def to_csv(head: Sequence[str], rows: Iterable[Sequence[str | None]]) -> bytes:
    """UTF-8 with a mark at the beginning, by which spreadsheets know it."""
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
    """A workbook: a sheet with `above` lines, the heading and the rows; another with the notes."""
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
    """The table as a workbook; numbers are numbers, everything else is text."""
    return to_xlsx(
        table.kind, header(table), rows_of(table), numeric=NUMERIC | {PAGE}, notes=table.notes
    )


def table_csv(table: Table) -> bytes:
    """The table as CSV."""
    return to_csv(header(table), rows_of(table))


def cell_value(column: str, text: str | None) -> Cell:
    """What a spreadsheet holds for a cell: a number in a column of numbers, else the text."""
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
    """The columns whose value is not certain, with why."""
    doubtful = [f"{name}: {cell.status}" for name, cell in row.cells.items()
                if cell.status not in _SURE]  # fmt: skip
    recognised = any(cell.source == "ocr" for cell in row.cells.values())
    return ", ".join([*doubtful, *(["recognised text"] if recognised else [])]) or None
