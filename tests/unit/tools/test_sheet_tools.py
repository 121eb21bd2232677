"""Tools that read drawings: canvas pixels for people, thousandths for the model, and errors that
help the model correct a wrong call."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.drawing import TextItem
from backend.errors import NotFound
from backend.geometry import Box
from backend.tools.sheet_tools import MOST_FOUND, SheetTools, View
from backend.tools.tool_definition import ToolError
from backend.tools.toolbox import SCHEMAS, Toolbox
from tests.fakes import FakeSheets, image

pytestmark = pytest.mark.anyio

WHOLE = View("plate", 1)
PART = View("plate", 1, Box(500.0, 400.0, 200.0, 100.0))


@pytest.fixture
def sheets() -> FakeSheets:
    shelf = FakeSheets()
    shelf.add("plate", ["Ø38 H12", "M6", "1.4301"], ["Note", "M6 here too"])
    shelf.add("secret", ["M6"], owner="somebody else")
    return shelf


@pytest.fixture
def toolbox(sheets: FakeSheets) -> Toolbox:
    return Toolbox(SheetTools(sheets, "local", ["plate"], [WHOLE, PART]))


def zoom(*box: Any, **more: Any) -> dict[str, Any]:
    return {"bbox_2d": list(box), "label": "bore", "img_idx": 0, **more}


async def test_a_zoom_is_a_crop_of_the_page_in_canvas_pixels(toolbox: Toolbox) -> None:
    looked = await toolbox.call("image_zoom_in_tool", zoom(100, 250, 300, 500))
    assert looked.result == {"drawing": "plate", "page": 1, "region": [100, 200, 200, 200]}
    assert looked.region == ("plate", 1, (100, 200, 200, 200))
    assert looked.image == image("plate.1@100,200,200,200")
    assert looked.text == ""  # the model was trained on an answer that is only the image


async def test_a_zoom_into_a_region_addresses_the_page(toolbox: Toolbox) -> None:
    looked = await toolbox.call("image_zoom_in_tool", zoom(0, 0, 500, 1000, img_idx=1))
    assert looked.result["region"] == [500, 400, 100, 100]


async def test_a_box_is_clipped_to_the_page(toolbox: Toolbox) -> None:
    looked = await toolbox.call("image_zoom_in_tool", zoom(-50, 900, 400, 2000))
    assert looked.result["region"] == [0, 720, 400, 80]


async def test_one_image_needs_neither_label_nor_index(toolbox: Toolbox) -> None:
    looked = await toolbox.call("image_zoom_in_tool", {"bbox_2d": [0, 0, 100, 100]})
    assert looked.result["region"] == [0, 0, 100, 80]


async def test_find_text_gives_canvas_boxes_and_the_models_own(toolbox: Toolbox) -> None:
    looked = await toolbox.call("find_text", {"query": "m6"})
    assert looked.result == {
        "items": [
            {"text": "M6", "box": [100, 40, 200, 20], "page": 1, "drawing": "plate"},
            {"text": "M6 here too", "box": [100, 40, 200, 20], "page": 2, "drawing": "plate"},
        ],
        "found": 2,
    }
    first, second = json.loads(looked.text)["items"]
    assert first == {"text": "M6", "img_idx": 0, "bbox_2d": [100, 50, 300, 75]}
    assert second["page"] == 2 and "img_idx" not in second
    zoomed = await toolbox.call("image_zoom_in_tool", zoom(*first["bbox_2d"]))
    assert zoomed.result["region"] == [100, 40, 200, 20]


@pytest.mark.fault(50)
async def test_only_the_drawings_of_the_conversation_are_searched(toolbox: Toolbox) -> None:
    looked = await toolbox.call("find_text", {"query": "M6"})
    assert {item["drawing"] for item in looked.result["items"]} == {"plate"}


async def test_many_hits_are_counted_but_few_are_listed(sheets: FakeSheets) -> None:
    sheets.add("dense", ["M6"] * 70)
    toolbox = Toolbox(SheetTools(sheets, "local", ["dense"], []))
    looked = await toolbox.call("find_text", {"query": "M6"})
    assert (looked.result["found"], len(looked.result["items"])) == (70, MOST_FOUND)


async def test_a_long_note_is_found_by_its_beginning(sheets: FakeSheets) -> None:
    sheets.add("notes", ["Note: " + "deburr\nall edges " * 90])
    looked = await Toolbox(SheetTools(sheets, "local", ["notes"], [])).call(
        "find_text", {"query": "note"}
    )
    for items in (looked.result["items"], json.loads(looked.text)["items"]):
        (item,) = items
        assert item["text"].startswith("Note: deburr all edges") and len(item["text"]) == 200


async def test_a_region_is_read_with_its_text_and_its_image(toolbox: Toolbox) -> None:
    looked = await toolbox.call("read_region", {"box": [0, 0, 500, 60]})
    assert looked.result["text"] == ["Ø38 H12"]
    assert looked.result["region"] == [0, 0, 500, 48]
    assert json.loads(looked.text) == {"text": ["Ø38 H12"]}
    assert looked.image is not None
    other = await toolbox.call("read_region", {"box": [0, 0, 1000, 1000], "page": 2})
    assert other.result["text"] == ["Note", "M6 here too"]
    assert other.result["page"] == 2


async def test_text_of_a_scan_is_marked_as_weaker(sheets: FakeSheets, toolbox: Toolbox) -> None:
    sheets.texts["plate", 1] = [TextItem("O38", Box(100, 0, 200, 20), source="ocr")]
    found = json.loads((await toolbox.call("find_text", {"query": "O38"})).text)
    read = json.loads((await toolbox.call("read_region", {"box": [0, 0, 999, 999]})).text)
    assert "errors" in found["items"][0]["source"] and "errors" in read["source"]


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("image_zoom_in_tool", zoom(1, 2, 3), "0 to 1000"),
        ("image_zoom_in_tool", zoom(1, 2, "3", 4), "0 to 1000"),
        ("image_zoom_in_tool", zoom(1, 2, float("nan"), 4), "0 to 1000"),
        ("image_zoom_in_tool", zoom(300, 0, 300, 9), "x1 < x2"),
        ("image_zoom_in_tool", zoom(1200, 0, 1300, 9), "x1 < x2"),
        ("image_zoom_in_tool", zoom(0, 0, 9, 9, img_idx=2), "from 0 to 1"),
        ("image_zoom_in_tool", zoom(0, 0, 9, 9, img_idx=True), "img_idx"),
        ("image_zoom_in_tool", {"label": "x"}, "needs the argument “bbox_2d”"),
        ("image_zoom_in_tool", [1], "takes a JSON object"),
        ("read_region", {"box": [0, 0, 9, 9], "page": 3}, "from 1 to 2"),
        ("find_text", {"query": "  "}, "part of the text"),
        ("find_text", {"text": "H7"}, "it takes: query"),
        ("shell", {"command": "ls"}, "no tool “shell”. Available: image_zoom_in_tool, find_text"),
    ],
)
async def test_a_wrong_call_gets_a_helpful_error(
    toolbox: Toolbox, name: str, arguments: Any, words: str
) -> None:
    with pytest.raises(ToolError, match=words.replace("[", r"\[")):
        await toolbox.call(name, arguments)


async def test_tools_fail_without_a_drawing(sheets: FakeSheets) -> None:
    toolbox = Toolbox(SheetTools(sheets, "local", [], []))
    for name, arguments in (
        ("image_zoom_in_tool", zoom(0, 0, 9, 9)),
        ("find_text", {"query": "M"}),
    ):
        with pytest.raises(ToolError, match=r"in this conversation|to this conversation"):
            await toolbox.call(name, arguments)
    assert (await toolbox.call("convert", {"quantity": "1 in", "unit": "mm"})).result[
        "unit"
    ] == "mm"


async def test_a_deleted_drawing_is_an_error_for_the_model(
    sheets: FakeSheets, toolbox: Toolbox
) -> None:
    sheets.shelf.clear()
    with pytest.raises(NotFound):
        await sheets.info("local", "plate")
    with pytest.raises(ToolError, match="no such drawing"):
        await toolbox.call("image_zoom_in_tool", zoom(0, 0, 9, 9))


async def test_a_bug_in_a_tool_does_not_end_the_turn(
    sheets: FakeSheets, toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Any:
        raise KeyError("a bug")

    monkeypatch.setattr(sheets, "crop", broken)
    with pytest.raises(ToolError, match="Continue without it"):
        await toolbox.call("image_zoom_in_tool", zoom(0, 0, 9, 9))


@given(
    st.lists(st.floats() | st.integers() | st.text(max_size=2) | st.none(), max_size=5),
    st.floats() | st.integers() | st.none() | st.booleans(),
)
def test_any_box_is_cropped_or_refused(box: list[Any], index: Any) -> None:
    shelf = FakeSheets()
    shelf.add("plate", ["M6"])
    toolbox = Toolbox(SheetTools(shelf, "local", ["plate"], [WHOLE]))

    async def call() -> None:
        try:
            looked = await toolbox.call("image_zoom_in_tool", zoom(*box, img_idx=index))
        except ToolError as error:
            assert str(error)
        else:
            x, y, width, height = looked.result["region"]
            assert 0 <= x <= x + width <= 1000.1 and 0 <= y <= y + height <= 800.1

    asyncio.run(call())


def test_the_trained_tool_comes_first_and_all_print() -> None:
    names = [schema["function"]["name"] for schema in json.loads(json.dumps(SCHEMAS))]
    assert names[0] == "image_zoom_in_tool"
    assert names == list(dict.fromkeys(names))
    trained = SCHEMAS[0]["function"]["parameters"]
    assert trained["required"] == ["bbox_2d", "label", "img_idx"]
    assert list(trained["properties"]) == trained["required"]
