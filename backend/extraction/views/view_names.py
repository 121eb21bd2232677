"""Names the views of a sheet by the text beside them, or else by their place.

ISO 128-3 aligns the views of a part with the front view: side views beside it, top and bottom views
above or below it. A view out of line and without a dimension is usually the pictorial one. These
are guesses, graded `by_eye`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backend.drawing import TextItem
from backend.extraction.tables.sheet_notes import VIEW
from backend.extraction.tables.sheet_page import inside, middle
from backend.extraction.tables.table import Status
from backend.geometry import Box

#: A name belongs to a view at most this share of the page's shorter side away.
REACH = 0.06
#: Least share of the shorter extent that two aligned views have in common.
IN_LINE = 0.6

BY_PLACE = "Called by where it stands on the sheet."
_KINDS = {"section": "section", "schnitt": "section", "단면": "section", "detail": "detail",
          "einzelheit": "detail", "상세": "detail", "view": "view", "ansicht": "view"}  # fmt: skip
_NAMES = {"front": "Front view", "side": "Side view", "top": "Top view", "view": "View",
          "isometric": "Isometric view"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A view with its box in canvas pixels; `by_eye` if it has no written name."""

    name: str
    kind: str
    box: Box
    status: Status = "found"


def is_view_name(text: str) -> bool:
    """Whether a text names a section, a detail or a view, in any of the supported languages."""
    match = VIEW.match(text.strip())
    return match is not None and bool(match["what"] or re.search(r"[-–]", match["name"]))


def named_views(runs: Sequence[TextItem]) -> list[tuple[TextItem, str]]:
    """Find `SECTION A-A`, `EINZELHEIT B (2:1)`, and `A-A` alone, which names a section."""
    found = []
    for run in runs:
        match = VIEW.match(run.text.strip())
        if match is not None and (match["what"] or re.search(r"[-–]", match["name"])):
            found.append((run, _KINDS.get((match["what"] or "section").casefold(), "view")))
    return found


def called(
    drawn: Sequence[Box], names: Sequence[tuple[TextItem, str]], texts: Sequence[TextItem],
    side: float,
) -> list[View]:  # fmt: skip
    """Name the `drawn` views of a page whose shorter side is `side` canvas pixels.

    `names` are those written on the sheet (one whose view was not found has its own box), `texts`
    all lettering.
    """
    free, views = list(drawn), list[View]()
    for run, kind in names:
        near = min(free, key=lambda box: _apart(run.box, box), default=None)
        if near is None or _apart(run.box, near) > REACH * side:
            views.append(View(run.text, kind, run.box))
            continue
        free.remove(near)
        views.append(View(run.text, kind, Box.around((near, run.box))))
    lettered = {box: sum(inside(text.box, box) for text in texts) for box in free}
    front = max(free, key=lambda box: (lettered[box] > 0, box[2] * box[3]), default=None)
    for box in free:
        kind = _kind(box, front, dimensioned=lettered[box] > 0)
        views.append(View(_NAMES[kind], kind, box, "by_eye"))
    return views


def _kind(box: Box, front: Box | None, *, dimensioned: bool) -> str:
    if front is None or box is front:
        return "front"
    beside = _common(box[1], box[3], front[1], front[3])
    above = _common(box[0], box[2], front[0], front[2])
    if max(beside, above) < IN_LINE:
        return "view" if dimensioned else "isometric"
    return "side" if beside >= above else "top"


def _common(start: float, length: float, other: float, other_length: float) -> float:
    """Return the overlap of two extents, as a share of the shorter one."""
    common = min(start + length, other + other_length) - max(start, other)
    return common / min(length, other_length)


def _apart(name: Box, view: Box) -> float:
    """Return the distance from the centre of a name to a view's box; 0 within it."""
    x, y = middle(name)
    across = max(view[0] - x, 0.0, x - view[0] - view[2])
    down = max(view[1] - y, 0.0, y - view[1] - view[3])
    return max(across, down)
