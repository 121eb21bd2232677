"""IIIF over HTTP, the only way to get pixels.

The content behind an image URL never changes, so responses may be cached for ever. Any origin may
read them, without credentials.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections.abc import Awaitable
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import RedirectResponse, Response

from backend.drawing import DrawingInfo, PageInfo, named_sheet
from backend.drawings.dependencies import Library
from backend.drawings.images import iiif
from backend.drawings.library import DrawingLibrary, page_of
from backend.drawings.workers.jobs import Encoding
from backend.errors import NotFound
from backend.requests.owner import Owner

router = APIRouter(prefix="/iiif", tags=["iiif"])

#: Changed whenever the same URL would return other pixels.
RENDERING = 1
FOREVER = "private, max-age=31536000, immutable"
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
_LD_JSON = f'application/ld+json;profile="{iiif.CONTEXT}"'
_CLIENT_GONE = 499

Result = TypeVar("Result")


IMAGES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in iiif.MEDIA_TYPES.values()}, "description": "Pixels"},
    304: {"description": "Not modified (`If-None-Match`)"},
}


@router.get("/{identifier}", status_code=303, response_class=RedirectResponse)
async def base(identifier: str, request: Request, library: Library, owner: Owner) -> Response:
    """Redirect the base URL to the information document."""
    await _page(library, owner, identifier)
    return RedirectResponse(f"{request.url.path}/info.json", 303, ANY_ORIGIN)


@router.get(
    "/{identifier}/info.json",
    responses={200: {"content": {"application/json": {}, "application/ld+json": {}}}},
)
async def info(identifier: str, request: Request, library: Library, owner: Owner) -> Response:
    """The information document of a page."""
    _, page = await _page(library, owner, identifier)
    address = str(request.url.replace(query="", fragment="")).removesuffix("/info.json")
    document = iiif.information(address, (page.width, page.height))
    linked = "application/ld+json" in request.headers.get("accept", "")
    headers = {**ANY_ORIGIN, "Vary": "Accept", "Cache-Control": "private, max-age=3600"}
    return JSONResponse(
        document, headers=headers, media_type=_LD_JSON if linked else "application/json"
    )


@router.get(
    "/{identifier}/{region}/{size}/{rotation}/{quality}.{format_name}",
    response_class=Response,
    responses=IMAGES,
)
async def image(
    identifier: str,
    region: str,
    size: str,
    rotation: str,
    quality: str,
    format_name: str,
    request: Request,
    library: Library,
    owner: Owner,
) -> Response:
    """A region of a page at the requested size."""
    info, page = await _page(library, owner, identifier)
    canvas = (page.width, page.height)
    wanted = iiif.parse(canvas, region, size, rotation, quality, format_name)
    named = f"{RENDERING} {info.sha256} {page} {dataclasses.astuple(wanted)}"
    tag = '"' + hashlib.sha256(named.encode()).hexdigest()[:32] + '"'
    address = str(request.base_url) + f"iiif/{identifier}/{wanted.canonical}"
    headers = {
        **ANY_ORIGIN,
        "ETag": tag,
        "Cache-Control": FOREVER,
        "Link": f'<{address}>;rel="canonical", <{iiif.PROFILE}>;rel="profile"',
    }
    known = request.headers.get("if-none-match", "")
    if tag in known or known.strip() == "*":
        return Response(status_code=304, headers=headers)
    encoding = Encoding(wanted.format, wanted.quality, wanted.rotation, wanted.mirror)
    work = library.encoded(owner, info.id, page.number, wanted.region, wanted.size, encoding)
    data = await _while_connected(request, work)
    if data is None:
        return Response(status_code=_CLIENT_GONE)
    return Response(data, headers=headers, media_type=iiif.MEDIA_TYPES[wanted.format])


@router.get("/{rest:path}", include_in_schema=False)
async def nothing(rest: str) -> Response:
    """Any other URL, for example with a slash in the identifier."""
    raise NotFound("There is no image at this URL.")


async def _page(
    library: DrawingLibrary, owner: str, identifier: str
) -> tuple[DrawingInfo, PageInfo]:
    named = named_sheet(identifier)
    if named is None:
        raise NotFound("A page is identified as {drawing id}.{page number}.")
    info = await library.info(owner, named[0])
    return info, page_of(info, named[1])


async def _while_connected(request: Request, work: Awaitable[Result]) -> Result | None:
    """The result, or None if the client disconnects first; the work is then cancelled."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working = asyncio.ensure_future(work)
    leaving = asyncio.create_task(gone())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        leaving.cancel()
        working.cancel()
