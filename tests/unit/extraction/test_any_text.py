"""Whatever text a file carries, extraction gives tables and never an error of its own."""

from __future__ import annotations

import random

import pytest

from backend.drawing import TextItem
from backend.evidence.index.sheet_index import PageText
from backend.extraction.inspection.balloons import Numbered, place_all
from backend.extraction.table_files import table_csv, table_xlsx
from backend.extraction.tables.page_tables import extract
from backend.extraction.tables.table import KINDS, Table
from backend.geometry import Box

WORDS = (
    *("Rev.", "Item", "Qty", "Title", "Material:", "SCALE: 1:2", "Date", "A", "1", "12", "Ø20 H7"),
    *("4×Ø5 ±0,1", "+0.1", "-0.2", "R", "45°", "M8", "(50)", "0,6 A", "ISO 2768-mK", "", " ", "±"),
    *("\n", "a\nb", "1. NOTE TEXT", "SECTION A-A", "9" * 40, "|", "=1+1", "도면번호", "\x00"),
    *("Änd. Änderung", "∥|0.1|A", "G7", "1/0", "Ø0", "0 H7", "9999 H7", "1e5"),
)


def page_of(rng: random.Random) -> PageText:
    side = rng.choice((0.0, 1.0, 3508.0))
    items = [
        TextItem(
            rng.choice(WORDS),
            Box(rng.uniform(-50, 3600), rng.choice((100.0, 140.0, rng.uniform(0, 2500))),
             rng.choice((0.0, 30.0, 400.0)), rng.choice((0.0, 1.0, 36.0))),
            rng.choice((0.0, 0.0, 0.0, 90.0, 270.0, 33.0)),
            rng.choice(("vector", "ocr")),  # type: ignore[arg-type]
        )
        for _ in range(rng.randint(0, 60))
    ]  # fmt: skip
    return PageText("d", 1, items, rng.choice(("vector", "ocr", "none")), side, side)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(40))
def test_any_text(seed: int) -> None:
    page = page_of(random.Random(seed))  # noqa: S311
    for kind in KINDS:
        table = extract(kind, [page])
        assert Table.from_json(table.to_json()).to_json() == table.to_json()
        assert len({row.id for row in table.rows}) == len(table.rows)
        assert table_csv(table)
    rows = extract("dimensions", [page]).rows
    marked = [Numbered(row.id, n, row.box) for n, row in enumerate(rows, 1) if row.box]
    boxes = [item.box for item in page.items]
    assert len(place_all(marked, boxes, page.width, page.height)) == len(marked)


def test_any_text_as_a_workbook() -> None:
    for kind in KINDS:
        assert table_xlsx(extract(kind, [page_of(random.Random(7))]))  # noqa: S311
