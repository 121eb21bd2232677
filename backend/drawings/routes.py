"""HTTP routes for drawings: upload, list, details, delete, original, page text and zones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, JSONResponse
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from backend.drawing import DrawingInfo, PageInfo
from backend.drawings.dependencies import Library
from backend.drawings.formats.warnings import CODES as WARNING_CODES
from backend.drawings.library import DrawingLibrary, page_of
from backend.drawings.response_bodies import DrawingBody, DrawingList, PageTextBody, ZonesBody
from backend.drawings.upload import receive_file
from backend.errors import BadRequest, FileTooLarge
from backend.evidence.index.sheet_index import PageText
from backend.evidence.index.zones import zones_of
from backend.requests.dependencies import RunningSettings
from backend.requests.owner import Owner

router = APIRouter(prefix="/api/drawings", tags=["drawings"])

#: Bytes allowed in a multipart body beside the file itself.
FORM_BYTES = 64 * 1024


#: The upload form in the OpenAPI document.
FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
TAKEN_IN: dict[int | str, dict[str, Any]] = {
    200: {"model": DrawingBody, "description": "The owner already has this drawing"},
    201: {"model": DrawingBody},
}
DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {"content": {"*/*": {}}, "description": "The file as uploaded"},
    206: {"content": {"*/*": {}}, "description": "The range requested with `Range`"},
}


@router.post("", status_code=201, responses=TAKEN_IN, openapi_extra=FORM)
async def upload(
    request: Request, library: Library, settings: RunningSettings, owner: Owner
) -> Response:
    """Upload a drawing (multipart, field `file`). 200 if this owner already has it."""
    limit = settings.max_upload_bytes
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit + FORM_BYTES:
        raise FileTooLarge(f"The file is larger than the limit of {limit / 2**20:.0f} MiB.")
    async with library.spool() as spool:
        try:
            name = await receive_file(request.headers, request.stream(), spool.write)
        except ClientDisconnect:
            raise BadRequest("The upload was interrupted. Try again.") from None
        info, created = await library.add(owner, name, spool)
    return JSONResponse(drawing_body(library, owner, info), 201 if created else 200)


@router.get("", response_model=DrawingList)
async def list_drawings(
    library: Library,
    owner: Owner,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
) -> dict[str, Any]:
    """The owner's drawings, newest first; `next` is the `before` of the following call. The id of a
    drawing is also accepted as `before`."""
    found = await library.list(owner, limit + 1, before)
    more = len(found) > limit
    found = found[:limit]
    return {
        "items": [drawing_body(library, owner, each.info) for each in found],
        "next": found[-1].cursor if more else None,
    }


@router.get("/{drawing_id}", response_model=DrawingBody)
async def one_drawing(drawing_id: str, library: Library, owner: Owner) -> dict[str, Any]:
    """The details of a drawing."""
    info = await library.info(owner, drawing_id)
    return drawing_body(library, owner, info)


@router.delete("/{drawing_id}", status_code=204)
async def delete_drawing(drawing_id: str, library: Library, owner: Owner) -> Response:
    """Delete a drawing; conversations that mention it are kept."""
    await library.delete(owner, drawing_id)
    return Response(status_code=204)


@router.get("/{drawing_id}/original", response_class=FileResponse, responses=DOWNLOAD)
async def original(drawing_id: str, library: Library, owner: Owner) -> FileResponse:
    """The file as uploaded, always as a download: an SVG must never run as a page of this site."""
    path, info = await library.original(owner, drawing_id)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return FileResponse(path, media_type=info.media_type, filename=info.name, headers=headers)


@router.get(
    "/{drawing_id}/pages/{page}/text",
    response_model=None,  # a sheet has thousands of items: documented, not validated again
    responses={200: {"model": PageTextBody}},
)
async def page_text(
    drawing_id: str,
    page: int,
    library: Library,
    owner: Owner,
    query: Annotated[str, Query(max_length=200)] = "",
) -> dict[str, Any]:
    """The text of a page, with boxes in canvas pixels. With `query`, only the items that contain
    it, ignoring different spellings of `Ø`, `±` and the decimal sign."""
    if query:
        items = await library.find(owner, drawing_id, page, query)
    else:
        items = await library.text(owner, drawing_id, page)
    return {"items": [item.values() for item in items]}


@router.get("/{drawing_id}/pages/{page}/zones", response_model=ZonesBody)
async def page_zones(drawing_id: str, page: int, library: Library, owner: Owner) -> dict[str, Any]:
    """The zones of the page's frame: the centre of each mark in canvas pixels, from the left for
    columns, from the top for rows; both empty if the frame has none."""
    info = page_of(await library.info(owner, drawing_id), page)
    items = await library.text(owner, drawing_id, page)
    zones = await asyncio.to_thread(zones_of, PageText.of(drawing_id, info, items))
    return {"columns": _rounded(zones.columns), "rows": _rounded(zones.rows)}


def _rounded(marks: Mapping[str, float]) -> dict[str, float]:
    return {mark: round(middle, 1) for mark, middle in marks.items()}


def drawing_body(library: DrawingLibrary, owner: str, info: DrawingInfo) -> dict[str, Any]:
    """A drawing as in the API contract, including the pages whose text is being recognised."""
    reading = library.reading(owner, info.id)
    return {
        "id": info.id,
        "name": info.name,
        "media_type": info.media_type,
        "bytes": info.bytes,
        "sha256": info.sha256,
        "pages": [_page_body(page, page.number in reading) for page in info.pages],
        "warnings": list(info.warnings),
        "warning_codes": WARNING_CODES.of_all(info.warnings),
    }


def _page_body(page: PageInfo, reading: bool) -> dict[str, Any]:
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "text_source": page.text_source,
        "reading": reading,
        "dpi": page.dpi,
        "label": page.label,
    }
