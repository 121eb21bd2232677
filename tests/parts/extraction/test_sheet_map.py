"""Maps of whole sheets, made after an upload without being asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

pytest.importorskip("reportlab", reason="drawing sheets needs the extra `demo`")

from demo.sheets.render import render
from tests.whole_app import run_app

pytestmark = pytest.mark.anyio

#: How many views each kind of part is drawn with; a shaft has one, a plate one or two.
VIEWS = {"bracket": {2}, "flange": {1, 2}, "plate": {1, 2}, "shaft": {1}}


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with run_app(tmp_path) as running, running.as_owner() as http:
        yield http


async def map_of(http: httpx.AsyncClient, name: str, data: bytes) -> list[tuple[str, str]]:
    """The parts of an upload's first sheet, as kind and zone; nobody starts the extraction."""
    uploaded = await http.post("/api/drawings", files={"file": (name, data)})
    path = f"/api/drawings/{uploaded.json()['id']}/extract/views"
    while (found := await http.get(path)).status_code != 200:
        assert found.status_code in (202, 404), found.text
    cells = [row["cells"] for row in found.json()["rows"]]
    for one in cells:
        expected = {"title_block": "title_block", "notes": "notes"}.get(one["kind"]["value"])
        if one["kind"]["value"] == "table":
            expected = "bom" if one["name"]["value"] == "Parts list" else "revisions"
        assert one["name"]["value_code"] == expected
    return [(one["kind"]["value"], one.get("zone", {}).get("value", "")) for one in cells]


async def test_generated_sheets(http: httpx.AsyncClient) -> None:
    for seed in range(6):
        sheet = render(seed, paper="A3" if seed % 2 else "A4")
        parts = await map_of(http, f"{seed}.pdf", sheet.pdf)
        kinds = [kind for kind, _ in parts]
        assert kinds.count("title_block") == 1
        assert kinds.count("table") == (2 if seed % 2 else 0)
        views = [kind for kind in kinds if kind not in ("title_block", "table", "notes")]
        assert views in (["front"], ["front", "side"])
        assert len(views) in VIEWS[sheet.truth.kind]
        assert all(zone for _, zone in parts)


async def test_a_real_sheet(http: httpx.AsyncClient, sample_drawings: Path) -> None:
    file = sample_drawings / "Aufspannung.PDF"
    if not file.is_file():
        pytest.skip("the drawing is not here")
    parts = await map_of(http, file.name, file.read_bytes())
    assert parts == [("title_block", "A3"), ("front", "D3"), ("side", "D1")]
