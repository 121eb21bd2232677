"""A real drawing: every dimension in the list, with the right limits, and nothing invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.extraction.tables.page_tables import extract
from backend.extraction.tables.table import Kind, Table
from tests.drawing_library import open_library, pages_of

pytestmark = pytest.mark.anyio

SHEET = Path(__file__).resolve().parents[2].parent / "shared" / "drawings" / "Aufspannung.PDF"

#: Read from the sheet by eye: count, kind, nominal, upper, lower, smallest, largest. The Ø of the
#: first and the sign of the frame are strokes; two sizes have no tolerance, nor has the sheet.
DIMENSIONS = {
    "2x Ø3.40 ±0.10": ("2", "diameter", "3.40", "+0.10", "-0.10", "3.30", "3.50"),
    "R11.30/11.20": ("1", "radius", None, None, None, "11.20", "11.30"),
    "R8.05": ("1", "radius", "8.05", None, None, None, None),
    "4.00 +0.10/-0.20": ("1", "linear", "4.00", "+0.10", "-0.20", "3.80", "4.10"),
    "60.00 ±0.10": ("1", "linear", "60.00", "+0.10", "-0.10", "59.90", "60.10"),
    "6.95": ("1", "linear", "6.95", None, None, None, None),
    "7.50 +0.10/-0.20": ("1", "linear", "7.50", "+0.10", "-0.20", "7.30", "7.60"),
    "∥|0,6|A": ("1", "geometric", "0.6", None, None, None, None),
    "Ra 6,5": ("1", "roughness", "6.5", None, None, None, None),
}
COLUMNS = ("count", "kind", "nominal", "upper", "lower", "smallest", "largest")
TITLE = {
    "number": "Micro_Vu-4.20",
    "title": "Micro-Vu Turm Halter",
    "material": "PLA",
    "scale": "2:1",
    "units": "MILLIMETERS",
    "sheet": "1 OF 1",
    "size": "A4",
}

if SHEET.is_file():

    @pytest.fixture(scope="module")
    async def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Table]:
        async with open_library(tmp_path_factory.mktemp("truth")) as library:
            pages = await pages_of(library, "clamp.pdf", SHEET.read_bytes())
        kinds: tuple[Kind, ...] = ("dimensions", "title_block", "revisions", "bom")
        return {kind: extract(kind, pages) for kind in kinds}

    async def test_every_dimension_and_no_other(tables: dict[Kind, Table]) -> None:
        rows = tables["dimensions"].rows
        found = {row.value("text"): tuple(row.value(name) for name in COLUMNS) for row in rows}
        assert found == DIMENSIONS
        assert len(rows) == len(DIMENSIONS)
        assert all(row.box is not None for row in rows)

    async def test_title_block_says_what_is_missing(tables: dict[Kind, Table]) -> None:
        rows = {row.value("field"): row.cells["value"] for row in tables["title_block"].rows}
        assert {name: cell.value for name, cell in rows.items() if cell.value} == TITLE
        assert rows["revision"].status == "missing"  # the A at the frame is a zone

    async def test_no_table_is_invented(tables: dict[Kind, Table]) -> None:
        assert tables["revisions"].rows == ()
        assert tables["bom"].rows == ()
