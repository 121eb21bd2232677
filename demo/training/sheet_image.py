"""Draws a sheet directly into a small training image, with the boxes of its lettering.

Much faster than DXF and PDF, and similar at the sizes the demo model sees.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from demo.fonts import text_width
from demo.sheets.shapes import (
    Angular,
    Dimension,
    Hatch,
    Leader,
    Lettering,
    Linear,
    Point,
    Ring,
    Shape,
    Stroke,
)
from demo.sheets.sheet import Sheet
from demo.training.canvas import Box, Canvas

#: An A4 sheet as the demo model sees it: 16 × 11 tokens.
SHEET_SIZE = (512, 352)
ARROW = 3.0
GAP = 1.2  # between a dimension line and its text


@dataclass(frozen=True)
class View:
    """The part of a sheet shown by an image: left and top on the paper, pixels per millimetre."""

    left: float
    top: float
    across: float
    down: float

    def __call__(self, point: Point) -> Point:
        return ((point[0] - self.left) * self.across, (self.top - point[1]) * self.down)


def whole(sheet: Sheet) -> View:
    """The view that fits the sheet into `SHEET_SIZE`."""
    return View(0, sheet.height, SHEET_SIZE[0] / sheet.width, SHEET_SIZE[1] / sheet.height)


@dataclass(frozen=True)
class Written:
    """A text as drawn: the fact it states (or empty) and its box in pixels."""

    key: str
    text: str
    box: Box


def draw_sheet(sheet: Sheet, canvas: Canvas, view: View) -> list[Written]:
    """Draw everything; returns every text, including those outside the canvas."""
    painter = _Painter(sheet, canvas, view)
    for shape in sheet.shapes:
        painter.shape(shape)
    for dimension in sheet.dimensions:
        painter.dimension(dimension)
    return painter.written


def sheet_canvas(sheet: Sheet, rng: random.Random) -> tuple[Canvas, list[Written]]:
    """The whole sheet as the model sees it."""
    view = whole(sheet)
    canvas = Canvas(
        *SHEET_SIZE,
        ink=rng.choice((0, 0, 0, 30)),
        stretch=view.across / view.down,
        least=rng.uniform(0.4, 1.1),
    )
    # A PDF renderer's half-pixel offset.
    left, top = rng.uniform(-0.5, 0.5) / view.across, rng.uniform(-0.5, 0.5) / view.down
    shifted = View(view.left + left, view.top + top, view.across, view.down)
    return canvas, draw_sheet(sheet, canvas, shifted)


class _Painter:
    def __init__(self, sheet: Sheet, canvas: Canvas, view: View) -> None:
        self.sheet, self.canvas, self.view = sheet, canvas, view
        self.written: list[Written] = []
        self.thin = 0.25 * sheet.style.weight

    def shape(self, shape: Shape) -> None:
        if isinstance(shape, Stroke):
            self.line(*shape.points, weight=shape.weight, dashed=shape.line_type != "solid")
        elif isinstance(shape, Ring):
            self.ring(shape)
        elif isinstance(shape, Hatch):
            self.hatch(shape)
        else:
            self.lettering(shape)

    def line(self, *points: Point, weight: float = 0.25, dashed: bool = False) -> None:
        width = weight * self.sheet.style.weight * self.view.across
        pieces = _dashes(points) if dashed else [points]
        for piece in pieces:
            self.canvas.line([self.view(point) for point in piece], width)

    def ring(self, ring: Ring) -> None:
        width = ring.weight * self.sheet.style.weight * self.view.across
        center, radius = self.view(ring.center), ring.radius * self.view.across
        spans = [(ring.start, ring.end)]
        if ring.line_type != "solid":
            step = math.degrees(6 / max(ring.radius, 1))
            count = int((ring.end - ring.start) / step)
            spans = [(ring.start + step * i, ring.start + step * (i + 0.72)) for i in range(count)]
        for start, end in spans:
            self.canvas.arc(center, radius, -end, -start, width)

    def hatch(self, hatch: Hatch) -> None:
        (left, low), (right, high) = hatch.outline[0], hatch.outline[2]
        offset = low - right
        while offset < high - left:
            # The line y = x + offset inside the rectangle.
            start, end = max(left, low - offset), min(right, high - offset)
            if end > start:
                self.line((start, start + offset), (end, end + offset))
            offset += hatch.spacing * math.sqrt(2)

    def lettering(self, text: Lettering) -> None:
        span = text_width(self.sheet.style.font, text.height, text.text)
        left = text.at[0] - {"left": 0.0, "middle": span / 2, "right": span}[text.anchor]
        x, y = self.view((left, text.at[1]))
        box = self.canvas.text(x, y, text.text, self.sheet.style.font, text.height * self.view.down)
        self.written.append(Written(text.key, text.text, box))

    def dimension(self, dimension: Dimension) -> None:
        if isinstance(dimension, Linear):
            self.linear(dimension)
        elif isinstance(dimension, Leader):
            self.leader(dimension)
        else:
            self.angular(dimension)

    def linear(self, dim: Linear) -> None:
        level = dim.direction == "horizontal"

        def at(point: Point) -> Point:
            return (point[0], dim.line_at) if level else (dim.line_at, point[1])

        start, end = sorted((at(dim.start), at(dim.end)))
        for point in (dim.start, dim.end):
            foot = at(point)
            axis = 1 if level else 0
            over = math.copysign(1.5, foot[axis] - point[axis])
            past = (foot[0], foot[1] + over) if level else (foot[0] + over, foot[1])
            self.line(point, past)
        span = text_width(self.sheet.style.font, dim.height, dim.text)
        length = math.dist(start, end)
        along = (1.0, 0.0) if level else (0.0, 1.0)
        outside = length < 4 * ARROW
        for tip, sign in ((start, -1.0), (end, 1.0)):
            self.arrow(tip, (along[0] * sign, along[1] * sign), outside)
        if level:
            middle = (start[0] + end[0]) / 2
            if outside:
                middle = end[0] + 2 * ARROW + span / 2
                self.line(start, (end[0] + 2 * ARROW + span, start[1]))
            else:
                self.line(start, end)
            spot = (middle, dim.line_at + GAP)
        else:
            self.line(start, end)
            spot = (dim.line_at - 2.5 - span / 2, (start[1] + end[1]) / 2 - dim.height / 2)
        self.lettering(Lettering(spot, dim.text, dim.height, "middle", dim.key))

    def leader(self, dim: Leader) -> None:
        span = text_width(self.sheet.style.font, dim.height, dim.text)
        shelf = (dim.elbow[0] + (span + 2) * (1 if dim.right else -1), dim.elbow[1])
        self.line(dim.tip, dim.elbow, shelf)
        self.arrow(dim.tip, (dim.tip[0] - dim.elbow[0], dim.tip[1] - dim.elbow[1]), False)
        left = min(dim.elbow[0], shelf[0]) + 1
        self.lettering(Lettering((left, dim.elbow[1] + GAP), dim.text, dim.height, "left", dim.key))

    def angular(self, dim: Angular) -> None:
        self.ring(Ring(dim.center, dim.radius, 0.25, start=dim.start, end=dim.end))
        for angle, sign in ((dim.start, -1), (dim.end, 1)):
            a = math.radians(angle)
            tip = (
                dim.center[0] + dim.radius * math.cos(a),
                dim.center[1] + dim.radius * math.sin(a),
            )
            self.arrow(tip, (-math.sin(a) * sign, math.cos(a) * sign), False)
        a = math.radians((dim.start + dim.end) / 2)
        spot = (
            dim.center[0] + (dim.radius + 2) * math.cos(a),
            dim.center[1] + (dim.radius + 2) * math.sin(a),
        )
        self.lettering(Lettering(spot, dim.text, dim.height, "left", dim.key))

    def arrow(self, tip: Point, direction: Point, outside: bool) -> None:
        if outside:
            direction = (-direction[0], -direction[1])
        self.canvas.arrow(self.view(tip), (direction[0], -direction[1]), ARROW * self.view.across)


def _dashes(points: tuple[Point, ...]) -> list[tuple[Point, Point]]:
    """A centre line: long dash, gap, dot, gap."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    length = math.hypot(x1 - x0, y1 - y0)
    pieces, at = [], 0.0
    while at < length:
        for drawn, step in ((True, 5.0), (False, 1.0), (True, 0.6), (False, 1.0)):
            end = min(at + step, length)
            if drawn and end > at:
                a, b = at / length, end / length
                pieces.append(
                    (
                        (x0 + (x1 - x0) * a, y0 + (y1 - y0) * a),
                        (x0 + (x1 - x0) * b, y0 + (y1 - y0) * b),
                    )
                )
            at = end
    return pieces
