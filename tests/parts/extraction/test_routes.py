"""The HTTP of extraction: jobs, results in three formats, corrections, owners."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from openpyxl import load_workbook

from backend.drawing import TextItem
from backend.errors import EngineRestarting
from backend.extraction import routes
from backend.extraction.extractor import Extractor
from backend.extraction.inspection import balloon_routes
from backend.http.error_handlers import add_error_handlers
from backend.storage.database import Database
from backend.storage.drawings import DrawingStore
from tests.chat_parts import open_database
from tests.database_rows import add_drawing
from tests.fakes import FakeSheets, FakeVisionService, texts_of
from tests.sheet_texts import TITLE_BLOCK, Placed, page_of

pytestmark = pytest.mark.anyio

DIMENSIONS: list[Placed] = [("Ø20 H7", 700, 800, 200, 46), ("44", 700, 1100, 63, 41)]


@dataclass
class World:
    """The routes over drawings without files."""

    http: httpx.AsyncClient
    extractor: Extractor
    sheets: FakeSheets
    database: Database
    service: FakeVisionService
    with_model: bool | None = False

    async def add(self, *texts: Placed, owner: str = "local", name: str = "d1") -> str:
        """Put a drawing on the shelf and into the database."""
        await add_drawing(self.database, name, owner)
        self.sheets.add(name, ["x"], owner=owner, size=(3508, 2480))
        self.put(name, *texts)
        return name

    def put(self, name: str, *texts: Placed) -> None:
        """Write this text on its page."""
        items: list[TextItem] = list(page_of(*TITLE_BLOCK, *texts).items)
        self.sheets.texts[name, 1] = items

    async def extracted(self, name: str, kind: str, **query: str) -> httpx.Response:
        """Start, wait, and get the result."""
        wanted = {"kind": kind, "model": self.with_model}
        started = await self.http.post(f"/api/drawings/{name}/extract", json=wanted)
        assert started.status_code == 202, started.text
        await self.extractor.settled()
        return await self.http.get(f"/api/drawings/{name}/extract/{kind}", params=query)

    async def correct(self, name: str, kind: str, **change: Any) -> httpx.Response:
        return await self.http.patch(f"/api/drawings/{name}/extract/{kind}", json=change)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    app = FastAPI()

    @app.middleware("http")
    async def owner(request: Request, call_next: Any) -> Any:
        request.state.owner = request.headers.get("x-owner", "local")
        return await call_next(request)

    app.include_router(routes.router)
    app.include_router(balloon_routes.router)
    add_error_handlers(app)
    database = await open_database(tmp_path / "test.sqlite3")
    sheets = FakeSheets()
    service = FakeVisionService()
    extractor = Extractor(database, sheets, service)
    app.state.running = SimpleNamespace(extractor=extractor)
    try:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            yield World(http, extractor, sheets, database, service)
    finally:
        await extractor.close()
        await database.close()


async def test_a_job_then_progress_then_the_result(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    gate, text = asyncio.Event(), world.sheets.text

    async def slow(owner: str, drawing_id: str, page: int) -> list[TextItem]:
        await gate.wait()
        return await text(owner, drawing_id, page)

    world.sheets.text = slow  # type: ignore[method-assign]
    started = await world.http.post(f"/api/drawings/{name}/extract", json={"kind": "dimensions"})
    assert started.status_code == 202
    again = await world.http.post(f"/api/drawings/{name}/extract", json={"kind": "dimensions"})
    assert again.json()["job"] == started.json()["job"]  # joined, not doubled
    running = await world.http.get(f"/api/drawings/{name}/extract/dimensions")
    assert running.status_code == 202
    assert running.json()["progress"] == {"done": 0, "total": 1, "unit": "pages"}
    gate.set()
    await world.extractor.settled()
    result = await world.http.get(f"/api/drawings/{name}/extract/dimensions")
    assert result.status_code == 200
    assert [row["cells"]["text"]["value"] for row in result.json()["rows"]] == ["Ø20 H7", "44"]


@pytest.mark.parametrize("kind", ["title_block", "bom", "dimensions", "part_numbers", "notes",
                                  "revisions", "views", "text"])  # fmt: skip
async def test_every_kind_in_every_format(world: World, kind: str) -> None:
    name = await world.add(*DIMENSIONS)
    body = (await world.extracted(name, kind)).json()
    assert body["kind"] == kind
    head = [*body["columns"], "page", "check"]
    text = (await world.extracted(name, kind, format="csv")).content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0] == head
    assert len(lines) == 1 + len(body["rows"])
    answer = await world.extracted(name, kind, format="xlsx")
    assert "attachment" in answer.headers["content-disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == head
    assert sheet.max_row == len(lines)


async def test_what_was_not_asked_for_is_not_there(world: World) -> None:
    name = await world.add()
    answer = await world.http.get(f"/api/drawings/{name}/extract/bom")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "all"},
        {},
        {"kind": "bom", "pages": [2]},
        {"kind": "bom", "pages": []},
        {"kind": "bom", "x": 1},
    ],
)
async def test_a_wrong_request_is_told(world: World, body: dict[str, Any]) -> None:
    name = await world.add()
    answer = await world.http.post(f"/api/drawings/{name}/extract", json=body)
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["message"]


async def test_another_owner_sees_nothing(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    await world.extracted(name, "dimensions")
    eve = {"x-owner": "eve"}
    path = f"/api/drawings/{name}/extract"
    answers = [
        await world.http.post(path, json={"kind": "dimensions"}, headers=eve),
        await world.http.get(f"{path}/dimensions", headers=eve),
        await world.http.get(f"{path}/dimensions/corrections", headers=eve),
        await world.http.patch(
            f"{path}/dimensions", json={"row": "x", "column": "text", "value": "1"}, headers=eve
        ),
    ]
    assert {answer.status_code for answer in answers} == {404}


async def test_a_correction_is_kept_with_who_and_when(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    row = (await world.extracted(name, "dimensions")).json()["rows"][1]
    answer = await world.correct(name, "dimensions", row=row["id"], column="nominal", value="45")
    assert answer.status_code == 200
    cell = answer.json()["rows"][1]["cells"]["nominal"]
    assert (cell["value"], cell["status"], cell["source"]) == ("45", "corrected", "person")
    assert (cell["was"], cell["by"]) == ("44", "local")
    assert cell["at"] > 0
    # Extracted anew, the correction is still there; taken back, the sheet's value is.
    again = (await world.extracted(name, "dimensions")).json()["rows"][1]
    assert again["cells"]["nominal"]["value"] == "45"
    await world.correct(name, "dimensions", row=row["id"], column="nominal", value=None)
    back = (await world.extracted(name, "dimensions")).json()["rows"][1]["cells"]["nominal"]
    assert (back["value"], back["status"]) == ("44", "found")
    history = await world.http.get(f"/api/drawings/{name}/extract/dimensions/corrections")
    assert [one["value"] for one in history.json()["items"]] == ["45", None]


async def test_a_row_can_be_taken_out_and_brought_back(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    row = (await world.extracted(name, "dimensions")).json()["rows"][0]
    gone = await world.correct(name, "dimensions", row=row["id"], column="row", value="removed")
    assert [one["cells"]["text"]["value"] for one in gone.json()["rows"]] == ["44"]
    back = await world.correct(name, "dimensions", row=row["id"], column="row", value=None)
    assert len(back.json()["rows"]) == 2


async def test_numbers_stay_when_the_sheet_changes(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    first = (await world.extracted(name, "dimensions")).json()["rows"]
    world.put(name, ("12", 300, 300, 50, 41), *DIMENSIONS[1:])
    second = (await world.extracted(name, "dimensions")).json()["rows"]
    numbers = {row["cells"]["text"]["value"]: row["cells"]["number"]["value"] for row in second}
    assert [row["cells"]["number"]["value"] for row in first] == ["1", "2"]
    assert numbers == {"44": "2", "12": "3"}  # 1 is not given away again


@pytest.mark.parametrize("change", [
    {"row": "nobody", "column": "text", "value": "1"},
    {"column": "number", "value": "7"},
    {"column": "colour", "value": "red"},
    {"column": "row", "value": "doubled"},
])  # fmt: skip
async def test_what_cannot_be_corrected(world: World, change: dict[str, str]) -> None:
    name = await world.add(*DIMENSIONS)
    row = (await world.extracted(name, "dimensions")).json()["rows"][0]
    answer = await world.correct(name, "dimensions", **{"row": row["id"], **change})
    assert answer.status_code in (400, 404)


async def test_the_inspection_list(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    answer = await world.extracted(name, "dimensions", format="xlsx", form="as9102")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert sheet.cell(1, 2).value == "83-8834"
    refused = await world.extracted(name, "bom", format="xlsx", form="as9102")
    assert refused.status_code == 400


async def test_balloons_keep_their_numbers_and_places(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    await world.extracted(name, "dimensions")
    path = f"/api/drawings/{name}/balloons"
    first, second = (await world.http.get(path)).json()["items"]
    assert (first["number"], second["number"]) == (1, 2)
    place = {"x": 1500.0, "y": 600.0}
    moved = (await world.http.patch(f"{path}/{first['row']}", json=place)).json()["items"][0]
    assert (moved["x"], moved["y"], moved["moved"]) == (1500, 600, True)
    # Extracted anew: the number and the place are still there.
    await world.extracted(name, "dimensions")
    assert (await world.http.get(path)).json()["items"][0] == moved
    back = await world.http.patch(f"{path}/{first['row']}", json={"x": None, "y": None})
    assert back.json()["items"][0] == first
    # A dimension that was taken out has no balloon; the other keeps its number.
    await world.correct(name, "dimensions", row=first["row"], column="row", value="removed")
    assert [one["number"] for one in (await world.http.get(path)).json()["items"]] == [2]


@pytest.mark.parametrize(
    ("row", "place", "status"),
    [("nobody", {"x": 1, "y": 1}, 404), ("", {"x": 1}, 400), ("", {"x": 1, "y": None}, 400),
     ("", {"x": 99999, "y": 1}, 400)],
)  # fmt: skip
async def test_a_balloon_cannot_be_put_anywhere(
    world: World, row: str, place: dict[str, Any], status: int
) -> None:
    name = await world.add(*DIMENSIONS)
    body = (await world.extracted(name, "dimensions")).json()
    wanted = row or body["rows"][0]["id"]
    answer = await world.http.patch(f"/api/drawings/{name}/balloons/{wanted}", json=place)
    assert answer.status_code == status


async def test_balloons_of_another_owner(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    row = (await world.extracted(name, "dimensions")).json()["rows"][0]["id"]
    path, eve = f"/api/drawings/{name}/balloons", {"x-owner": "eve"}
    answers = [
        await world.http.get(path, headers=eve),
        await world.http.get(f"{path}/sheet", headers=eve),
        await world.http.patch(f"{path}/{row}", json={"x": 1, "y": 1}, headers=eve),
    ]
    assert {answer.status_code for answer in answers} == {404}


async def test_with_the_model_every_field_is_graded(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    world.with_model = None
    reading = {"number": "83-8834", "scale": "1:5", "projection": "first angle", "mass": "3 kg"}
    world.service.scripts = [[json.dumps(reading)]]
    body = (await world.extracted(name, "title_block")).json()
    cells = {row["cells"]["field"]["value"]: row["cells"]["value"] for row in body["rows"]}
    assert body["model"] is True
    assert {one: cells[one]["status"] for one in reading} == {
        "number": "found",
        "scale": "disputed",
        "projection": "by_eye",
        "mass": "missing",
    }
    (asked,) = world.service.questions()
    assert len(asked.images) == 1
    assert "83-8834" in texts_of(asked.messages[-1])


async def test_while_the_model_loads_the_text_alone_answers_and_says_so(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    world.with_model = None
    world.service.set_state("loading")
    body = (await world.extracted(name, "dimensions")).json()
    assert len(body["rows"]) == 2
    assert body["model"] is False
    assert "not ready" in body["notes"][-1]
    assert body["note_codes"][-1] == {"code": "model_not_ready", "values": {}}
    assert world.service.questions() == []


async def test_an_engine_that_dies_costs_its_reading_only(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    world.with_model = None
    world.service.scripts = [["{", EngineRestarting("It is being built again.")]]
    body = (await world.extracted(name, "dimensions")).json()
    assert len(body["rows"]) == 2
    assert "did not read page 1" in body["notes"][-1]


async def test_it_goes_with_the_drawing(world: World) -> None:
    name = await world.add(*DIMENSIONS)
    await world.extracted(name, "dimensions")
    assert await DrawingStore(world.database).remove("local", name)
    assert await world.extractor.store.find("local", name, "dimensions") is None
