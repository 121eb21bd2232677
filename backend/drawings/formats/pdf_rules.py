"""Ruling lines and small circles of a PDF page, from its vector paths.

Cells of title blocks and tables, frames around basic dimensions and circles around item numbers
are lines beside the text. Runs in a worker, on PDFium's page handles.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from backend.drawings.text.ruling import Circle, Ruling, Segment

#: Path objects and path points that are looked at, and the seconds that it may take.
MAX_OBJECTS, MAX_POINTS, MAX_SECONDS = 60_000, 200_000, 1.5
#: A path with more points is a filled picture or hatching.
MOST_POINTS = 50_000
#: Thickness up to which a path is one line, and the shortest line, in points.
THIN, SHORTEST = 2.6, 5.0
#: Diameters of circles around item numbers, in points (about 3 to 25 mm).
CIRCLE_SIZES = (8.0, 75.0)
#: Forms within forms that are entered.
MAX_DEPTH = 4

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
#: Kind of segment, where it ends, whether it closes the path.
_Placed = tuple[int, Point, bool]
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


def page_ruling(page: pdfium.PdfPage, place: Any) -> Ruling:
    """The lines along the page's edges' directions, on the canvas. `place`: a `PagePlace`.

    Bounded in objects and time: of a page with more, the first ones.
    """
    reader = _Reader(time.monotonic() + MAX_SECONDS)
    count = raw.FPDFPage_CountObjects(page)
    for index in range(min(count, MAX_OBJECTS)):
        reader.read(raw.FPDFPage_GetObject(page, index), _IDENTITY, 0)
        if reader.is_over():
            break
    segments = [_on_canvas(segment, place) for segment in reader.segments]
    circles = []
    for x, y, radius in reader.circles:
        at_x, at_y = place.point(x, y)
        circles.append(Circle(at_x, at_y, radius * place.scale))
    return Ruling.of(segments, circles)


def _on_canvas(segment: tuple[Point, Point], place: Any) -> Segment:
    (x1, y1), (x2, y2) = (place.point(*point) for point in segment)
    return Segment(x1, y1, x2, y2)


class _Reader:
    """Collects lines and circles in page points."""

    def __init__(self, until: float) -> None:
        self.segments: list[tuple[Point, Point]] = []
        self.circles: list[tuple[float, float, float]] = []
        self._until = until
        self._points = 0
        self._objects = 0
        self._sides = tuple(ctypes.c_float() for _ in range(4))

    def is_over(self) -> bool:
        """Whether the page's share of time or points is used up."""
        if self._points > MAX_POINTS or self._objects > MAX_OBJECTS:
            return True
        return self._objects % 256 == 0 and time.monotonic() > self._until

    def read(self, obj: Any, outer: Matrix, depth: int) -> None:
        """One page object; forms are entered."""
        self._objects += 1
        kind = raw.FPDFPageObj_GetType(obj)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            self._path(obj, outer)
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            inner = _times(_matrix(obj), outer)
            for index in range(raw.FPDFFormObj_CountObjects(obj)):
                self.read(raw.FPDFFormObj_GetObject(obj, index), inner, depth + 1)
                if self.is_over():
                    return

    def _path(self, obj: Any, outer: Matrix) -> None:
        left, bottom, right, top = self._sides
        if not raw.FPDFPageObj_GetBounds(obj, left, bottom, right, top):
            return
        low = _through(outer, (left.value, bottom.value))
        high = _through(outer, (right.value, top.value))
        width, height = abs(high[0] - low[0]), abs(high[1] - low[1])
        if max(width, height) < SHORTEST:
            return
        if width <= THIN:
            middle = (low[0] + high[0]) / 2
            self.segments.append(((middle, low[1]), (middle, high[1])))
            return
        if height <= THIN:
            middle = (low[1] + high[1]) / 2
            self.segments.append(((low[0], middle), (high[0], middle)))
            return
        count = raw.FPDFPath_CountSegments(obj)
        if count <= MOST_POINTS:
            self._points += count
            for part in _subpaths(_points_of(obj, count, _times(_matrix(obj), outer))):
                self._outline(part)

    def _outline(self, points: list[_Placed]) -> None:
        circle = _circle(points)
        if circle is not None:
            self.circles.append(circle)
            return
        start = at = points[0][1]
        for kind, point, closes in points:
            if kind == raw.FPDF_SEGMENT_MOVETO:
                start = point
            elif kind == raw.FPDF_SEGMENT_LINETO:
                self._line(at, point)
            if closes:
                self._line(point, start)
            at = start if closes else point

    def _line(self, one: Point, other: Point) -> None:
        across, down = abs(one[0] - other[0]), abs(one[1] - other[1])
        if min(across, down) <= 0.3 and max(across, down) >= SHORTEST:
            self.segments.append((one, other))


def _subpaths(points: Iterable[_Placed]) -> Iterator[list[_Placed]]:
    """The parts of a path that begin with a move; some programs draw a whole view as one path."""
    part: list[_Placed] = []
    for point in points:
        if point[0] == raw.FPDF_SEGMENT_MOVETO and part:
            yield part
            part = []
        part.append(point)
    if len(part) > 1:
        yield part


def _points_of(obj: Any, count: int, matrix: Matrix) -> Iterator[_Placed]:
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(obj, index)
        if raw.FPDFPathSegment_GetPoint(segment, x, y):
            kind = raw.FPDFPathSegment_GetType(segment)
            closes = bool(raw.FPDFPathSegment_GetClose(segment))
            yield kind, _through(matrix, (x.value, y.value)), closes


def _circle(points: list[_Placed]) -> tuple[float, float, float] | None:
    """Middle and radius of a full circle, drawn as curves or as many short lines."""
    if len(points) < 7:
        return None
    xs, ys = [point[0] for _, point, _ in points], [point[1] for _, point, _ in points]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    low, high = CIRCLE_SIZES
    if not (low <= width <= high and 0.93 <= width / max(height, 1e-9) <= 1.07):
        return None
    x, y, radius = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2, (width + height) / 4
    spread = [
        ((px - x) ** 2 + (py - y) ** 2) ** 0.5 / radius for px, py in zip(xs, ys, strict=True)
    ]
    curved = any(kind == raw.FPDF_SEGMENT_BEZIERTO for kind, _, _ in points)
    most = 1.2 if curved else 1.03  # control points of a quarter lie outside the circle
    return (x, y, radius) if min(spread) > 0.94 and max(spread) < most else None


def _matrix(obj: Any) -> Matrix:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(obj, matrix):
        return _IDENTITY
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return (
        a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


def _through(matrix: Matrix, point: Point) -> Point:
    a, b, c, d, e, f = matrix
    x, y = point
    return a * x + c * y + e, b * x + d * y + f
