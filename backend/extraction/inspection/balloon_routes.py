"""HTTP routes for balloons: list them, move one, download the page with balloons as PDF or PNG."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from backend.drawing import BalloonMark, PageInfo
from backend.errors import BadRequest, Busy, NotFound
from backend.extraction.corrections import as_seen
from backend.extraction.extractor import Extractor, Job
from backend.extraction.extractor_dependency import RunningExtractor
from backend.extraction.inspection.balloons import Balloon, Numbered, drawn_before, place_all
from backend.requests.owner import Owner

router = APIRouter(prefix="/api/drawings/{drawing_id}/balloons", tags=["extraction"])


class BalloonPlace(BaseModel):
    """The centre of a balloon in canvas pixels; both null: beside its dimension."""

    model_config = ConfigDict(extra="forbid")

    x: float | None
    y: float | None


@router.get("")
async def balloons(
    drawing_id: str,
    extractor: RunningExtractor,
    owner: Owner,
    page: Annotated[int, Query(ge=1)] = 1,
) -> dict[str, Any]:
    """Return the balloons of a page; its dimensions must have been extracted."""
    found = await _balloons(extractor, owner, drawing_id, page)
    return {"items": [_body(one, page) for one in found]}


@router.patch("/{row}")
async def move(
    drawing_id: str, row: str, place: BalloonPlace, extractor: RunningExtractor, owner: Owner
) -> dict[str, Any]:
    """Move a balloon; returns all balloons of its page."""
    page = await _page_of_row(extractor, owner, drawing_id, row)
    if (place.x is None) != (place.y is None):
        raise BadRequest("Give x and y, or null for both.")
    point = None
    if place.x is not None and place.y is not None:
        if not (0 <= place.x <= page.width and 0 <= place.y <= page.height):
            raise BadRequest(f"The page is {page.width} × {page.height} pixels.")
        point = (place.x, place.y)
    await extractor.store.move_balloon(owner, drawing_id, row, point)
    found = await _balloons(extractor, owner, drawing_id, page.number)
    return {"items": [_body(one, page.number) for one in found]}


@router.get(
    "/sheet",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}, "image/png": {}}}},
)
async def sheet(
    drawing_id: str,
    extractor: RunningExtractor,
    owner: Owner,
    page: Annotated[int, Query(ge=1)] = 1,
    format: Annotated[Literal["pdf", "png"], Query()] = "pdf",
) -> Response:
    """Return the page with its balloons: a PDF stays vector, a scan is embedded as a picture."""
    found = await _balloons(extractor, owner, drawing_id, page)
    marks = [BalloonMark(one.x, one.y, one.radius, str(one.number), one.target) for one in found]
    data = await extractor.sheets.marked(owner, drawing_id, page, marks, png=format == "png")
    media_type = "application/pdf" if format == "pdf" else "image/png"
    headers = {"Content-Disposition": f'attachment; filename="balloons-{page}.{format}"'}
    return Response(data, media_type=media_type, headers=headers)


async def _balloons(
    extractor: Extractor, owner: str, drawing_id: str, number: int
) -> list[Balloon]:
    info = await extractor.sheets.info(owner, drawing_id)
    if number > len(info.pages):
        raise NotFound(f"There is no page {number}; the drawing has {len(info.pages)}.")
    page = info.pages[number - 1]
    state = await extractor.state(owner, drawing_id, "dimensions")
    if isinstance(state, Job):
        raise Busy("The dimensions are being extracted. Try again in a moment.", retry_after_s=1)
    moved = {one.row: (one.x, one.y) for one in state.balloons
             if one.x is not None and one.y is not None}  # fmt: skip
    numbers = {one.row: one.number for one in state.balloons}
    rows = as_seen(state).rows
    dimensions = [
        Numbered(row.id, numbers[row.id], row.box, moved.get(row.id))
        for row in rows
        if row.page == number and row.box is not None and row.id in numbers
    ]
    texts = [item.box for item in await extractor.sheets.text(owner, drawing_id, number)]
    texts += [
        drawn_before(row.box)
        for row in rows
        if row.page == number and row.box is not None
        if row.value("kind") in ("geometric", "roughness")
    ]
    return await asyncio.to_thread(place_all, dimensions, texts, page.width, page.height)


async def _page_of_row(extractor: Extractor, owner: str, drawing_id: str, row: str) -> PageInfo:
    state = await extractor.state(owner, drawing_id, "dimensions")
    if not isinstance(state, Job):
        for known in as_seen(state).rows:
            if known.id == row:
                info = await extractor.sheets.info(owner, drawing_id)
                return info.pages[known.page - 1]
    raise NotFound("There is no such dimension. The table may have been extracted anew.")


def _body(balloon: Balloon, page: int) -> dict[str, Any]:
    return {
        "row": balloon.row,
        "number": balloon.number,
        "page": page,
        "x": round(balloon.x, 1),
        "y": round(balloon.y, 1),
        "radius": round(balloon.radius, 1),
        "target": [round(part, 1) for part in balloon.target],
        "moved": balloon.moved,
    }
