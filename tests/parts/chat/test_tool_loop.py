"""A tool loop through the whole server: upload, socket, decode workers, crops, two owners."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.chat_parts import Frame, check_order, text_of
from tests.drawing_samples import pdf
from tests.fakes import FakeVisionService, texts_of
from tests.whole_app import Running, run_app

pytestmark = pytest.mark.anyio

SHEET = "BT /F1 12 Tf 40 200 Td (60.00 H7) Tj 0 -40 Td (R8.05) Tj ET"


def call(name: str, **arguments: Any) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Running]:
    service = FakeVisionService(window=32768, tools=True)
    async with run_app(tmp_path / "data", service, owners=("alice", "bob")) as running:
        yield running


async def upload(app: Running, owner: str, name: str, data: bytes) -> dict[str, Any]:
    async with app.as_owner(owner) as client:
        made = await client.post("/api/drawings", files={"file": (name, data)})
    assert made.status_code == 201, made.text
    drawing: dict[str, Any] = made.json()
    return drawing


async def answer(app: Running, owner: str, drawing: str, *scripts: list[str]) -> list[Frame]:
    async with app.talk(owner) as talk:
        app.service.scripts = [list(script) for script in scripts]
        await talk.send(
            type="ask", id="q", text="Which fit?", drawings=[{"id": drawing, "page": 1}]
        )
        accepted, *frames = [frame for frame in await talk.until("done") if frame["type"] in KINDS]
    check_order(frames)
    async with app.as_owner(owner) as client:
        stored = (await client.get(f"/api/conversations/{accepted['conversation_id']}")).json()
    last = stored["messages"][-1]
    assert last["text"] == text_of(frames)
    ends = [one for one in frames if one["type"] == "tool" and one["state"] != "running"]
    assert [step["result"] for step in last["tools"]] == [one["result"] for one in ends]
    return ends


KINDS = ("accepted", "delta", "tool", "evidence", "done", "error")


async def test_find_zoom_read_and_compute_on_a_real_sheet(app: Running) -> None:
    drawing = await upload(app, "alice", "plate.pdf", pdf(SHEET))
    page = drawing["pages"][0]
    found, zoomed, read, fit = await answer(
        app,
        "alice",
        drawing["id"],
        ["I search. ", call("find_text", query="60,00 H7")],
        [call("image_zoom_in_tool", bbox_2d=[0, 0, 500, 500], label="fit", img_idx=0)],
        [call("read_region", box=[0, 0, 1000, 1000]), call("limits_and_fits", designation="60 H7")],
        ["60.00 H7 allows +30 µm."],
    )
    (item,) = found["result"]["items"]
    assert (item["text"], item["drawing"]) == ("60.00 H7", drawing["id"])
    x, y, width, height = zoomed["result"]["region"]
    assert (x, y) == (0, 0)
    assert (width, height) == pytest.approx((page["width"] / 2, page["height"] / 2), abs=1)
    assert read["result"]["text"] == ["60.00 H7", "R8.05"]
    assert fit["result"]["hole"]["upper_um"] == 30
    crop = app.service.questions()[-1].messages
    images = [part for message in crop if message.role == "tool" for part in message.parts]
    keys = [part.key for part in images if hasattr(part, "key")]
    seen = app.service.questions()[-1].images
    # A vector sheet is drawn again for the crop: sharper than its canvas.
    assert seen[keys[0]].width > width and seen[keys[0]].region is not None


@pytest.mark.fault(42)
async def test_tools_reach_no_drawing_of_another_owner(app: Running) -> None:
    theirs = await upload(app, "bob", "secret.pdf", pdf(SHEET.replace("60.00", "77.77")))
    mine = await upload(app, "alice", "plate.pdf", pdf(SHEET))
    found, zoomed = await answer(
        app,
        "alice",
        mine["id"],
        [call("find_text", query="77.77"), call("read_region", box=[0, 0, 9, 9], img_idx=1)],
        ["Nothing."],
    )
    assert found["result"] == {"items": [], "found": 0}
    assert zoomed["error"] and zoomed["result"] is None
    assert not any(
        theirs["id"] in texts_of(message) or "77.77" in texts_of(message)
        for message in app.service.questions()[-1].messages
        if message.role != "assistant"
    )
