"""HTTP for comparing: one call, two sheets, what changed between their texts."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from backend.compare.alignment import Alignment, align, by_canvas
from backend.compare.changes import Change, Side, find_changes
from backend.drawings.library import page_of
from backend.errors import BadRequest
from backend.parts import Parts, get_owner, get_parts
from backend.sheet import DrawingFacts, PageFacts, TextItem, named_sheet

router = APIRouter(prefix="/api/compare", tags=["compare"])

TheParts = Annotated[Parts, Depends(get_parts)]
TheOwner = Annotated[str, Depends(get_owner)]
Sheet = Annotated[str, Query(max_length=64, description="{drawing id}.{page number}")]


@router.get("")
async def compare(old: Sheet, new: Sheet, parts: TheParts, owner: TheOwner) -> dict[str, Any]:
    """What changed from the old sheet to the new. A sheet without text is named in
    `without_text`; then there are no changes, and the alignment is by the canvases' sizes."""
    before, first = await _page(parts, owner, old)
    after, second = await _page(parts, owner, new)
    texts = (
        await parts.library.text(owner, before.id, first.number),
        await parts.library.text(owner, after.id, second.number),
    )
    without = [name for name, items in zip(("old", "new"), texts, strict=True) if not items]
    sizes = (first.width, first.height), (second.width, second.height)
    if without:
        alignment, changes = by_canvas(*sizes), list[Change]()
    else:
        alignment, changes = await asyncio.to_thread(_compared, *texts, *sizes)
    return {
        "old": _sheet_body(before, first),
        "new": _sheet_body(after, second),
        "alignment": {
            "matrix": alignment.matrix(),
            "scale": alignment.scale,
            "angle": alignment.angle,
            "by": "text" if alignment.by_text else "canvas",
            "texts": alignment.anchors,
        },
        "without_text": without,
        "changes": [_change_body(change) for change in changes],
    }


def _compared(
    old: list[TextItem], new: list[TextItem], old_size: tuple[int, int], new_size: tuple[int, int]
) -> tuple[Alignment, list[Change]]:
    alignment = align(old, new, old_size, new_size)
    return alignment, find_changes(old, new, alignment, new_size)


async def _page(parts: Parts, owner: str, identifier: str) -> tuple[DrawingFacts, PageFacts]:
    named = named_sheet(identifier)
    if named is None:
        raise BadRequest("Name each sheet as {drawing id}.{page number}, as in old=1f3a.1.")
    facts = await parts.library.facts(owner, named[0])
    return facts, page_of(facts, named[1])


def _sheet_body(facts: DrawingFacts, page: PageFacts) -> dict[str, Any]:
    return {
        "drawing": facts.id,
        "page": page.number,
        "width": page.width,
        "height": page.height,
        "text_source": page.text_source,
    }


def _change_body(change: Change) -> dict[str, Any]:
    return {"kind": change.kind, "old": _side(change.old), "new": _side(change.new)}


def _side(side: Side) -> dict[str, Any]:
    return {"text": side.text, "box": [round(part, 1) for part in side.box]}
