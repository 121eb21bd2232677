"""Title block, parts list and revision table from the places of texts."""

from __future__ import annotations

import pytest

from backend.evidence.index.sheet_index import PageText
from backend.extraction.tables.labels import label_and_rest, title_label
from backend.extraction.tables.page_tables import extract
from backend.extraction.tables.table import Table
from tests.sheet_texts import TITLE_BLOCK, Placed, page_of, row_of


def fields(page: PageText) -> dict[str, tuple[str | None, str]]:
    return {
        row.value("field") or "": (row.cells["value"].value, row.cells["value"].status)
        for row in extract("title_block", [page]).rows
    }


def cells(table: Table) -> list[dict[str, str | None]]:
    return [{name: cell.value for name, cell in row.cells.items()} for row in table.rows]


def test_title_block_values_stand_in_their_cells() -> None:
    found = fields(page_of(*TITLE_BLOCK))
    assert {name: value for name, (value, status) in found.items() if status == "found"} == {
        "number": "83-8834",
        "title": "FLANGE",
        "material": "S235JR",
        "scale": "1:2",
        "general_tolerance": "ISO 2768-mK",
        "drawn": "M. NOVAK",
    }


def test_a_grid_letter_is_no_revision_and_missing_is_said() -> None:
    table = extract("title_block", [page_of(*TITLE_BLOCK)])
    rows = {row.value("field"): row.cells["value"] for row in table.rows}
    assert rows["revision"].value is None
    assert rows["revision"].status == "missing"
    assert rows["revision"].box == (2983, 1949, 85, 36)  # its empty cell
    assert rows["mass"].status == "missing"
    assert rows["mass"].box is None
    assert rows["projection"].note is not None  # a label, its symbol is drawn


def test_an_empty_cell_does_not_take_the_next_cells_value() -> None:
    texts = [text for text in TITLE_BLOCK if text[0] not in ("M. NOVAK", "S235JR")]
    found = fields(page_of(*texts, ("NORDWERK", 1301, 2300 + 100, 300, 61)))
    assert found["drawn"] == (None, "missing")
    assert found["material"] == (None, "missing")


def test_every_found_field_has_its_place() -> None:
    for row in extract("title_block", [page_of(*TITLE_BLOCK)]).rows:
        cell = row.cells["value"]
        if cell.status == "found":
            assert cell.box is not None
            assert (cell.page, cell.source) == (1, "vector")


def test_recognised_text_is_marked_and_no_text_is_said() -> None:
    table = extract("title_block", [page_of(*TITLE_BLOCK, source="ocr")])
    assert {cell.source for row in table.rows if (cell := row.cells["value"]).value} == {"ocr"}
    assert "recognised" in table.notes[-1]
    empty = extract("dimensions", [PageText("d", 3, [], "none", 100, 100)])
    assert empty.rows == ()
    assert "page 3 has no text" in empty.notes[0].casefold()


@pytest.mark.parametrize(
    ("text", "field"),
    [("Zeichnungs-Nr.", "number"), ("MAßSTAB:", "scale"), ("CHK'D", "checked"),
     ("척도", "scale"), ("Allgemeintol.", "general_tolerance"), ("FLANGE", None)],
)  # fmt: skip
def test_labels_of_three_languages(text: str, field: str | None) -> None:
    assert title_label(text) == field


def test_label_and_value_in_one_run() -> None:
    assert label_and_rest("SCALE:2:1") == ("scale", "2:1", True)
    assert label_and_rest("SHEET 1 OF 1") == ("sheet", "1 OF 1", False)
    assert label_and_rest("Title") is None


def bom(rows: list[Placed], direction: int = 1) -> Table:
    heading = row_of(1000, ("Item", 2739), ("Qty", 2926), ("Description", 3140),
                     ("Standard / Material", 4059))  # fmt: skip
    return extract("bom", [page_of(*heading, *rows, size=(4961, 3508))])


def test_parts_list_downwards() -> None:
    rows = [
        *row_of(1083, ("1", 2739), ("1", 2928), ("BASE PLATE", 3140), ("EN AW-6082", 4062)),
        *row_of(1166, ("2", 2739), ("12", 2925), ("HEX BOLT", 3140), ("ISO 4017", 4062)),
        *row_of(1206, ("M8 x 20, ZINC PLATED", 3140)),
        *row_of(1320, ("3", 2739), ("WASHER", 3140)),
    ]
    assert cells(bom(rows)) == [
        {"item": "1", "quantity": "1", "description": "BASE PLATE", "material": "EN AW-6082"},
        {"item": "2", "quantity": "12", "description": "HEX BOLT M8 x 20, ZINC PLATED",
         "standard": "ISO 4017"},
        {"item": "3", "description": "WASHER"},
    ]  # fmt: skip


def test_parts_list_that_grows_upwards() -> None:
    rows = [
        *row_of(917, ("1", 2739), ("1", 2928), ("PLATE", 3140)),
        *row_of(834, ("2", 2739), ("4", 2928), ("BOLT", 3140)),
    ]
    assert [row["item"] for row in cells(bom(rows))] == ["1", "2"]


