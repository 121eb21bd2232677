"""Fifty generated sheets, taken in as uploads are: every field, row and dimension comes out."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

pytest.importorskip("reportlab", reason="drawing sheets needs the extra `demo`")

from backend.drawings.library import DrawingLibrary
from backend.extraction.tables.page_tables import extract
from benchmarks.extraction import KINDS, found_values, true_values
from demo.sheets.render import render
from tests.drawing_library import open_library, pages_of

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    async with open_library(tmp_path_factory.mktemp("sheets")) as library:
        yield library


@pytest.mark.parametrize("seed", range(3000, 3050))
async def test_nothing_is_missing_wrong_or_invented(library: DrawingLibrary, seed: int) -> None:
    sheet = render(seed, paper="A3")
    pages = await pages_of(library, f"{seed}.pdf", sheet.pdf)
    tables = {kind: extract(kind, pages) for kind in KINDS}
    true = {(table, name): value for table, name, value in true_values(sheet.truth)}
    found = {(table, name): value for table, name, value in found_values(tables, sheet.truth)}
    assert found == true
    assert {"title_block", "bom", "revisions"} <= {table for table, _ in found}
