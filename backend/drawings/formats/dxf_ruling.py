"""Finds the ruling lines and small circles of a DXF layout in its drawing records."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import pairwise
from typing import Any

from ezdxf.addons.drawing.recorder import PathRecord, PointsRecord, SolidLinesRecord

from backend.drawings.formats.format import VECTOR_DPI
from backend.drawings.formats.pdf_writer import PageContent
from backend.drawings.text.ruling import Circle, Ruling, Segment

#: Points examined, shortest line in page points, and the range of circle diameters.
MAX_POINTS, SHORTEST, CIRCLE_SIZES = 400_000, 5.0, (8.0, 75.0)


def ruling_of(player: Any, letters: Container[int], page: PageContent) -> Ruling:
    """The lines of a layout whose records are in page points, without those of `letters`."""
    scale = VECTOR_DPI / 72
    segments: list[Segment] = []
    circles: list[Circle] = []
    points = 0
    for index, (record, _) in enumerate(player.recordings()):
        if index in letters:
            continue
        for x1, y1, x2, y2 in _lines(record):
            points += 2
            if min(abs(x2 - x1), abs(y2 - y1)) <= 0.3 and (
                max(abs(x2 - x1), abs(y2 - y1)) >= SHORTEST
            ):
                top, low = (page.height - y1) * scale, (page.height - y2) * scale
                segments.append(Segment(x1 * scale, top, x2 * scale, low))
        if isinstance(record, PathRecord) and (circle := _circle(record)):
            x, y, radius = circle
            circles.append(Circle(x * scale, (page.height - y) * scale, radius * scale))
        if points > MAX_POINTS:
            break
    return Ruling.of(segments, circles)


def _lines(record: Any) -> Iterator[tuple[float, float, float, float]]:
    if isinstance(record, SolidLinesRecord):
        ends = record.lines._vertices
        pairs: Iterable[Any] = zip(ends[::2], ends[1::2], strict=False)
    elif isinstance(record, PointsRecord):
        ends = record.points._vertices
        pairs = pairwise(ends)
    elif isinstance(record, PathRecord):
        ends = record.path._vertices
        if len(ends) != len(record.path.command_codes()) + 1:  # it has curves
            return
        pairs = pairwise(ends)
    else:
        return
    for (x1, y1), (x2, y2) in pairs:
        yield float(x1), float(y1), float(x2), float(y2)


def _circle(record: PathRecord) -> tuple[float, float, float] | None:
    ends = record.path._vertices
    if len(ends) < 9:
        return None
    (left, low), (right, high) = ends.min(axis=0), ends.max(axis=0)
    width, height = float(right - left), float(high - low)
    if not (
        CIRCLE_SIZES[0] <= width <= CIRCLE_SIZES[1] and 0.93 * height <= width <= 1.07 * height
    ):
        return None
    x, y, radius = float(left + right) / 2, float(low + high) / 2, (width + height) / 4
    spread = ((ends[:, 0] - x) ** 2 + (ends[:, 1] - y) ** 2) ** 0.5 / radius
    return (x, y, radius) if spread.min() > 0.94 and spread.max() < 1.45 else None
