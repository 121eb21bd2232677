"""Grades each value of an answer: found on the sheet, computed, or neither.

`found`: it is on the sheet, word for word, with its places. `computed`: a tool returned it.
`by_eye`: the sheet has no exact text to check it against. `not_found`: it has, and the value is not
in it. A grade does not confirm that the place is the feature in question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from backend.evidence.index.sheet_index import PageText, Place, SheetIndex
from backend.evidence.parsing.answer_reader import Value
from backend.evidence.parsing.tool_values import Computed
from backend.evidence.parsing.value import Reading
from backend.geometry import Box

Status = Literal["found", "computed", "by_eye", "not_found"]
#: The most places that an item lists; a bare 5 may occur a hundred times on a sheet.
MOST_PLACES = 24


@dataclass(frozen=True, slots=True)
class Region:
    """The rectangle that the question is about."""

    drawing: str
    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Graded:
    """A value and its grade; `places` are all places of a found one, the nearest first."""

    value: Value
    status: Status
    places: tuple[Place, ...] = ()
    computed: Computed | None = None
    #: The size on the sheet if the computed value is one of its limits.
    follows: Place | None = None

    @property
    def says(self) -> str | None:
        """Return the sheet's text if its symbol differs from the value's: `Ø25` for a bare 25."""
        if self.status != "found" or not self.places:
            return None
        reading = self.value.reading
        if reading.kind not in ("number", "count", "dimension"):
            return None
        texts = [place.text for place in self.places]
        if any(_symbol_in(text) == reading.symbol for text in texts):
            return None
        return texts[0]

    def item(self) -> dict[str, Any]:
        """Return the value as an item of an `evidence` frame."""
        place = self.places[0] if self.places else self.follows
        several = self.places[:MOST_PLACES] if len(self.places) > 1 else ()
        extra = {"says": self.says} if self.says is not None else {}
        if self.follows is not None:
            extra["from"] = self.follows.text
        return {
            **extra,
            "text": self.value.text,
            "start": self.value.start,
            "end": self.value.end,
            "status": self.status,
            "source": place.source if place else None,
            "drawing": place.drawing if place else None,
            "page": place.page if place else None,
            "box": _rounded(place.box) if place else None,
            "computed_by": {"tool": self.computed.tool, "arguments": dict(self.computed.arguments)}
            if self.computed
            else None,
            "places": [
                {"drawing": one.drawing, "page": one.page, "box": _rounded(one.box)}
                for one in several
            ],
        }


def grade(
    values: Iterable[Value],
    pages: Sequence[PageText] | SheetIndex,
    region: Region | None = None,
    computed: Sequence[Computed] = (),
    near: Region | None = None,
) -> list[Graded]:
    """Grade each value against the pages' text and the results of the turn's tools.

    `region` is the rectangle in question; without one, places are sorted by distance from `near`.
    """
    index = pages if isinstance(pages, SheetIndex) else SheetIndex(pages)
    exact = index.exact and not (
        region is not None and not index.has_text_in(region.drawing, region.page, region.box)
    )
    return [_grade(value, index, exact, region or near, computed) for value in values]


def _grade(
    value: Value,
    index: SheetIndex,
    exact: bool,
    near: Region | None,
    computed: Sequence[Computed],
) -> Graded:
    places = _places(value.reading, index)
    if places:
        return Graded(value, "found", tuple(_nearest_first(places, near)))
    for one in computed:
        if one.holds(value.reading) or _completes(one, value.reading, index):
            return Graded(value, "computed", computed=one)
    if (follows := index.limits(value.reading)) is not None:
        return Graded(value, "computed", follows=follows)
    if not exact or value.kind == "count" or (value.kind == "ratio" and "/" in value.text):
        return Graded(value, "by_eye")  # counted or weighed, not read
    return Graded(value, "not_found")


def _symbol_in(text: str) -> str | None:
    match = re.match(r"(?:\d{1,3}\s?[xX]\s*)?(S?Ø|SR|R(?=\s?[\d.,])|□)?", text.strip())
    return match[1] if match else None


def _rounded(box: Box) -> list[float]:
    return [round(part, 1) for part in box]


def _places(reading: Reading, index: SheetIndex) -> list[Place]:
    places = index.places(reading)
    if places or reading.count is None:
        return places
    # four single Ø5 on the sheet count as one 4x Ø5; a different count does not
    single = replace(reading, count=None)
    plain = index.places(single, uncounted=True)
    return plain if len(plain) >= reading.count else []


def _completes(computed: Computed, reading: Reading, index: SheetIndex) -> bool:
    """Whether it is a size of the sheet with a tolerance from a tool: 25 ±0.2 by ISO 2768-m."""
    if reading.tolerance is None or not reading.numbers:
        return False
    nominal = replace(reading, tolerance=None)
    return computed.holds_all(reading.tolerance, reading.unit) and bool(index.places(nominal))


def _nearest_first(places: list[Place], region: Region | None) -> list[Place]:
    if region is None:
        return places

    def distance(place: Place) -> tuple[bool, float]:
        elsewhere = (place.drawing, place.page) != (region.drawing, region.page)
        return elsewhere, _gap(place.box, region.box)

    return sorted(places, key=distance)


def _gap(one: Box, other: Box) -> float:
    """Return the distance between a place and the region; for places inside, from its centre."""
    across = max(other[0] - (one[0] + one[2]), one[0] - (other[0] + other[2]), 0)
    down = max(other[1] - (one[1] + one[3]), one[1] - (other[1] + other[3]), 0)
    centre = math.hypot(
        one[0] + one[2] / 2 - other[0] - other[2] / 2,
        one[1] + one[3] / 2 - other[1] - other[3] / 2,
    )
    return math.hypot(across, down) + centre * 1e-3
