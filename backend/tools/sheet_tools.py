"""Tools that read the conversation's drawings: zoom, find a text, read a region.

They have access to these drawings only. The model uses coordinates from 0 to 1000 of an image's
width and height; results for people use canvas pixels.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from backend.drawing import DrawingInfo, PageInfo, TextItem
from backend.errors import NotFound
from backend.geometry import Box
from backend.model.service import ModelImage
from backend.tools.tool_definition import Json, Signature, ToolError

#: Texts returned by one call of `find_text`; the page's own search has no such limit.
MOST_FOUND = 20
#: Characters returned of each; a whole note is read with `read_region`.
FOUND_CHARACTERS = 200
#: Pages searched in one drawing.
SEARCHED_PAGES = 64
#: Characters returned by `read_region`: about as many as a dense A4 page of notes.
MOST_CHARACTERS = 4000
#: Qwen3-VL's boxes are in thousandths of the image's sides.
RELATIVE = 1000


class SheetSource(Protocol):
    """The drawings of an owner. Unknown ids raise `NotFound`."""

    async def info(self, owner: str, drawing_id: str) -> DrawingInfo:
        """The drawing's name and pages."""

    async def crop(self, owner: str, drawing_id: str, page: int, region: Box) -> ModelImage:
        """A region (canvas pixels) at full resolution."""

    async def text(self, owner: str, drawing_id: str, page: int) -> list[TextItem]:
        """The page's text in reading order."""

    async def find(self, owner: str, drawing_id: str, page: int, query: str) -> list[TextItem]:
        """The texts of the page that contain `query`, after normalisation."""


@dataclass(frozen=True, slots=True)
class View:
    """An image in the prompt: the page, and the part of it (canvas pixels) that is shown."""

    drawing: str
    page: int
    region: Box | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """A tool's result: `result` for people, `text` and `image` for the model.

    `region` is the part of a page that was read, as drawing, page and canvas box.
    """

    result: Json
    text: str = ""
    image: ModelImage | None = None
    region: tuple[str, int, Box] | None = None


class SheetTools:
    """The three tools for the drawings of one conversation.

    `views` are the images of the user's messages in order, as indexed by `img_idx`.
    """

    def __init__(
        self, source: SheetSource, owner: str, drawings: Sequence[str], views: Sequence[View]
    ) -> None:
        self._source = source
        self._owner = owner
        self._drawings = tuple(dict.fromkeys(drawings))
        self._views = tuple(views)

    async def __call__(self, name: str, arguments: Any) -> Looked:
        """Run a tool of `SHEET_TOOLS`. Raises `ToolError`, and the errors of the source."""
        if isinstance(arguments, Mapping):  # defaults for one image without a label
            arguments = {**_DEFAULTS.get(name, {}), **arguments}
        checked = SHEET_TOOLS[name].checked(arguments)
        if name == "find_text":
            return await self._find_text(checked)
        if name == "read_region":
            return await self._read_region(checked)
        return await self._zoom(checked)

    async def _zoom(self, arguments: Mapping[str, Any]) -> Looked:
        view = self._view(arguments)
        info = await self._source.info(self._owner, view.drawing)
        image, region = await self._crop(info, view, arguments["bbox_2d"], "bbox_2d")
        return Looked(_place(view, region), "", image, (view.drawing, view.page, region))

    async def _read_region(self, arguments: Mapping[str, Any]) -> Looked:
        view = self._view(arguments)
        info = await self._source.info(self._owner, view.drawing)
        if "page" in arguments:
            number = _whole(arguments["page"], "page", 1, len(info.pages))
            view = View(view.drawing, number)
        image, region = await self._crop(info, view, arguments["box"], "box")
        items = await self._source.text(self._owner, view.drawing, view.page)
        inside = [item for item in items if region.contains(*item.box.center)]
        lines, left_out = _within(inside)
        read: Json = {"text": lines}
        if left_out:
            read["left_out"] = left_out
        if any(item.source == "ocr" for item in inside):
            read["source"] = "recognised in a scan, may contain errors"
        return Looked(
            {**_place(view, region), **read},
            json.dumps(read, ensure_ascii=False),
            image,
            (view.drawing, view.page, region),
        )

    async def _crop(
        self, info: DrawingInfo, view: View, box: Any, name: str
    ) -> tuple[ModelImage, Box]:
        """The image of a box within a view, and the part of the page it shows."""
        region = _canvas_box(box, name, _shown(view, info.pages[view.page - 1]))
        image = await self._source.crop(self._owner, view.drawing, view.page, region)
        return image, _rounded(image.region or region)

    async def _find_text(self, arguments: Mapping[str, Any]) -> Looked:
        query = arguments["query"]
        if not query.strip():
            raise ToolError("“query” must be a part of the text to find, like H7.")
        if not self._drawings:
            raise ToolError("No drawing is attached to this conversation.")
        items: list[Json] = []
        told: list[Json] = []
        found = 0
        for drawing in self._drawings:
            try:
                info = await self._source.info(self._owner, drawing)
            except NotFound:
                continue  # deleted meanwhile
            for page in info.pages[:SEARCHED_PAGES]:
                hits = await self._source.find(self._owner, drawing, page.number, query)
                found += len(hits)
                for item in hits[: MOST_FOUND - len(items)]:
                    place = {"page": page.number, "drawing": drawing}
                    items.append(
                        {"text": _cut(item.text), "box": list(_rounded(item.box)), **place}
                    )
                    told.append(self._told(item, info, page))
        answer = {"found": found, "items": told}
        return Looked({"items": items, "found": found}, json.dumps(answer, ensure_ascii=False))

    def _told(self, item: TextItem, info: DrawingInfo, page: PageInfo) -> Json:
        """A found text in the model's own coordinates, for zooming in."""
        x, y, width, height = item.box
        corners = (x / page.width, y / page.height)
        opposite = ((x + width) / page.width, (y + height) / page.height)
        told: Json = {"text": _cut(item.text)}
        whole = View(info.id, page.number)
        if whole in self._views:
            told["img_idx"] = self._views.index(whole)
        else:
            told |= {"drawing": info.name, "page": page.number}
        told["bbox_2d"] = [max(0, min(RELATIVE, round(RELATIVE * v))) for v in corners + opposite]
        if item.source == "ocr":
            told["source"] = "recognised in a scan, may contain errors"
        return told

    def _view(self, arguments: Mapping[str, Any]) -> View:
        if not self._views:
            raise ToolError("There is no image in this conversation.")
        index = _whole(arguments["img_idx"], "img_idx", 0, len(self._views) - 1)
        return self._views[index]


