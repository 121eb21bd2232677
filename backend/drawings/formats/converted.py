"""Writes the vector PDF of a converted drawing, and its text.

Parsing DXF or HPGL/2 takes seconds; rendering any region of the PDF takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ezdxf.addons.drawing.recorder import (
    FilledPathsRecord,
    PathRecord,
    Player,
    PointsRecord,
    SolidLinesRecord,
)
from ezdxf.math import BoundingBox2d, Matrix44
from ezdxf.npshapes import NumpyPath2d

from backend.drawing import TextItem
from backend.drawings.formats.dxf_pipeline import HELVETICA_EM, TextRecord
from backend.drawings.formats.format import VECTOR_DPI, Canvas
from backend.drawings.formats.pdf_writer import (
    Colour,
    PageContent,
    Point,
    polygon_operators,
)
from backend.geometry import Box

MM = 72 / 25.4
#: Lines lighter than this share of white are darkened: yellow on white is illegible.
LIGHTEST = 0.6
#: Thinnest line, in points; PDFium draws it one pixel wide at any scale.
HAIRLINE = 0.05
_LINE, _CURVE3, _CURVE4, _MOVE = 1, 2, 3, 4


@dataclass(slots=True)
class ConvertedPage:
    """One sheet: its drawing records, its canvas, and its text in canvas pixels."""

    content: PageContent
    canvas: Canvas
    items: list[TextItem] = field(default_factory=list)


def draw_records(
    page: PageContent, player: Player, darken: set[int], width_scale: float = 1.0
) -> None:
    """Draw all records, whose coordinates are already in page points. `darken` holds the indices of
    the records that are lettering."""
    for index, (record, properties) in enumerate(player.recordings()):
        colour = _colour(properties.color)
        width = max(HAIRLINE, properties.lineweight * MM * width_scale)
        line = _darkened(colour)
        if isinstance(record, PathRecord):
            if len(record.path):
                page.stroke(path_operators(record.path), line, width)
        elif isinstance(record, FilledPathsRecord):
            path = " ".join(path_operators(each) + " h" for each in record.paths if len(each))
            if path:
                page.fill(path, line if index in darken else colour)
        elif isinstance(record, SolidLinesRecord):
            ends = [(float(v.x), float(v.y)) for v in record.lines.vertices()]
            page.lines(zip(ends[::2], ends[1::2], strict=False), line, width)
        elif isinstance(record, TextRecord):
            a, b, _, _, c, d, _, _, _, _, _, _, e, f, _, _ = (
                Matrix44.scale(HELVETICA_EM) @ record.matrix
            )
            page.text(record.text, (a, b, c, d, e, f), line)
        elif isinstance(record, PointsRecord):
            _draw_points(page, record, colour, line, width)


def _draw_points(
    page: PageContent, record: PointsRecord, colour: Colour, line: Colour, width: float
) -> None:
    points: list[Point] = [(float(v.x), float(v.y)) for v in record.points.vertices()]
    if len(points) > 2:
        page.fill(polygon_operators(points), colour)
    elif points:
        page.lines([(points[0], points[-1])], line, max(width, 0.3))


def path_operators(path: NumpyPath2d) -> str:
    """A path of lines and Bézier curves as PDF operators."""
    return " ".join(_operators(path))


def _operators(path: NumpyPath2d) -> Iterator[str]:
    points: list[Point] = [(float(v.x), float(v.y)) for v in path.vertices()]
    x, y = points[0]
    yield f"{x:.2f} {y:.2f} m"
    at = 1
    for code in path.command_codes():
        if code == _LINE:
            x, y = points[at]
            yield f"{x:.2f} {y:.2f} l"
            at += 1
        elif code == _CURVE3:  # quadratic, raised to cubic
            (cx, cy), (ex, ey) = points[at], points[at + 1]
            x1, y1 = x + (cx - x) * 2 / 3, y + (cy - y) * 2 / 3
            x2, y2 = ex + (cx - ex) * 2 / 3, ey + (cy - ey) * 2 / 3
            yield f"{x1:.2f} {y1:.2f} {x2:.2f} {y2:.2f} {ex:.2f} {ey:.2f} c"
            x, y = ex, ey
            at += 2
        elif code == _CURVE4:
            (ax, ay), (bx, by), (x, y) = points[at : at + 3]
            yield f"{ax:.2f} {ay:.2f} {bx:.2f} {by:.2f} {x:.2f} {y:.2f} c"
            at += 3
        elif code == _MOVE:
            x, y = points[at]
            yield f"{x:.2f} {y:.2f} m"
            at += 1


def canvas_box(box: BoundingBox2d, to_points: Matrix44, page: PageContent) -> Box:
    """Convert a box from drawing units to canvas pixels."""
    corners = [to_points.transform((v.x, v.y, 0)) for v in box.rect_vertices()]
    scale = VECTOR_DPI / 72
    left, right = min(v.x for v in corners), max(v.x for v in corners)
    low, high = min(v.y for v in corners), max(v.y for v in corners)
    values = (left, page.height - high, right - left, high - low)
    return Box(*(round(value * scale, 1) for value in values))


def canvas_of(page: PageContent, notes: tuple[str, ...], has_text: bool) -> Canvas:
    """The canvas of a page at 300 dpi."""
    scale = VECTOR_DPI / 72
    width, height = round(page.width * scale), round(page.height * scale)
    source: Any = "vector" if has_text else "none"
    return Canvas(width, height, VECTOR_DPI, source, page.label or None, notes)


def _colour(text: str) -> Colour:
    return int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255


def _darkened(colour: Colour) -> Colour:
    red, green, blue = colour
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    if light <= LIGHTEST:
        return colour
    factor = LIGHTEST / light
    return red * factor, green * factor, blue * factor
