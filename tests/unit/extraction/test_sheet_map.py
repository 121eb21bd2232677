"""The map of a sheet: views out of what is drawn, their names, tables and notes left out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PIL import Image, ImageDraw

from backend.evidence.index.sheet_index import PageText
from backend.extraction.model_merge import merged
from backend.extraction.tables.page_tables import PageExtraction
from backend.extraction.tables.table import Row
from backend.geometry import Box
from backend.model.service import ModelImage
from tests.sheet_texts import TITLE_BLOCK, Placed, page_of

#: Canvas pixels for one of the small picture.
SCALE = 2.5
FRAME: Box = Box(240, 120, 3150, 2240)
FRONT: Box = Box(600, 500, 900, 600)
SIDE: Box = Box(1900, 520, 200, 560)
TOP: Box = Box(620, 1350, 860, 300)
PICTORIAL: Box = Box(2700, 1200, 400, 350)


def sketch(*boxes: Box, frame: Box | None = FRAME) -> ModelImage:
    """A page of 3508 × 2480 canvas pixels with these rectangles, each with its diagonals."""
    image = Image.new("RGB", (round(3508 / SCALE), round(2480 / SCALE)), "white")
    draw = ImageDraw.Draw(image)
    for number, (x, y, width, height) in enumerate([*([frame] if frame else []), *boxes]):
        corners = (x / SCALE, y / SCALE, (x + width) / SCALE, (y + height) / SCALE)
        draw.rectangle(corners, outline="black")
        if number or not frame:
            draw.line(corners, fill="grey")
    return ModelImage("k", *image.size, image.tobytes())


def dimension_at(box: Box, text: str = "44") -> Placed:
    """A text within a box."""
    return (text, box[0] + box[2] / 2, box[1] + 20, 63, 41)


def rows_of(page: PageText, image: ModelImage | None) -> Sequence[Row]:
    rows = PageExtraction(page, image).table("views").rows
    return [row for row in rows if row.value("kind") not in ("title_block", "notes")]


def kinds(rows: Sequence[Row]) -> dict[str, Box]:
    return {row.value("kind") or "": row.box for row in rows if row.box}


def test_views_in_line_with_the_front_view_are_side_and_top() -> None:
    page = page_of(*TITLE_BLOCK, dimension_at(FRONT), dimension_at(SIDE), dimension_at(TOP))
    rows = rows_of(page, sketch(FRONT, SIDE, TOP, PICTORIAL))
    found = kinds(rows)
    assert set(found) == {"front", "side", "top", "isometric"}
    wanted = {"front": FRONT, "side": SIDE, "top": TOP, "isometric": PICTORIAL}
    for kind, box in wanted.items():
        assert found[kind] == pytest.approx(box, abs=3 * SCALE)
    assert all(row.cells["kind"].status == "by_eye" for row in rows)
    assert rows[0].value("zone") == "B2"


def test_a_view_out_of_line_with_a_dimension_is_just_a_view() -> None:
    page = page_of(*TITLE_BLOCK, dimension_at(FRONT), dimension_at(PICTORIAL))
    assert set(kinds(rows_of(page, sketch(FRONT, PICTORIAL)))) == {"front", "view"}


def test_a_name_beside_a_view_is_its_own() -> None:
    name: Placed = ("SECTION A-A", SIDE[0], SIDE[1] + SIDE[3] + 30, 300, 40)
    page = page_of(*TITLE_BLOCK, dimension_at(FRONT), name)
    rows = rows_of(page, sketch(FRONT, SIDE))
    (section,) = [row for row in rows if row.value("kind") == "section"]
    assert section.value("name") == "SECTION A-A"
    assert section.cells["name"].status == "found"
    assert section.box == pytest.approx((1900, 520, 300, 630), abs=3 * SCALE)
    assert [row.value("kind") for row in rows] == ["section", "front"]


def test_a_name_without_a_view_keeps_its_own_box() -> None:
    page = page_of(*TITLE_BLOCK, dimension_at(FRONT), ("DETAIL B (2:1)", 2600, 900, 300, 40))
    assert kinds(rows_of(page, sketch(FRONT)))["detail"] == (2600, 900, 300, 40)


def test_without_a_picture_only_names_are_known() -> None:
    table = PageExtraction(page_of(*TITLE_BLOCK, dimension_at(FRONT))).table("views")
    assert [row.value("kind") for row in table.rows] == ["title_block"]
    assert table.notes


@pytest.mark.parametrize("frame", [FRAME, None])
def test_frame_and_title_block_are_no_views(frame: Box | None) -> None:
    page = page_of(*TITLE_BLOCK, dimension_at(FRONT))
    block = PageExtraction(page).title.box
    assert block is not None
    assert set(kinds(rows_of(page, sketch(FRONT, block, frame=frame)))) == {"front"}


def test_lettering_and_a_symbol_are_no_views() -> None:
    symbol: Box = Box(2700, 700, 260, 110)
    note: Placed = ("DEBURR ALL EDGES AND CLEAN", 300, 1900, 600, 60)
    page = page_of(*TITLE_BLOCK, dimension_at(FRONT), ("Ra 6,5", 2770, 710, 180, 90), note)
    words: Box = note[1:5]
    assert set(kinds(rows_of(page, sketch(FRONT, symbol, words)))) == {"front"}


def test_an_empty_sheet_has_an_empty_map() -> None:
    assert rows_of(page_of(), sketch()) == []
    assert rows_of(page_of(("A", 900, 900, 30, 40)), sketch(frame=None)) == []


def test_a_field_of_many_symbols_is_no_set_of_views() -> None:
    boxes = [(400.0 + 400 * x, 300.0 + 330 * y, 250.0, 200.0) for x in range(6) for y in range(5)]
    assert rows_of(page_of(("12", 420, 330, 40, 36)), sketch(*boxes)) == []


def test_the_model_says_what_a_nameless_view_is_and_leaves_its_outline() -> None:
    page = PageExtraction(page_of(*TITLE_BLOCK, dimension_at(FRONT)), sketch(FRONT, SIDE))
    x, y, width, height = SIDE
    box = [x / 3.508, y / 2.48, (x + width) / 3.508, (y + height) / 2.48]
    reading = {"rows": [{"name": "Cut", "kind": "section", "box": [*map(round, box)]}]}
    before = page.table("views")
    after = merged(page, before, reading)
    (section,) = [row for row in after.rows if row.value("kind") == "section"]
    assert section.box == pytest.approx(SIDE, abs=3 * SCALE)
    assert section.cells["name"].source == "model"
    assert len(after.rows) == len(before.rows)
