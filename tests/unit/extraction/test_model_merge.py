"""What the model adds to the sheet's text, and what it does not get in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.evidence.index.sheet_index import PageText
from backend.extraction.model_merge import merged
from backend.extraction.model_reading import MAX_ROWS, parsed, schema_of
from backend.extraction.tables.page_tables import PageExtraction
from backend.extraction.tables.table import KINDS, Kind, Table
from tests.sheet_texts import TITLE_BLOCK, Placed, page_of, row_of


def merge(kind: Kind, reading: dict[str, Any], *texts: Placed, block: bool = True) -> Table:
    page = PageExtraction(page_of(*(TITLE_BLOCK if block else []), *texts))
    return merged(page, page.table(kind), reading)


def scan(kind: Kind, reading: dict[str, Any]) -> Table:
    page = PageExtraction(PageText("d", 1, [], "none", 3508, 2480))
    return merged(page, page.table(kind), reading)


def field(table: Table, name: str) -> Any:
    return next(row.cells["value"] for row in table.rows if row.value("field") == name)


def test_agreement_changes_nothing() -> None:
    table = merge("title_block", {"number": "83-8834", "material": "s235jr"})
    assert (field(table, "number").status, field(table, "material").value) == ("found", "S235JR")
    assert table.model


def test_text_wins_over_the_model_and_the_doubt_is_told() -> None:
    cell = field(merge("title_block", {"scale": "1:5"}), "scale")
    assert (cell.value, cell.status) == ("1:2", "disputed")
    assert "1:5" in cell.note


def test_what_the_labels_did_not_find_may_stand_on_the_sheet_after_all() -> None:
    maker = ("NORDWERK GMBH", 1301, 2400 - 600, 400, 61)
    cell = field(merge("title_block", {"company": "Nordwerk GmbH"}, maker), "company")
    assert (cell.status, cell.source, cell.box) == ("found", "vector", (1301, 1800, 400, 61))


@pytest.mark.parametrize(("name", "value"), [("revision", "A"), ("mass", "3.2 kg")])
def test_what_the_sheet_does_not_have_stays_missing(name: str, value: str) -> None:
    """The A is a letter of the frame, the mass is invented."""
    cell = field(merge("title_block", {name: value}), name)
    assert (cell.value, cell.status) == (None, "missing")
    assert value in cell.note


def test_a_drawn_symbol_is_read_by_eye() -> None:
    cell = field(merge("title_block", {"projection": "first angle"}), "projection")
    assert (cell.value, cell.status, cell.source) == ("first angle", "by_eye", "model")


def test_without_text_everything_is_by_eye() -> None:
    assert field(scan("title_block", {"number": "4711-2"}), "number").status == "by_eye"
    table = scan("dimensions", {"rows": [{"text": "Ø20 H7", "kind": "diameter"}]})
    cells = table.rows[0].cells
    assert (cells["nominal"].value, cells["nominal"].status) == ("20", "by_eye")
    assert (cells["largest"].value, cells["largest"].status) == ("20.021", "computed")


def test_a_dimension_only_the_model_has_is_not_taken_over() -> None:
    reading = {"rows": [{"text": "Ø20 H7"}, {"text": "44"}, {"text": "Ø99"}]}
    table = merge("dimensions", reading, ("Ø20 H7", 700, 800, 200, 46), ("44", 700, 1100, 63, 41))
    assert [row.value("text") for row in table.rows] == ["Ø20 H7", "44"]
    assert any("Ø99" in note for note in table.notes)


def test_a_dimension_that_stands_in_a_sentence_is_found_there() -> None:
    note = ("1. ALL UNMARKED RADII R3", 300, 1700, 500, 36)
    table = merge("dimensions", {"rows": [{"text": "R3"}]}, note)
    assert [(row.value("text"), row.cells["nominal"].status) for row in table.rows] == [
        ("R3", "found")
    ]


def test_rows_are_completed_and_invented_ones_refused() -> None:
    heading = row_of(1000, ("Item", 300), ("Qty", 500), ("Description", 700))
    rows = row_of(1083, ("1", 300), ("4", 500), ("BOLT", 700)) + row_of(1083, ("8.8", 1900))
    reading = {
        "rows": [
            {"item": "1", "quantity": "4", "description": "BOLT", "material": "8.8"},
            {"item": "9", "quantity": "2", "description": "SPRING"},
        ]
    }
    table = merge("bom", reading, *heading, *rows)
    (row,) = table.rows
    assert row.cells["material"].status == "found"
    assert any("SPRING" in note for note in table.notes)


def test_views_get_boxes_by_eye() -> None:
    front = {"name": "Front view", "kind": "front", "box": [100, 100, 500, 600]}
    inside_out = {"name": "Inside out", "kind": "front", "box": [500, 100, 400, 600]}
    table = merge("views", {"rows": [front, inside_out]})
    (row,) = [row for row in table.rows if row.value("kind") == "front"]
    assert row.box == pytest.approx((350.8, 248, 1403.2, 1240))
    assert row.cells["name"].status == "by_eye"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "text"])
def test_nonsense_of_the_model_does_no_harm(kind: Kind) -> None:
    for reading in ({}, {"rows": None}, {"rows": [None, 3, {"text": 5}, {"box": "x"}]},
                    {"number": {"a": 1}, "scale": ["x"], "mass": True}):  # fmt: skip
        plain = PageExtraction(page_of(*TITLE_BLOCK)).table(kind)
        assert merge(kind, reading).rows == plain.rows  # type: ignore[arg-type]


def test_a_list_that_was_cut_off_keeps_its_whole_rows() -> None:
    text = json.dumps({"rows": [{"text": "a"}, {"text": "b"}, {"text": "c"}]})
    assert parsed(text[:-12]) == {"rows": [{"text": "a"}, {"text": "b"}]}
    assert parsed("no JSON") == {"rows": []}
    assert parsed("[1]") == {}


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_bound_what_a_model_can_write(kind: Kind) -> None:
    schema = schema_of(kind)
    if kind == "text":
        assert schema is None
        return
    assert schema is not None
    assert schema["additionalProperties"] is False
    if kind != "title_block":
        assert schema["properties"]["rows"]["maxItems"] == MAX_ROWS
