"""HTTP route for comparing two sheets by their texts."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query

from backend.compare.comparison import comparison
from backend.drawing import DrawingInfo, PageInfo, named_sheet
from backend.drawings.dependencies import Library
from backend.drawings.library import DrawingLibrary, page_of
from backend.errors import BadRequest
from backend.requests.owner import Owner

router = APIRouter(prefix="/api/compare", tags=["compare"])

Sheet = Annotated[str, Query(max_length=64, description="{drawing id}.{page number}")]


@router.get("")
async def compare(old: Sheet, new: Sheet, library: Library, owner: Owner) -> dict[str, Any]:
    """The changes from the old sheet to the new one; see `comparison`."""
    before, first = await _page(library, owner, old)
    after, second = await _page(library, owner, new)
    texts = (
        await library.text(owner, before.id, first.number),
        await library.text(owner, after.id, second.number),
    )
    return {
        "old": _sheet_body(before, first),
        "new": _sheet_body(after, second),
        **await asyncio.to_thread(comparison, *texts, first, second),
    }


async def _page(
    library: DrawingLibrary, owner: str, identifier: str
) -> tuple[DrawingInfo, PageInfo]:
    named = named_sheet(identifier)
    if named is None:
        raise BadRequest("Identify each sheet as {drawing id}.{page number}, as in old=1f3a.1.")
    info = await library.info(owner, named[0])
    return info, page_of(info, named[1])


def _sheet_body(info: DrawingInfo, page: PageInfo) -> dict[str, Any]:
    return {
        "drawing": info.id,
        "page": page.number,
        "width": page.width,
        "height": page.height,
        "text_source": page.text_source,
    }
