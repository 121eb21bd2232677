"""Matches strokes to symbols: samples both along their length and compares them point by point.

The direction, the start and the order of strokes do not matter, nor whether a curve is a Bézier or
a chain of lines; a filled outline is as good as a stroke as long as it is thin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import cast

import numpy as np
import numpy.typing as npt

from backend.drawings.symbols.templates import NOISE, Polyline, all_shapes

#: Number of sample points of a shape.
SAMPLES = 64
#: Largest mean and 95th-percentile distance between two like shapes; their longer side is 1.
MEAN_DISTANCE, FAR_DISTANCE = 0.046, 0.105
FAR_SAMPLE = int(0.95 * SAMPLES)
#: How much closer a shape has to be than that of any other sign.
LEAD = 0.87
#: Shapes whose width and height differ by more than this factor are not compared.
ASPECT = 1.3
#: Sides below this share of the longer one count as this share, so that lines have an aspect.
THINNEST = 0.08
#: Thickest strokes of a filled symbol.
THICKEST = 0.4
#: Slope of italics (ISO 3098: 15°), and signs that are identified by their slope.
ITALIC = 0.26
_LEANING = frozenset("⏥∥∠↗⌰⌭⌵()[]")

_Points = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """The best sign and its mean distance."""

    sign: str
    distance: float


def match(
    strokes: Sequence[Polyline], signs: frozenset[str], is_filled: bool = False
) -> Match | None:
    """Return the sign among `signs` that the strokes (y upwards) show; None if there is none.

    `is_filled`: they are closed outlines of thick strokes, half a thickness off their middle.
    """
    if sum(len(stroke) for stroke in strokes) < 3:  # one line
        return None
    found = _match(strokes, signs, is_filled)
    upright_signs = signs - _LEANING
    if found is None and upright_signs:  # undo the slant of italics
        upright = [[(x - ITALIC * y, y) for x, y in stroke] for stroke in strokes]
        found = _match(upright, upright_signs, is_filled)
    return found


def _match(strokes: Sequence[Polyline], signs: frozenset[str], is_filled: bool) -> Match | None:
    sampled = _sampled(strokes)
    if sampled is None:
        return None
    points, aspect = sampled
    thickness = _thickness(strokes) if is_filled else 0.0
    points = points / (1 - thickness)
    offset = thickness / (1 - thickness) / 2
    shapes = _shapes(signs)
    near = np.flatnonzero(np.abs(np.log(shapes.aspects / aspect)) < math.log(ASPECT))
    if near.size:  # a few points rule out most shapes
        some = _squares(shapes.points[near], points[::4]).min(axis=1)
        near = near[np.abs(np.sqrt(some) - offset).mean(axis=1) < 1.5 * MEAN_DISTANCE]
    if not near.size:
        return None
    squares = _squares(shapes.points[near], points)
    nearest = np.sqrt(np.stack((squares.min(axis=1), squares.min(axis=2)), axis=1))
    nearest = np.abs(nearest - offset)
    means = nearest.mean(axis=2).max(axis=1)
    far = np.partition(nearest, FAR_SAMPLE, axis=2)[:, :, FAR_SAMPLE].max(axis=1)
    alike = (means <= MEAN_DISTANCE) & (far <= FAR_DISTANCE)
    best: dict[str, float] = {}
    for index, mean in zip(near[alike], means[alike], strict=True):
        name = shapes.names[index]
        best[name] = min(best.get(name, math.inf), float(mean))
    return _clear_best(best)


def _squares(shapes: _Points, points: _Points) -> _Points:
    """Return squared distances of every point of each shape to every point: |a|² + |b|² - 2ab."""
    products = shapes @ (2 * points.T)
    lengths = (shapes**2).sum(axis=2)[:, :, None] + (points**2).sum(axis=1)
    return cast(_Points, np.maximum(lengths - products, 0))


def _clear_best(best: dict[str, float]) -> Match | None:
    sign = min(best, key=lambda name: best[name], default=NOISE)
    if sign == NOISE:
        return None
    others = min((mean for name, mean in best.items() if name != sign), default=math.inf)
    return Match(sign, best[sign]) if best[sign] <= LEAD * others else None


def _sampled(strokes: Sequence[Polyline]) -> tuple[_Points, float] | None:
    """Return points along the strokes in a square of side 1 around the centre, and
    width by height.
    """
    starts: list[tuple[float, float]] = []
    ends: list[tuple[float, float]] = []
    for stroke in strokes:
        starts.extend(stroke[:-1])
        ends.extend(stroke[1:])
    if not starts:
        return None
    begin, finish = np.asarray(starts, np.float64), np.asarray(ends, np.float64)
    lengths = np.hypot(*(finish - begin).T)
    total = float(lengths.sum())
    low = np.minimum(begin.min(axis=0), finish.min(axis=0))
    sides = np.maximum(begin.max(axis=0), finish.max(axis=0)) - low
    longer = float(sides.max())
    if total <= 0 or longer <= 0:
        return None
    at = (np.arange(SAMPLES) + 0.5) * total / SAMPLES
    reached = np.concatenate(((0.0,), np.cumsum(lengths)))
    index = np.clip(np.searchsorted(reached, at, side="right") - 1, 0, len(lengths) - 1)
    part = (at - reached[index]) / np.where(lengths[index] > 0, lengths[index], 1.0)
    points = begin[index] + part[:, None] * (finish - begin)[index]
    width, height = np.maximum(sides / longer, THINNEST)
    placed = ((points - low - sides / 2) / longer).astype(np.float32)
    return placed, float(width / height)


def _thickness(outlines: Sequence[Polyline]) -> float:
    """Return the thickness of filled strokes relative to their longer side: twice area
    by outlines.
    """
    area = length = 0.0
    xs = [x for outline in outlines for x, _ in outline]
    ys = [y for outline in outlines for _, y in outline]
    for outline in outlines:
        pairs = list(pairwise(outline))
        one = abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2
        is_hole = any(_encloses(other, outline) for other in outlines if other is not outline)
        area += -one if is_hole else one
        length += sum(math.hypot(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairs)
    longer = max(max(xs) - min(xs), max(ys) - min(ys))
    return min(THICKEST, 2 * max(area, 0.0) / max(length * longer, 1e-9))


def _encloses(outer: Polyline, inner: Polyline) -> bool:
    if len(outer) < 6 or len(inner) < 6:  # only rings have holes
        return False
    (left, right), (low, high) = ((min(each), max(each)) for each in zip(*outer, strict=True))
    return all(left < x < right and low < y < high for x, y in inner)


@dataclass(frozen=True, slots=True)
class _Shapes:
    names: tuple[str, ...]
    points: _Points
    aspects: _Points


@cache
def _shapes(signs: frozenset[str]) -> _Shapes:
    """Return the shapes of these signs, and the shapes that are no symbol."""
    names, points, aspects = [], [], []
    for name, shape in all_shapes():
        sampled = _sampled(shape)
        if sampled is not None and (name in signs or name == NOISE):
            names.append(name)
            points.append(sampled[0])
            aspects.append(sampled[1])
    return _Shapes(tuple(names), np.stack(points), np.asarray(aspects, np.float32))
