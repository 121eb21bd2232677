"""Compares the texts of two sheets and returns the result for the API and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.compare.alignment import Alignment, align, by_canvas
from backend.compare.changes import Change, Side, find_changes
from backend.drawing import PageInfo, TextItem


def comparison(
    old: Sequence[TextItem], new: Sequence[TextItem], old_page: PageInfo, new_page: PageInfo
) -> dict[str, Any]:
    """`alignment`, `without_text` and `changes` of two pages with these texts, as JSON values.

    `without_text` lists the sheets that have no text; in that case there are no changes, and the
    alignment is by canvas size. Boxes are in pixels of their own page.
    """
    sizes = (old_page.width, old_page.height), (new_page.width, new_page.height)
    without = [name for name, items in (("old", old), ("new", new)) if not items]
    changes: list[Change] = []
    if without:
        alignment = by_canvas(*sizes)
    else:
        alignment = align(old, new, *sizes)
        changes = find_changes(old, new, alignment, sizes[1])
    return {
        "alignment": _alignment(alignment),
        "without_text": without,
        "changes": [_change(change) for change in changes],
    }


def _alignment(alignment: Alignment) -> dict[str, Any]:
    return {
        "matrix": alignment.matrix(),
        "scale": alignment.scale,
        "angle": alignment.angle,
        "by": "text" if alignment.by_text else "canvas",
        "texts": alignment.anchors,
    }


def _change(change: Change) -> dict[str, Any]:
    body = {"kind": change.kind, "old": _side(change.old), "new": _side(change.new)}
    return {**body, "moved": True} if change.moved else body


def _side(side: Side) -> dict[str, Any]:
    return {"text": side.text, "box": [round(part, 1) for part in side.box]}