def test_parts_list_ends_where_the_title_block_begins() -> None:
    rows = [
        *row_of(1083, ("1", 2739), ("1", 2928), ("PLATE", 3140)),
        *row_of(1166, ("Title", 3140), ("Scale", 4059)),
        *row_of(1249, ("2", 2739), ("4", 2928), ("BOLT", 3140)),
    ]
    assert len(bom(rows).rows) == 1


def revisions(*rows: Placed) -> Table:
    heading = row_of(143, ("Rev.", 3447), ("Change", 3588), ("Date", 4203), ("Name", 4534))
    return extract("revisions", [page_of(*heading, *rows, size=(4961, 3508))])


def test_revision_table_in_the_upper_corner() -> None:
    """Its letters stand in the margin, in line, as the grid's do, but closer together."""
    letters = ["A", "B", "C", "D"]
    rows = [
        one
        for place, letter in enumerate(letters)
        for one in row_of(226 + 83 * place, (letter, 3447), ("HOLES ADDED", 3589),
                          ("05.08.2016", 4202), ("R. LANGE", 4534))
    ]  # fmt: skip
    assert cells(revisions(*rows)) == [
        {"revision": letter, "description": "HOLES ADDED", "date": "05.08.2016",
         "name": "R. LANGE"}
        for letter in letters
    ]  # fmt: skip


def test_two_cells_in_one_run_are_cut_under_the_next_heading() -> None:
    wide = "WERKSTOFF GEAENDERT 2016-10-11"
    table = revisions(("A", 3447, 226, 24, 36), (wide, 3589, 226, 860, 36))
    assert cells(table) == [
        {"revision": "A", "description": "WERKSTOFF GEAENDERT", "date": "2016-10-11"}
    ]


def test_no_table_is_said_and_not_invented() -> None:
    page = page_of(*TITLE_BLOCK)
    for kind in ("bom", "revisions"):
        table = extract(kind, [page])  # type: ignore[arg-type]
        assert table.rows == ()
        assert table.notes[0].startswith("The sheet's text has no")


def test_title_block_behind_its_revision_table_is_said() -> None:
    heading = row_of(143, ("Rev.", 2447), ("Change", 2588), ("Date", 3003))
    rows = row_of(226, ("A", 2447), ("FIRST ISSUE", 2588)) + row_of(309, ("B", 2447), ("X", 2588))
    page = page_of(*TITLE_BLOCK, ("A", 3000, 1997, 44, 61), *heading, *rows)
    assert any("revision A" in note and "to B" in note
               for note in extract("title_block", [page]).notes)  # fmt: skip


def cells_of(*cells: tuple[str, str]) -> list[Placed]:
    """A title block of small labels with their values below, three cells in a row."""
    placed: list[Placed] = []
    for number, (label, value) in enumerate(cells):
        x, y = 2000 + number % 3 * 480, 1700 + number // 3 * 110
        placed.append((label, x, y, len(label) * 14, 26))
        if value:
            placed.append((value, x + 14, y + 34, len(value) * 24, 44))
    return placed


@pytest.mark.parametrize(
    "cells",
    [
        {"DWG. NO.": ("number", "100-2345"), "CAGE CODE": None, "REV": ("revision", "1.0"),
         "TITLE": ("title", "BRACKET, MOUNTING"), "SHT": ("sheet", "1 OF 2"),
         "APPD": ("approved", "M. ROSS"), "FINISH": ("finish", "ANODIZE"),
         "DO NOT SCALE DRAWING": None, "SCALE": ("scale", "N.T.S.")},
        {"Benennung": ("title", "Welle"), "Ident-Nr.": ("number", "100234"),
         "Änd.-Index": ("revision", "B"), "Maßstab": ("scale", "M 1:2,5"),
         "Erstellt von": ("drawn", "Meier"), "Geprüft von": ("checked", "Schulz"),
         "Freigegeben von": ("approved", "Koch"), "Allgemeintoleranz": (
             "general_tolerance", "ISO 2768 mK")},
        {"품 명": ("title", "브래킷"), "도 번": ("number", "DWG-1024"),
         "재 질": ("material", "SM45C"), "척 도": ("scale", "1 : 2"),
         "제 도": ("drawn", "김철수"), "검 도": ("checked", "이영희"),
         "승 인": ("approved", "박민수"), "날 짜": ("date", "2024. 03. 12"),
         "투 상 법": ("projection", "제3각법")},
    ],
)  # fmt: skip
def test_title_blocks_have_their_own_words(cells: dict[str, tuple[str, str] | None]) -> None:
    placed = cells_of(*((label, field[1] if field else "") for label, field in cells.items()))
    rows = extract("title_block", [page_of(*placed)]).rows
    found = {row.value("field"): row.value("value") for row in rows if row.value("value")}
    assert found == dict(field for field in cells.values() if field)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("DWG. NO.: X-1", ("number", "X-1", True)), ("재 질 : SM45C", ("material", "SM45C", True)),
     ("Zeichn.-Nr. 44", ("number", "44", False)), ("Dwg.No.", None), ("Mat'l.", None)],
)  # fmt: skip
def test_a_label_and_its_value_in_one_run(text: str, expected: tuple[str, str, bool]) -> None:
    assert label_and_rest(text) == expected
    assert expected is not None or title_label(text) is not None
