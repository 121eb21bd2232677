"""Extraction with the real engine: its answer fits the schema, and what it invents does no harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.extraction.corrections import as_seen
from backend.extraction.extractor import Extractor
from backend.extraction.model_reading import read_page
from backend.extraction.tables.page_tables import extract
from backend.qwen_vision_service import QwenVisionService
from backend.storage.extractions import StoredExtraction
from tests.chat_parts import open_database
from tests.database_rows import add_drawing
from tests.engine.asking import noise
from tests.fakes import FakeSheets
from tests.sheet_texts import TITLE_BLOCK, page_of

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

PAGE = page_of(*TITLE_BLOCK, ("Ø20 H7", 700, 800, 200, 46), ("44", 700, 1100, 63, 41))


async def test_every_row_fits_the_schema(service: QwenVisionService) -> None:
    reading = await read_page(service, "dimensions", PAGE, noise(512, 384))
    assert set(reading) == {"rows"}
    for row in reading["rows"]:
        assert set(row) == {"text", "kind"}
        assert all(value is None or len(value) <= 200 for value in row.values())


async def test_a_model_that_knows_nothing_invents_nothing(
    service: QwenVisionService, tmp_path: Path
) -> None:
    database = await open_database(tmp_path / "test.sqlite3")
    sheets = FakeSheets(overview_size=(512, 384))
    sheets.add("d1", ["x"], size=(3508, 2480))
    sheets.texts["d1", 1] = list(PAGE.items)
    await add_drawing(database, "d1")
    extractor = Extractor(database, sheets, service)
    try:
        await extractor.start("local", "d1", "dimensions", model=True)
        await extractor.settled()
        stored = await extractor.state("local", "d1", "dimensions")
        assert isinstance(stored, StoredExtraction)
        table = as_seen(stored)
    finally:
        await extractor.close()
        await database.close()
    assert table.model
    known = extract("dimensions", [PAGE]).rows
    assert table.rows[: len(known)] == known
    # Whatever else it hit upon by chance stands on the sheet: nothing is invented.
    assert all(row.box is not None for row in table.rows)
