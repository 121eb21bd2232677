"""HTTP for drawings: upload, list, one, delete, original, a page's text and its frame's zones.

Turns requests into calls of the library and values into bodies; errors are mapped by `main`.
"""

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

#: Room in a multipart body for what is not the file.
FORM_BYTES = 64 * 1024


#: How the document tells a form with a file.
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
    200: {"model": DrawingBody, "description": "This owner has it already"},
    201: {"model": DrawingBody},
}
DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {"content": {"*/*": {}}, "description": "The file as it was uploaded"},
    206: {"content": {"*/*": {}}, "description": "The part that `Range` names"},
}


@router.post("", status_code=201, responses=TAKEN_IN, openapi_extra=FORM)
async def upload(
    request: Request, library: Library, settings: RunningSettings, owner: Owner
) -> Response:
    """Take in a drawing (multipart, field `file`). 200 where this owner has it already."""
    limit = settings.max_upload_bytes
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit + FORM_BYTES:
        raise FileTooLarge(f"The file is larger than {limit / 2**20:.0f} MiB, the limit here.")
    async with library.spool() as spool:
        try:
            name = await receive_file(request.headers, request.stream(), spool.write)
        except ClientDisconnect:
            raise BadRequest("The upload was cut off. Try again.") from None
        info, created = await library.add(owner, name, spool)
    return JSONResponse(drawing_body(library, owner, info), 201 if created else 200)


@router.get("", response_model=DrawingList)
async def list_drawings(
    library: Library,
    owner: Owner,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
) -> dict[str, Any]:
    """The owner's drawings, newest first; `next` is the `before` of the following call, which may
    also be the id of a drawing."""
    found = await library.list(owner, limit + 1, before)
    more = len(found) > limit
    found = found[:limit]
    return {
        "items": [drawing_body(library, owner, each.info) for each in found],
        "next": found[-1].cursor if more else None,
    }


@router.get("/{drawing_id}", response_model=DrawingBody)
async def one_drawing(drawing_id: str, library: Library, owner: Owner) -> dict[str, Any]:
    """One drawing's info."""
    info = await library.info(owner, drawing_id)
    return drawing_body(library, owner, info)


@router.delete("/{drawing_id}", status_code=204)
async def delete_drawing(drawing_id: str, library: Library, owner: Owner) -> Response:
    """Remove it; conversations that mention it stay."""
    await library.delete(owner, drawing_id)
    return Response(status_code=204)


@router.get("/{drawing_id}/original", response_class=FileResponse, responses=DOWNLOAD)
async def original(drawing_id: str, library: Library, owner: Owner) -> FileResponse:
    """The uploaded bytes, always as a download: an SVG must never run as a page of ours."""
    path, info = await library.original(owner, drawing_id)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return FileResponse(path, media_type=info.media_type, filename=info.name, headers=headers)


@router.get(
    "/{drawing_id}/pages/{page}/text",
    response_model=None,  # a sheet has thousands: told, not gone through once more
    responses={200: {"model": PageTextBody}},
)
async def page_text(
    drawing_id: str,
    page: int,
    library: Library,
    owner: Owner,
    query: Annotated[str, Query(max_length=200)] = "",
) -> dict[str, Any]:
    """The text that the page carries, with boxes in canvas pixels; with `query` only the
    items that hold it, however `Ø`, `±` and the decimal sign are written."""
    if query:
        items = await library.find(owner, drawing_id, page, query)
    else:
        items = await library.text(owner, drawing_id, page)
    return {"items": [item.values() for item in items]}


@router.get("/{drawing_id}/pages/{page}/zones", response_model=ZonesBody)
async def page_zones(drawing_id: str, page: int, library: Library, owner: Owner) -> dict[str, Any]:
    """The fields of the page's frame: each mark's middle in canvas pixels, from the left for
    columns, from the top for rows; both empty where the frame has none."""
    info = page_of(await library.info(owner, drawing_id), page)
    items = await library.text(owner, drawing_id, page)
    zones = await asyncio.to_thread(zones_of, PageText.of(drawing_id, info, items))
    return {"columns": _rounded(zones.columns), "rows": _rounded(zones.rows)}


def _rounded(marks: Mapping[str, float]) -> dict[str, float]:
    return {mark: round(middle, 1) for mark, middle in marks.items()}


def drawing_body(library: DrawingLibrary, owner: str, info: DrawingInfo) -> dict[str, Any]:
    """A drawing as the contract words it, with which of its pages are being recognised."""
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
