"""Sheets that lie on their side in the file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.evidence.index.sheet_index import PageText
from backend.extraction.tables.page_tables import extract
from backend.extraction.tables.rotated_page import Turned
from backend.extraction.tables.table import Kind, Table
from backend.geometry import Box
from tests.sheet_texts import TITLE_BLOCK, Placed, page_of

DRAWING: list[Placed] = [
    ("Ø20 H7", 700, 800, 200, 46),
    ("7.50", 1200, 800, 110, 46), ("+0.10", 1330, 776, 90, 30), ("-0.20", 1330, 840, 90, 30),
    ("120.5", 500, 1100, 46, 130, 270.0),
    ("1. BREAK SHARP EDGES 0.5", 300, 1700, 500, 36),
]  # fmt: skip
UPRIGHT = page_of(*TITLE_BLOCK, *DRAWING)


def clockwise(box: Box, height: float) -> Box:
    """Where a box lies when its page of this height is turned by a quarter clockwise."""
    x, y, across, down = box
    return Box(height - y - down, x, down, across)


def turned(page: PageText, quarters: int) -> PageText:
    for _ in range(quarters):
        items = [
            replace(item, box=clockwise(item.box, page.height), angle=(item.angle + 90) % 360)
            for item in page.items
        ]
        page = replace(page, items=items, width=page.height, height=page.width)
    return page


def values(table: Table) -> list[dict[str, str | None]]:
    return [{name: cell.value for name, cell in row.cells.items()} for row in table.rows]


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("kind", ["title_block", "dimensions", "notes", "part_numbers", "text"])
def test_a_turned_sheet_gives_what_the_upright_one_gives(kind: Kind, quarters: int) -> None:
    upright, found = (extract(kind, [page]) for page in (UPRIGHT, turned(UPRIGHT, quarters)))
    assert values(found) == values(upright) and found.rows
    for row, other in zip(found.rows, upright.rows, strict=True):
        for place, box in ((row.box, other.box), *(
            (row.cells[name].box, cell.box) for name, cell in other.cells.items()
        )):  # fmt: skip
            assert (place is None) == (box is None)
            if place is not None and box is not None:
                page = UPRIGHT
                for _ in range(quarters):
                    box, page = clockwise(box, page.height), turned(page, 1)
                assert place == pytest.approx(box)


def test_upright_words_keep_a_sheet_upright() -> None:
    assert Turned.of(UPRIGHT) is None
    dimensions = [("120.5", 300.0 + 90 * row, 500.0, 46.0, 130.0, 270.0) for row in range(30)]
    assert Turned.of(page_of(*TITLE_BLOCK, *dimensions)) is None
    assert Turned.of(page_of(*dimensions)) is None
