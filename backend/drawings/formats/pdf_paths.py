"""Strokes of a PDF page that are near its text: symbols and frames drawn as paths.

Runs in a worker, on PDFium's page handles. Bounded: a page of a map or of dense hatching has
hundreds of thousands of paths, hardly any of them near a letter.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from backend.drawings.symbols.strokes import Point, Stroke
from backend.geometry import Box

#: Objects of a page that are looked at, and segments of their paths that are read.
MAX_OBJECTS, MAX_SEGMENTS = 30_000, 40_000
#: Segments of one path, and of one stroke of it: longer ones are geometry of the part.
MAX_PATH_SEGMENTS, MAX_STROKE_POINTS = 4_000, 160
#: Forms inside forms that are entered.
MAX_DEPTH = 4
#: How far around a character strokes are read, in its size: over a Ø to the far side of the
#: compartment with a frame's sign.
REACH = 3.6
#: Side of the cells that a page is divided into, in its usual letter size.
CELL = 3.0
#: Longest stroke that is kept, in the largest letter sizes near it: the edge of a frame.
LONGEST = 30.0
#: Cells around one character above which it is taken to be no letter.
MAX_AREA = 2_000
_BEZIER_STEPS = (1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6, 1.0)

_Matrix = tuple[float, float, float, float, float, float]


class Letter(Protocol):
    """What is asked of a character: its ink box and size in canvas pixels."""

    @property
    def box(self) -> Box: ...

    @property
    def size(self) -> float: ...


def strokes_near(page: pdfium.PdfPage, place: Any, letters: Iterable[Letter]) -> list[Stroke]:
    """The strokes around the letters, on the canvas. `place`: a `PagePlace`."""
    near = _Neighbourhood(letters)
    if near.is_empty:
        return []
    outer = (place.a, place.b, place.c, place.d, place.e, place.f)
    reader = _Reader(near)
    large: list[tuple[Any, _Matrix, int]] = []
    for obj, matrix in _objects(page, outer):
        count = reader.wanted(obj, matrix)
        if count > 200:
            large.append((obj, matrix, count))
        elif count:
            reader.read(obj, matrix, count)
    for obj, matrix, count in sorted(large, key=lambda one: one[2]):
        reader.read(obj, matrix, count)
    return reader.strokes


def _objects(page: pdfium.PdfPage, outer: _Matrix) -> Iterator[tuple[Any, _Matrix]]:
    """Path objects with what places their parent, those of forms too."""
    left = [MAX_OBJECTS]
    count = raw.FPDFPage_CountObjects(page)
    objects = (raw.FPDFPage_GetObject(page, index) for index in range(count))
    yield from _paths(objects, outer, 0, left)


def _paths(
    objects: Iterable[Any], outer: _Matrix, depth: int, left: list[int]
) -> Iterator[tuple[Any, _Matrix]]:
    for obj in objects:
        left[0] -= 1
        if left[0] < 0:
            return
        kind = raw.FPDFPageObj_GetType(obj)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            yield obj, outer
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            inner = _times(_matrix(obj), outer)
            count = raw.FPDFFormObj_CountObjects(obj)
            parts = (raw.FPDFFormObj_GetObject(obj, index) for index in range(count))
            yield from _paths(parts, inner, depth + 1, left)


class _Neighbourhood:
    """The places of a page that are near text, as cells of a grid."""

    def __init__(self, letters: Iterable[Letter]) -> None:
        every = [(letter.box, letter.size) for letter in letters if letter.size > 0]
        self.is_empty = not every
        sizes = sorted(size for _, size in every)
        self._side = max(4.0, CELL * sizes[len(sizes) // 2]) if sizes else 1.0
        self.longest = LONGEST * (sizes[-1] if sizes else 0.0)
        self._cells: set[tuple[int, int]] = set()
        side = self._side
        areas = {  # neighbouring letters mostly have the same one
            (
                int((x - REACH * size) // side),
                int((y - REACH * size) // side),
                int((x + width + REACH * size) // side),
                int((y + height + REACH * size) // side),
            )
            for (x, y, width, height), size in every
        }
        for first, above, last, below in areas:
            if (last - first) * (below - above) < MAX_AREA:
                self._cells.update(
                    (column, row)
                    for column in range(first, last + 1)
                    for row in range(above, below + 1)
                )
        self._bounds = self._around()

    def _around(self) -> tuple[int, int, int, int]:
        columns = [cell[0] for cell in self._cells] or [0]
        rows = [cell[1] for cell in self._cells] or [0]
        return min(columns), min(rows), max(columns), max(rows)

    def holds(self, x: float, y: float) -> bool:
        """Whether the point is near text."""
        return (int(x // self._side), int(y // self._side)) in self._cells

    def touches(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Whether a part of the rectangle is near text; large ones are taken to be."""
        side = self._side
        first, above, last, below = self._bounds
        left_cell, top_cell = int(left // side), int(top // side)
        right_cell, bottom_cell = int(right // side), int(bottom // side)
        if left_cell == right_cell and top_cell == bottom_cell:
            return (left_cell, top_cell) in self._cells
        columns = range(max(first, left_cell), min(last, right_cell) + 1)
        rows = range(max(above, top_cell), min(below, bottom_cell) + 1)
        if len(columns) * len(rows) > 400:
            return True
        return any((column, row) in self._cells for row in rows for column in columns)


class _Reader:
    """Reads paths into strokes until its share of segments is used up."""

    def __init__(self, near: _Neighbourhood) -> None:
        self.strokes: list[Stroke] = []
        self._near = near
        self._left = MAX_SEGMENTS
        self._paths = 0
        self._sides = tuple(ctypes.c_float() for _ in range(4))
        self._refs = tuple(ctypes.byref(side) for side in self._sides)

    def wanted(self, obj: Any, outer: _Matrix) -> int:
        """How many segments the path has if it is worth reading, else 0."""
        if not raw.FPDFPageObj_GetBounds(obj, *self._refs):
            return 0
        left, bottom, right, top = [side.value for side in self._sides]
        a, b, c, d, e, f = outer
        x1, y1 = a * left + c * bottom + e, b * left + d * bottom + f
        x2, y2 = a * right + c * top + e, b * right + d * top + f
        if not self._near.touches(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)):
            return 0
        count = int(raw.FPDFPath_CountSegments(obj))
        return count if count <= MAX_PATH_SEGMENTS else 0

    def read(self, obj: Any, outer: _Matrix, count: int) -> None:
        """Keep the strokes of a path that are near text."""
        if count > self._left:
            return
        self._left -= count
        self._paths += 1
        fill, stroked = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(obj, ctypes.byref(fill), ctypes.byref(stroked))
        if not (fill.value or stroked.value):
            return
        filled = fill.value != 0 and not stroked.value
        for points in _strokes(obj, count, _times(_matrix(obj), outer)):
            if 2 <= len(points) <= MAX_STROKE_POINTS:
                self._keep(Stroke.of(points, self._paths, filled))

    def _keep(self, stroke: Stroke) -> None:
        x, y, width, height = stroke.box
        if not max(width, height) <= self._near.longest:  # also not a number
            return
        near = self._near.holds(x + width / 2, y + height / 2)
        if near or self._near.holds(x, y) or self._near.holds(x + width, y + height):
            self.strokes.append(stroke)


def _strokes(obj: Any, count: int, matrix: _Matrix) -> Iterator[list[Point]]:
    """The unbroken parts of a path, flattened."""
    x, y = ctypes.c_float(), ctypes.c_float()
    to_x, to_y = ctypes.byref(x), ctypes.byref(y)
    get, kind_of, place = (
        raw.FPDFPath_GetPathSegment,
        raw.FPDFPathSegment_GetType,
        raw.FPDFPathSegment_GetPoint,
    )
    points: list[Point] = []
    curve: list[Point] = []
    for index in range(count):
        segment = get(obj, index)
        if not place(segment, to_x, to_y):
            continue
        point = _through(matrix, x.value, y.value)
        kind = kind_of(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points
            points, curve = [point], []
        elif kind == raw.FPDF_SEGMENT_BEZIERTO:
            curve.append(point)
            if len(curve) == 3 and points:
                points += _flattened(points[-1], *curve)
                curve = []
        else:
            points.append(point)
        if len(points) > 1 and raw.FPDFPathSegment_GetClose(segment) and points[-1] != points[0]:
            points.append(points[0])
    if len(points) > 1:
        yield points


def _flattened(start: Point, one: Point, two: Point, end: Point) -> list[Point]:
    flat = []
    for t in _BEZIER_STEPS:
        s = 1 - t
        weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
        ways = (start, one, two, end)
        flat.append(
            (
                sum(w * p[0] for w, p in zip(weights, ways, strict=True)),
                sum(w * p[1] for w, p in zip(weights, ways, strict=True)),
            )
        )
    return flat


def _matrix(obj: Any) -> _Matrix:
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(obj, matrix)
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(inner: _Matrix, outer: _Matrix) -> _Matrix:
    """First `inner`, then `outer`."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def _through(matrix: _Matrix, x: float, y: float) -> Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
