"""Tables as files: read back equal, and nothing of a drawing becomes a formula."""

from __future__ import annotations

import csv
import io
import json

import pytest
from openpyxl import load_workbook

from backend.extraction import table_files as export
from backend.extraction.inspection import as9102 as inspection
from backend.extraction.tables.page_tables import extract
from backend.extraction.tables.table import COLUMNS, Field, Row, Table
from tests.sheet_texts import TITLE_BLOCK, page_of

DANGEROUS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("x")')


def dimensions() -> Table:
    texts = [("Ø20 H7", 700, 800, 200, 46), ("4.00 +0.10/-0.20", 700, 1100, 300, 46)]
    return extract("dimensions", [page_of(*TITLE_BLOCK, *texts)])  # type: ignore[arg-type]


def notes_of(*texts: str) -> Table:
    rows = [
        Row(f"r{place}", 1, {"text": Field(text, "found", (0, 0, 9, 9), 1, "vector")})
        for place, text in enumerate(texts)
    ]
    return Table("notes", COLUMNS["notes"], tuple(rows))


def test_a_workbook_read_back_equals_the_table() -> None:
    table = dimensions()
    sheet = load_workbook(io.BytesIO(export.table_xlsx(table))).worksheets[0]
    lines = [list(line) for line in sheet.iter_rows(values_only=True)]
    head = export.header(table)
    assert lines[0] == head
    assert lines[1:] == [
        [export.cell_value(name, cell) for name, cell in zip(head, row, strict=True)]
        for row in export.rows_of(table)
    ]
    assert lines[1][head.index("largest")] == 20.021
    assert lines[2][head.index("lower")] == -0.2


def test_numbers_show_as_many_decimals_as_were_written() -> None:
    table = dimensions()
    sheet = load_workbook(io.BytesIO(export.table_xlsx(table))).worksheets[0]
    column = export.header(table).index("nominal") + 1
    assert sheet.cell(3, column).number_format == "0.00"


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_cell_is_text_whatever_it_begins_with(text: str) -> None:
    table = notes_of(text)
    book = load_workbook(io.BytesIO(export.table_xlsx(table)))
    cell = book.worksheets[0].cell(2, COLUMNS["notes"].index("text") + 1)
    assert cell.data_type == "s"
    assert cell.value == text
    line = list(csv.reader(io.StringIO(export.table_csv(table).decode("utf-8-sig"))))[1]
    assert line[COLUMNS["notes"].index("text")] == f"'{text}"


def test_signed_numbers_in_csv_stay_numbers() -> None:
    lines = list(csv.DictReader(io.StringIO(export.table_csv(dimensions()).decode("utf-8-sig"))))
    assert (lines[1]["upper"], lines[1]["lower"]) == ("+0.10", "-0.20")
    assert lines[0]["text"] == "Ø20 H7"


def test_control_characters_do_not_break_a_workbook() -> None:
    book = load_workbook(io.BytesIO(export.table_xlsx(notes_of("a\x00b\x0bc"))))
    assert book.worksheets[0].cell(2, 2).value == "abc"


def test_what_to_check_stands_beside_the_row() -> None:
    cells = {"text": Field("Ø20", "by_eye", None, 1, "model")}
    table = Table("notes", COLUMNS["notes"], (Row("r", 1, cells),))
    assert export.rows_of(table)[0][-1] == "text: by_eye"


def test_json_holds_every_field_with_its_place() -> None:
    values = json.loads(export.to_json(dimensions()))
    cell = values["rows"][0]["cells"]["nominal"]
    assert cell == {
        "value": "20",
        "status": "found",
        "box": [700, 800, 200, 46],
        "page": 1,
        "source": "vector",
    }


def test_inspection_list_has_the_columns_of_the_form() -> None:
    data = inspection.form_xlsx(dimensions(), {"number": "=83-8834", "title": "FLANGE"})
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    lines = [list(line) for line in sheet.iter_rows(values_only=True)]
    assert lines[0][:2] == ["1. Part Number", "=83-8834"]
    assert sheet.cell(1, 2).data_type == "s"
    start = next(place for place, line in enumerate(lines) if line[0] == inspection.COLUMNS[0])
    assert lines[start] == list(inspection.COLUMNS)
    first = dict(zip(inspection.COLUMNS, lines[start + 1], strict=True))
    assert first["5. Characteristic Number"] == 1
    assert first["6. Reference Location"] == "Sheet 1, B2"
    assert first["8. Requirement"] == "Ø20 H7"
    assert (first["Lower limit"], first["Upper limit"]) == (20, 20.021)
    assert first["12. Additional Data / Comments"] == "Limits by ISO 286 H7"
    assert first["9. Results"] is None