def _shown(view: View, page: PageInfo) -> Box:
    """The part of the page shown by a view, clipped to the page."""
    whole = Box(0.0, 0.0, float(page.width), float(page.height))
    if view.region is None:
        return whole
    left, top = max(whole.x, view.region.x), max(whole.y, view.region.y)
    right, bottom = min(whole.right, view.region.right), min(whole.bottom, view.region.bottom)
    return Box(left, top, right - left, bottom - top)


def _canvas_box(box: Any, name: str, shown: Box) -> Box:
    """Convert a box from thousandths of the view to canvas pixels."""
    right = f"“{name}” must be [x1, y1, x2, y2], each from 0 to 1000 of the image's width or height"
    if len(box) != 4 or not all(_is_number(value) for value in box):
        raise ToolError(f"{right}.")
    x1, y1, x2, y2 = (min(RELATIVE, max(0, value)) for value in box)
    if x1 >= x2 or y1 >= y2:
        raise ToolError(f"{right}, with x1 < x2 and y1 < y2.")
    x, y, width, height = shown
    return Box(
        x + x1 / RELATIVE * width,
        y + y1 / RELATIVE * height,
        (x2 - x1) / RELATIVE * width,
        (y2 - y1) / RELATIVE * height,
    )


def _place(view: View, region: Box) -> Json:
    return {"drawing": view.drawing, "page": view.page, "region": list(region)}


def _whole(value: Any, name: str, least: int, most: int) -> int:
    if not _is_number(value) or value != int(value) or not least <= value <= most:
        raise ToolError(f"“{name}” must be a whole number from {least} to {most}.")
    return int(value)


def _is_number(value: Any) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _within(items: Sequence[TextItem]) -> tuple[list[str], int]:
    lines: list[str] = []
    room = MOST_CHARACTERS
    for item in items:
        line = " ".join(item.text.split())
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    return lines, len(items) - len(lines)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= FOUND_CHARACTERS else line[: FOUND_CHARACTERS - 1] + "…"


def _rounded(box: Sequence[float]) -> Box:
    return Box(*(round(value, 1) for value in box))


def _box(description: str) -> Json:
    return {
        "type": "array",
        "items": {"type": "number"},
        "minItems": 4,
        "maxItems": 4,
        "description": description,
    }


_DEFAULTS: dict[str, Json] = {
    "image_zoom_in_tool": {"label": "", "img_idx": 0},
    "read_region": {"img_idx": 0},
}

#: Names, descriptions and arguments. The first is, word for word, the one Qwen3-VL was trained on
#: (QwenLM/Qwen-Agent, `image_zoom_in_tool`); its `img_idx` counts only the user's images.
SHEET_TOOLS: dict[str, Signature] = {
    tool.name: tool
    for tool in (
        Signature(
            "image_zoom_in_tool",
            "Zoom in on a specific region of an image by cropping it based on a bounding box "
            "(bbox) and an optional object label",
            {
                "type": "object",
                "properties": {
                    "bbox_2d": _box(
                        "The bounding box of the region to zoom in, as [x1, y1, x2, y2], where "
                        "(x1, y1) is the top-left corner and (x2, y2) is the bottom-right corner"
                    ),
                    "label": {
                        "type": "string",
                        "description": "The name or label of the object in the specified bounding "
                        "box",
                    },
                    "img_idx": {
                        "type": "number",
                        "description": "The index of the zoomed-in image (starting from 0)",
                    },
                },
                "required": ["bbox_2d", "label", "img_idx"],
            },
        ),
        Signature(
            "find_text",
            "Find where a text is on the drawings: exact items with their boxes. Use it for "
            "every value or word whose position matters.",
            {
                "type": "object",
                "properties": {
                    "query": {
                        "type": "string",
                        "maxLength": 200,
                        "description": "A part of the text, e.g. H7, Ø38 or Material",
                    }
                },
                "required": ["query"],
            },
        ),
        Signature(
            "read_region",
            "Read a region of a drawing: its exact text, and its image at full resolution.",
            {
                "type": "object",
                "properties": {
                    "box": _box("[x1, y1, x2, y2], each from 0 to 1000 of the image's sides"),
                    "img_idx": {"type": "number", "description": "The image, starting from 0"},
                    "page": {
                        "type": "number",
                        "description": "Another page of that image's drawing; the box is then on "
                        "the whole page",
                    },
                },
                "required": ["box"],
            },
        ),
    )
}
