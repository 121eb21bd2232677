"""The letters and numbers along a scan's frame (ISO 5457), of which recognition misses some.

Two that stand in line along an edge are enough here, or one that stands again at the opposite
edge: a file's own text has all of them and needs no such guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from backend.drawing import TextItem

ZONE = "zone"
#: The margin that holds the marks, as a share of the page's shorter side.
MARGIN = 0.08
#: How far two marks may be out of line, in their heights.
OUT_OF_LINE = 0.7

_MARK = re.compile(r"[A-Z]|\d{1,2}")


def with_zone_marks(items: Sequence[TextItem], width: float, height: float) -> list[TextItem]:
    """The texts of a page; the marks of its frame have their role."""
    margin = MARGIN * min(width, height)
    marks = [
        item for item in items
        if _MARK.fullmatch(item.text.strip()) and _to_edge(item, width, height) <= margin
    ]  # fmt: skip
    zones = {id(one) for one in marks if any(_belong(one, other) for other in marks)}
    return [replace(item, role=ZONE) if id(item) in zones else item for item in items]


def _to_edge(item: TextItem, width: float, height: float) -> float:
    x, y = item.box.center
    return min(x, width - x, y, height - y)


def _belong(one: TextItem, other: TextItem) -> bool:
    if one is other or one.text.isdigit() != other.text.isdigit():
        return False
    (x, y), (u, v) = one.box.center, other.box.center
    near = OUT_OF_LINE * max(one.box[3], other.box[3])
    if one.text == other.text:
        return abs(x - u) <= near or abs(y - v) <= near
    apart = max(abs(x - u), abs(y - v))
    return (abs(x - u) <= near or abs(y - v) <= near) and apart > 5 * near
